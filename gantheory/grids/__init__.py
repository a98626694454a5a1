"""Floor 3. Grids, findiff operators, sparse and fast solves; the only import of findiff."""

from gantheory.grids.axis import Axis, Circle, Interval
from gantheory.grids.box_grid import BoxGrid
from gantheory.grids.divergence_form import dirichlet_solve, divergence_form
from gantheory.grids.energy import Coefficient, Energy, Function, Penalty, sampled
from gantheory.grids.essential import Essential, essential
from gantheory.grids.grid import Grid
from gantheory.grids.linear import Problem, solved
from gantheory.grids.load import Measures, body_load, natural_load
from gantheory.grids.stencils import central, stencil
from gantheory.grids.tensor_grid import TensorGrid
from gantheory.grids.torus_grid import TorusGrid

__all__ = [
    "Axis",
    "BoxGrid",
    "Circle",
    "Coefficient",
    "Energy",
    "Essential",
    "Function",
    "Grid",
    "Interval",
    "Measures",
    "Penalty",
    "Problem",
    "TensorGrid",
    "TorusGrid",
    "body_load",
    "central",
    "dirichlet_solve",
    "divergence_form",
    "essential",
    "natural_load",
    "sampled",
    "solved",
    "stencil",
]
