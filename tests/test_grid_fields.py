"""Fields on grids: what lies on the torus, and derivatives of boundary fields on faces."""

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.discriminators.finite_differences.jets import Jets
from gantheory.discriminators.grid_field import GridField
from gantheory.grids import BoxGrid, TorusGrid
from gantheory.symbolic import coordinates

X = coordinates(2)
D = sp.sin(sp.Rational(9, 10) * X[0] - X[1] / 2) + X[0] ** 2 * X[1]
PLANE = BoxGrid((-0.2, 0.1), (0.9, 1.3), (5, 6))
FACE = torch.tensor([[0.9, 0.3], [0.9, 1.1], [0.2, 0.1]], dtype=torch.float64)


class Closed:
    """D with its gradient in closed form."""

    def __call__(self, x):
        return torch.sin(0.9 * x[:, 0] - 0.5 * x[:, 1]) + x[:, 0] ** 2 * x[:, 1]

    def gradient(self, x):
        wave = torch.cos(0.9 * x[:, 0] - 0.5 * x[:, 1])
        return torch.stack([0.9 * wave + 2 * x[:, 0] * x[:, 1], -0.5 * wave + x[:, 0] ** 2], 1)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("field", [Closed(), Closed().__call__], ids=["closed gradient", "autograd"])
def test_a_boundary_field_is_differentiated_along_one_axis(field, axis, order):
    exact = sp.lambdify(X, sp.diff(D, X[axis], order), "numpy")(*FACE.numpy().T)
    assert np.allclose(Jets(field, PLANE)(FACE.numpy(), axis, order), exact, rtol=0, atol=1e-13)


def test_a_constant_boundary_field_has_derivatives_zero_and_one_without_derivatives_is_refused():
    for order in (1, 2):
        assert not Jets(lambda x: x.new_full((len(x),), 1.3), PLANE)(FACE.numpy(), 0, order).any()
    assert not Jets(lambda x: 0.3 * x[:, 0], PLANE)(FACE.numpy(), 0, 2).any()
    for order in (1, 2):
        with pytest.raises(Refusal, match=r"differentiable|two derivatives"):
            Jets(lambda x: torch.from_numpy(np.sin(x.detach().numpy()[:, 0])), PLANE)(FACE.numpy(), 0, order)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (lambda x: x, r"the boundary field gives float64 of shape \(3,\) on the CPU; got torch.float64 of shape \(3, 2\)"),
        (lambda x: x[:, 0].float(), "float64 of shape .* got torch.float32"),
        (lambda x: x[:, 0] / 0.0, "the boundary field is finite; got (inf|nan)"),
        (lambda x: x.numpy()[:, 0], "the boundary field gives a torch tensor; got ndarray"),
        (0.0, r"the boundary field is a Field, from points \(n, d\) to n values; got 0.0"),
    ],
)
def test_a_boundary_field_that_is_none_is_refused(field, words):
    with pytest.raises(Refusal, match=words):
        Jets(field, PLANE)(FACE.numpy(), 0, 0)


def test_a_field_on_a_torus_is_periodic_and_refuses_what_is_no_point():
    grid = TorusGrid((1.1, 0.7), (24, 18), (0.2, -0.1))
    wave = lambda x: np.sin(2 * np.pi * x[..., 0] / 1.1 + 0.3) * np.cos(2 * np.pi * x[..., 1] / 0.7)  # noqa: E731
    field = GridField(grid, wave(grid.nodes.numpy()).reshape(grid.points), {})
    x = torch.tensor([[0.15, -0.35], [1.29, 0.61], [7.7, -3.0]], dtype=torch.float64)
    assert np.allclose(field(x).numpy(), wave(x.numpy()), rtol=0, atol=2e-4)
    moved = x + torch.tensor([2.2, -0.7], dtype=torch.float64)
    assert torch.allclose(field(moved), field(x), rtol=0, atol=1e-12)
    assert torch.allclose(field.gradient(moved), field.gradient(x), rtol=0, atol=1e-11)
    with pytest.raises(Refusal, match="a GridField on a torus is evaluated at finite points; got NaN or inf"):
        field(torch.full((1, 2), torch.nan, dtype=torch.float64))
