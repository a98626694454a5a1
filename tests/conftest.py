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

from gantheory._errors import Refusal
from gantheory.symbolic import coordinates

CURES = {"Use", "Add", "Pass", "Leave", "Give", "Write", "Integrate", "Substitute", "Convert", "Declare", "Put", "Install"}
"""Words that cures begin with, and what was given does not."""

torch.set_num_threads(1)  # two workers share two cores: more threads would only wait for one another
settings.register_profile("steady", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _checked_anew():
    tests.typechecker.next_test()


@pytest.fixture(autouse=True)
def _refusals_are_whole(monkeypatch):
    """Every refusal in a test names a need, what was given, and cures that are sentences."""
    plain = Refusal.__init__

    def checked(self, need, given, *cures):
        assert isinstance(need, str)
        assert need.strip()
        assert need[-1] != "."
        assert need != need.upper()
        assert given is not None, need
        assert str(given).strip(), need
        assert str(given).split()[0] not in CURES, f"{need}; got a cure: {given}"
        for cure in cures:
            assert isinstance(cure, str)
            assert cure[:1].isupper(), cure
            assert cure != cure.upper()
            assert cure[-1] == ".", cure
        plain(self, need, given, *cures)

    monkeypatch.setattr(Refusal, "__init__", checked)


@pytest.fixture
def unknowns():
    """dim ↦ (x, D, p, q, nu): coordinates, and unknown functions of them."""

    def make(dim):
        x = coordinates(dim)
        D = sp.Function("D", real=True)(*x)
        return x, D, *(sp.Function(name, positive=True)(*x) for name in ("p", "q", "nu"))

    return make
