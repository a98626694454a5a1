"""Floor 3. Grids, findiff operators, sparse solves; the only import of findiff."""

from gantheory.grids.box_grid import BoxGrid
from gantheory.grids.divergence_form import dirichlet_solve, divergence_form

__all__ = ["BoxGrid", "dirichlet_solve", "divergence_form"]
