"""Floor 3. Grids, findiff operators, sparse and fast solves; the only import of findiff."""

from gantheory.grids.axis import Axis, Circle, Interval
from gantheory.grids.box_grid import BoxGrid
from gantheory.grids.direct import pins, positive_definite, refuse_dear
from gantheory.grids.divergence_form import dirichlet_solve, divergence_form
from gantheory.grids.energy import Coefficient, Energy, Function, Penalty, sampled, weighed
from gantheory.grids.essential import Essential, essential
from gantheory.grids.functional import Functional
from gantheory.grids.grid import Grid
from gantheory.grids.kronecker import diagonalised
from gantheory.grids.linear import Problem, solved
from gantheory.grids.load import Measures, at_nodes, body_load, natural_load, trapezoid
from gantheory.grids.newton import Path, continued
from gantheory.grids.null_space import Load, NullSpace
from gantheory.grids.prolongation import prolonged
from gantheory.grids.stencils import central, stencil
from gantheory.grids.summands import Centred, Nodal, Quadratic, Summand, centred
from gantheory.grids.tensor_grid import TensorGrid
from gantheory.grids.torus_grid import TorusGrid

__all__ = [
    "Axis",
    "BoxGrid",
    "Centred",
    "Circle",
    "Coefficient",
    "Energy",
    "Essential",
    "Function",
    "Functional",
    "Grid",
    "Interval",
    "Load",
    "Measures",
    "Nodal",
    "NullSpace",
    "Path",
    "Penalty",
    "Problem",
    "Quadratic",
    "Summand",
    "TensorGrid",
    "TorusGrid",
    "at_nodes",
    "body_load",
    "central",
    "centred",
    "continued",
    "diagonalised",
    "dirichlet_solve",
    "divergence_form",
    "essential",
    "natural_load",
    "pins",
    "positive_definite",
    "prolonged",
    "refuse_dear",
    "sampled",
    "solved",
    "stencil",
    "trapezoid",
    "weighed",
]
