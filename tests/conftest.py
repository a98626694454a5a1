"""Shapes in signatures are checked while tests run."""

from jaxtyping import install_import_hook

import tests.typechecker

FLOORS = (
    *("lowering", "directions", "groups", "kernels", "measures", "fourier", "transport", "metrics", "grids", "discriminators"),
    *("integration", "flows", "games", "runs", "testing", "_modules", "_checks"),
)
install_import_hook([f"gantheory.{floor}" for floor in FLOORS], "tests.typechecker.checked")

import pytest
import sympy as sp
import torch
from hypothesis import settings

from gantheory.symbolic import coordinates

torch.set_num_threads(1)  # two workers share two cores: more threads would only wait for one another
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _checked_anew():
    tests.typechecker.next_test()


@pytest.fixture
def unknowns():
    """dim ↦ (x, D, p, q, nu): coordinates, and unknown functions of them."""

    def make(dim):
        x = coordinates(dim)
        D = sp.Function("D", real=True)(*x)
        return x, D, *(sp.Function(name, positive=True)(*x) for name in ("p", "q", "nu"))

    return make
