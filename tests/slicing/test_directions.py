"""Directions are uniform, blocks are orthonormal, and transport on every line is transport on the line."""

from math import sqrt

import numpy as np
import pytest
import torch

from gantheory._errors import Refusal
from gantheory.directions import monotone_cost, monotone_map, orthonormal, projected, sphere, uneven, unit
from gantheory.transport import plan, quantile_cost

from .samples import F64, seeded

DRAWS = {"sphere": sphere, "orthonormal": orthonormal}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_directions_have_length_one_and_the_moments_of_the_sphere(draw, d):
    k = 4200
    theta = draw(k, d, seeded(d))
    assert theta.shape == (k, d)
    torch.testing.assert_close(unit(theta, d), theta)
    error = 4 / sqrt(k * d)
    assert theta.mean(0).abs().max() < error
    assert (theta.mT @ theta / k - torch.eye(d, dtype=F64) / d).abs().max() < error
    fourth = theta.pow(4).mean(0)  # E θ₁⁴ = 3/(d(d + 2)): Haar's law, and not merely an isotropic one
    assert (fourth - 3 / (d * (d + 2))).abs().max() < 4 * sqrt(105 / (d * (d + 2) * (d + 4) * (d + 6)) / k) + 1e-12


@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_blocks_resolve_the_identity(d):
    theta = orthonormal(3 * d, d, seeded(1))
    assert (theta.mT @ theta / (3 * d) - torch.eye(d, dtype=F64) / d).abs().max() < 1e-14
    for block in theta.split(d):
        assert (block @ block.mT - torch.eye(d, dtype=F64)).abs().max() < 1e-13
    assert len(orthonormal(3 * d + 1, d, seeded(1))) == 3 * d + 1
    loose = sphere(3 * d, d, seeded(1))
    assert d == 1 or (loose.mT @ loose / (3 * d) - torch.eye(d, dtype=F64) / d).abs().max() > 1e-3


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_draws_repeat_and_have_the_dtype_asked_for(draw):
    assert torch.equal(draw(5, 3, seeded(2)), draw(5, 3, seeded(2)))
    assert not torch.equal(draw(5, 3, seeded(2)), draw(5, 3, seeded(3)))
    assert draw(5, 3, seeded(2), dtype=torch.float32).dtype == torch.float32


def test_a_projection_is_the_inner_product():
    x, theta = torch.randn(5, 3, generator=seeded(0), dtype=F64), sphere(4, 3, seeded(1))
    np.testing.assert_allclose(projected(x, theta), np.einsum("kd,nd->kn", theta, x), rtol=1e-14, atol=1e-15)


def lines(n, m, k=4, seed=0):
    g = seeded(seed)
    u, v = torch.randn(k, n, generator=g, dtype=F64), torch.randn(k, m, generator=g, dtype=F64) + 0.4
    return u, v, torch.rand(n, generator=g, dtype=F64), torch.rand(m, generator=g, dtype=F64)


@pytest.mark.parametrize(("n", "m"), [(7, 11), (7, 7), (1, 5), (5, 1), (13, 2)])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("weighted", [(True, True), (True, False), (False, True), (False, False)])
def test_the_cost_of_each_line_is_the_one_by_quantiles(n, m, order, weighted):
    u, v, a, b = lines(n, m)
    a, b = a if weighted[0] else None, b if weighted[1] else None
    masses = [np.ones(size) if w is None else w.numpy() for w, size in ((a, n), (b, m))]
    expected = [quantile_cost(x.numpy(), z.numpy(), *masses, order) for x, z in zip(u, v, strict=True)]
    np.testing.assert_allclose(monotone_cost(u, v, a, b, order), expected, rtol=1e-12)


@pytest.mark.parametrize(("n", "m"), [(7, 11), (6, 6), (3, 1)])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_map_is_the_mean_of_the_optimal_plan(n, m, weighted):
    u, v, a, b = lines(n, m, seed=1)
    mapped = monotone_map(u, v, a, b) if weighted else monotone_map(u, v)
    masses = [(w / w.sum()).numpy() if weighted else np.full(len(w), 1 / len(w)) for w in (a, b)]
    for x, z, T in zip(u, v, mapped, strict=True):
        P = plan((x[:, None] - z).square().numpy(), *masses).matrix
        np.testing.assert_allclose(T, P @ z.numpy() / masses[0], rtol=1e-10)
    order = u.argsort(-1)
    assert (mapped.gather(-1, order).diff(dim=-1) >= -1e-14).all()


def test_a_point_without_mass_goes_to_the_quantile_of_its_level():
    u, v = torch.tensor([[0.0, 1.0, 2.0]], dtype=F64), torch.tensor([[10.0, 20.0, 30.0, 40.0]], dtype=F64)
    T = monotone_map(u, v, torch.tensor([0.6, 0.0, 0.4], dtype=F64), None)
    expected = [(0.25 * 10 + 0.25 * 20 + 0.1 * 30) / 0.6, 30.0, (0.15 * 30 + 0.25 * 40) / 0.4]
    np.testing.assert_allclose(T[0], expected, rtol=1e-13)


@pytest.mark.parametrize("weighted", [True, False])
def test_the_cost_has_the_derivative_of_its_coupling(weighted):
    u, v, a, b = lines(5, 8 if weighted else 5, k=2, seed=3)
    weights = (a, b) if weighted else (None, None)
    u, v = u.requires_grad_(), v.requires_grad_()
    for order in (1, 2):
        assert torch.autograd.gradcheck(lambda s, t, p=order: monotone_cost(s, t, *weights, p), (u, v))
    (slope,) = torch.autograd.grad(monotone_cost(u, v, *weights).sum(), u)
    masses = a / a.sum() if weighted else torch.full((5,), 0.2, dtype=F64)
    torch.testing.assert_close(slope, 2 * masses * (u - monotone_map(u, v, *weights)), rtol=1e-10, atol=1e-13)


def test_dtype_and_device_follow_the_points():
    u, v, a, b = lines(5, 8)
    assert monotone_cost(u.float(), v.float(), a.float(), b.float()).dtype == torch.float32
    assert monotone_map(u.float(), v.float(), a.float(), b.float()).dtype == torch.float32
    torch.testing.assert_close(monotone_cost(u.float(), v.float(), a, b).double(), monotone_cost(u, v, a, b), rtol=1e-5, atol=0)
    meta = [z.to("meta") for z in (u, v, a, b)]
    assert monotone_cost(*meta).device.type == "meta"
    assert monotone_map(*meta).shape == u.shape
    assert uneven(meta[2]) is meta[2]
    assert uneven(torch.full((4,), 0.25)) is None
    assert uneven(a) is a


REFUSED = {
    "no direction": (lambda: sphere(0, 3, seeded(0)), "number of directions is an integer ≥ 1; got 0"),
    "count True": (lambda: sphere(True, 3, seeded(0)), "integer ≥ 1; got True"),
    "dimension 0": (lambda: orthonormal(2, 0, seeded(0)), "dimension of directions is an integer ≥ 1; got 0"),
    "order 0": (lambda: monotone_cost(*lines(3, 3)[:2], order=0), "at least 1; got 0. Monotone pairing"),
    "long": (lambda: unit(torch.ones(2, 3), 3), r"length 1 in R\^3; got lengths off 1 by 0.732. Divide each row"),
    "NaN": (lambda: unit(torch.full((2, 3), torch.nan), 3), "lengths off 1 by nan"),
    "other space": (lambda: unit(sphere(4, 2, seeded(0)), 3), r"length 1 in R\^3; got shape \(4, 2\)"),
    "none": (lambda: unit(torch.ones(0, 3), 3), r"got shape \(0, 3\)\. Give at least one"),
    "integers": (lambda: unit(torch.ones(1, 1, dtype=torch.int64), 1), "got torch.int64. Use sphere"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_direction_is_refused(call, words):
    with pytest.raises(Refusal, match=words):
        call()
