"""Expansions of kernels that are no functions of the distance."""

import pytest
import torch

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.kernels import Direct, KernelExpansion, gaussian
from gantheory.kernels.sums import gram


class Quadratic:
    """k(x, y) = (x·y + 1)²."""

    def __call__(self, x, y):
        return (x @ y.mT + 1) ** 2

    def gradient(self, x, y):
        return 2 * (x @ y.mT + 1)[..., None] * y[None]


class Disguised:
    """A radial kernel that hides its profile."""

    def __init__(self, kernel):
        self.kernel = kernel

    def __call__(self, x, y):
        return self.kernel(x, y)

    def gradient(self, x, y):
        return self.kernel.gradient(x, y)


def cloud(n, d=3, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (7, 11), (40, 301)])
def test_values_and_gradients_are_the_sums(n, m, monkeypatch):
    monkeypatch.setattr(gram, "ENTRIES", 500)  # several tiles
    x, c, w = cloud(n), cloud(m, seed=1), cloud(m, 1, seed=2)[:, 0]
    D = KernelExpansion(Quadratic(), c, w)
    torch.testing.assert_close(D(x), ((x @ c.T + 1) ** 2) @ w)
    torch.testing.assert_close(D.gradient(x), torch.func.vmap(torch.func.grad(lambda z: ((c @ z + 1) ** 2) @ w))(x))
    points = x.clone().requires_grad_()
    torch.testing.assert_close(torch.autograd.grad(D(points).sum(), points)[0], D.gradient(x))
    assert D.stats["sums"] == "tiled (no radial profile)"


@pytest.mark.parametrize("own", [(0, 5), (4, 9)])
def test_the_u_statistic_is_that_of_the_radial_path(own):
    c = cloud(9)
    w = torch.full((9,), 0.25, dtype=torch.float64)
    x = c[own[0] : own[1]]
    hidden, radial = (
        KernelExpansion(k, c, w, sums=Direct(self_pairs=False), own=own) for k in (Disguised(gaussian(0.9)), gaussian(0.9))
    )
    torch.testing.assert_close(hidden(x), radial(x))
    torch.testing.assert_close(gradient(hidden, x), gradient(radial, x))


def test_second_derivatives_and_compiling_are_refused_by_name():
    D, x = KernelExpansion(Quadratic(), cloud(3), torch.ones(3, dtype=torch.float64)), cloud(2).requires_grad_()
    with pytest.raises(Refusal, match="needs a Radial kernel; got Quadratic"):
        torch.autograd.grad(gradient(D, x).sum(), x)
    with pytest.raises(Refusal, match="no radial profile"):
        KernelExpansion(Quadratic(), cloud(3), torch.ones(3, dtype=torch.float64), sums=Direct(compiled=True))(cloud(2))
