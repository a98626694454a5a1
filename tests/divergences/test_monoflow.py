"""Flows along log r: velocities against autograd, affine generators against closed forms, orders, refusals."""

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.linalg import expm
from torch.distributions import MultivariateNormal, kl_divergence

from gantheory import objectives
from gantheory._errors import Refusal
from gantheory.flows import AffineMonoFlow, MonoFlow
from gantheory.integration import heun, integrate, rk4
from gantheory.measures import Empirical, Gaussian, Mixture, ring
from gantheory.objectives import ARCSINH_FORCE, LEAST_SQUARES_FORCE, Divergence, alpha_divergence, shifted_force
from gantheory.symbolic import q, r

DIVERGENCES = {
    name: getattr(objectives, name)
    for name in ("REVERSE_KL", "FORWARD_KL", "JENSEN_SHANNON", "NON_SATURATING_DIVERGENCE", "PEARSON", "NEYMAN", "HELLINGER")
} | {"JEFFREYS": objectives.JEFFREYS, "alpha 1/3": alpha_divergence(sp.Rational(1, 3))}


def gaussian(mean, seed, spread=1.0):
    """A Gaussian with a generic covariance."""
    rng = np.random.default_rng(seed)
    L = spread * (np.eye(len(mean)) + 0.15 * rng.normal(size=(len(mean),) * 2))
    return Gaussian(torch.tensor(mean, dtype=torch.float64), torch.from_numpy(L @ L.T))


REAL = gaussian([0.2, -0.4], 0)
FAKE = Mixture(torch.tensor([0.3, 0.7]), (gaussian([-0.5, 0.3], 1, 0.8), gaussian([1.0, 0.1], 2)))
X = torch.from_numpy(np.random.default_rng(3).normal(size=(7, 2)))
STATE = (torch.tensor([0.7, -0.1], dtype=torch.float64), torch.tensor([[0.9, 0.2], [-0.3, 1.1]], dtype=torch.float64))
T = torch.tensor(0.0, dtype=torch.float64)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_velocity_descends_the_first_variation(name):
    """−∇(f(r) − r f′(r)) by autograd, densities by torch.distributions."""
    x, D = X.clone().requires_grad_(), DIVERGENCES[name]
    parts = [MultivariateNormal(c.mean, c.covariance).log_prob(x).exp() for c in FAKE.components]
    ratio = MultivariateNormal(REAL.mean, REAL.covariance).log_prob(x).exp() / sum(
        w * part for w, part in zip(FAKE.weights, parts, strict=True)
    )
    f = sp.lambdify(r, D.generator, {"log": torch.log, "sqrt": torch.sqrt})
    (slope,) = torch.autograd.grad(f(ratio).sum(), ratio, create_graph=True)
    (pull,) = torch.autograd.grad((f(ratio) - ratio * slope).sum(), x)
    torch.testing.assert_close(MonoFlow(D, REAL).velocity(X, FAKE), -pull, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["JENSEN_SHANNON", "NON_SATURATING_DIVERGENCE"])
def test_log_ratios_keep_their_digits(name):
    """Where p/(p + q) rounds to 0 or 1 the force is still σ or 1 − σ of the log-ratio."""
    far = torch.tensor([[9.0], [-12.0], [0.1]], dtype=torch.float64)
    real, fake = gaussian([0.0], 5), gaussian([0.3], 6, 0.4)
    flow = MonoFlow(DIVERGENCES[name], real)
    d = flow.log_ratio(far, fake)
    assert float(d[0]) > 40
    assert float((real.density(far) / (real.density(far) + fake.density(far)))[0]) == 1
    sign = 1 if name == "JENSEN_SHANNON" else -1
    expected = torch.sigmoid(sign * d)[:, None] * (real.score(far) - fake.score(far))
    torch.testing.assert_close(flow.velocity(far, fake), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("name", ["REVERSE_KL", "FORWARD_KL", "JEFFREYS"])
def test_the_affine_flow_descends_its_divergence(dim, name):
    """−∂D_f/∂(b, A) by autograd of torch's KL between normal laws."""
    rng = np.random.default_rng(dim)
    A = torch.from_numpy(np.eye(dim) + 0.4 * rng.normal(size=(dim, dim))).requires_grad_()
    b, real = torch.from_numpy(rng.normal(size=dim)).requires_grad_(), gaussian(rng.normal(size=dim), dim)
    q_, p_ = MultivariateNormal(b, A @ A.mT), MultivariateNormal(real.mean, real.covariance)
    reverse, forward = kl_divergence(q_, p_), kl_divergence(p_, q_)
    loss = {"REVERSE_KL": reverse, "FORWARD_KL": forward, "JEFFREYS": reverse + forward}[name]
    expected = [-g for g in torch.autograd.grad(loss, (b, A))]
    found = AffineMonoFlow(DIVERGENCES[name], real, nodes=4)(T, (b.detach(), A.detach()))
    for v, e in zip(found, expected, strict=True):
        torch.testing.assert_close(v, e, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize(
    "force",
    [
        *(DIVERGENCES[k] for k in ("JENSEN_SHANNON", "NON_SATURATING_DIVERGENCE", "HELLINGER", "FORWARD_KL", "alpha 1/3")),
        *(ARCSINH_FORCE, LEAST_SQUARES_FORCE, shifted_force(2), sp.sqrt(r) * (1 + sp.log(r) ** 2) + 3),
    ],
    ids=str,
)
def test_affine_velocity_is_the_mean_over_the_generator(force):
    """E[v(G(z))] and E[v(G(z)) zᵀ] by a trapezoidal rule on a fine square, v by MonoFlow."""
    grid = torch.linspace(-9, 9, 361, dtype=torch.float64)
    z = torch.cartesian_prod(grid, grid)
    w = torch.exp(-0.5 * z.square().sum(1)) / (2 * torch.pi) * (grid[1] - grid[0]) ** 2
    b, A = STATE
    flow = AffineMonoFlow(force, REAL, nodes=96)
    v = MonoFlow(force, REAL).velocity(b + z @ A.mT, flow.law(STATE))
    shift, turn = flow(T, STATE)
    torch.testing.assert_close(shift, (w[:, None] * v).sum(0), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(turn, (w[:, None] * v).mT @ z, rtol=1e-5, atol=1e-6)


def ornstein_uhlenbeck(t):
    """Mean and covariance of the reverse-KL flow by SciPy's matrix exponential."""
    m1, S1 = REAL.mean.numpy(), REAL.covariance.numpy()
    E, S0 = expm(-t * np.linalg.inv(S1)), (STATE[1] @ STATE[1].mT).numpy()
    return m1 + E @ (STATE[0].numpy() - m1), S1 + E @ (S0 - S1) @ E


@pytest.mark.parametrize(("method", "order"), [(heun, 2), (rk4, 4)], ids=["heun", "rk4"])
def test_orders_on_the_kl_flow(method, order):
    flow, (m, S) = AffineMonoFlow(objectives.REVERSE_KL, REAL, nodes=2), ornstein_uhlenbeck(0.8)
    errors = []
    for h in (0.1, 0.05, 0.025, 0.0125):
        law = flow.law(integrate(flow, STATE, [0, 0.8], method=method(h)).final)
        errors.append(abs(law.covariance.numpy() - S).max() + abs(law.mean.numpy() - m).max())
    slopes = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.all(abs(slopes[-2:] - order) <= 0.1)


def test_a_part_of_a_force_is_finite_where_the_force_is_not():
    """r (log((1 + r)/2) − log r), of which the second factor is integrated, by softplus."""
    ((a, g),) = AffineMonoFlow(r * (sp.log((1 + r) / 2) - sp.log(r)), REAL).parts
    far = torch.tensor([-900.0, -2.0, 0.0, 3.0, 900.0], dtype=torch.float64)
    assert a == 1
    torch.testing.assert_close(g(far), torch.nn.functional.softplus(-far) - np.log(2), rtol=1e-12, atol=1e-12)


def test_every_force_of_the_table_rests_at_the_target():
    at_rest = (REAL.mean, REAL.factor)
    for force in (*DIVERGENCES.values(), ARCSINH_FORCE, LEAST_SQUARES_FORCE, shifted_force(5)):
        assert max(float(v.abs().max()) for v in AffineMonoFlow(force, REAL)(T, at_rest)) <= 1e-12


def test_a_mixture_may_be_the_data_of_a_bounded_force():
    """E_q over a mixture's log-ratio by Monte Carlo, within 4 standard errors."""
    flow = AffineMonoFlow(objectives.JENSEN_SHANNON, ring(3, 1.0, 0.7), nodes=96)
    z = torch.randn(200_000, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    v = MonoFlow(objectives.JENSEN_SHANNON, ring(3, 1.0, 0.7)).velocity(STATE[0] + z @ STATE[1].mT, flow.law(STATE))
    shift, turn = flow(T, STATE)
    assert bool(((v.mean(0) - shift).abs() <= 4 * v.std(0) / len(z) ** 0.5).all())
    products = v[:, :, None] * z[:, None]
    assert bool(((products.mean(0) - turn).abs() <= 4 * products.std(0) / len(z) ** 0.5).all())


def test_the_velocity_is_differentiable_in_the_state():
    """The derivative of ⟨u, velocity⟩ in a direction, against central differences."""
    flow = AffineMonoFlow(objectives.JEFFREYS, REAL, nodes=4)
    along = (torch.tensor([0.3, -1.0], dtype=torch.float64), torch.tensor([[0.5, 0.1], [0.7, -0.2]], dtype=torch.float64))

    def paired(state):
        return sum(((k + 2) * v.flatten().cumsum(0)).sum() for k, v in enumerate(flow(T, state)))

    leaves = tuple(part.clone().requires_grad_() for part in STATE)
    found = sum((g * a).sum() for g, a in zip(torch.autograd.grad(paired(leaves), leaves), along, strict=True))
    h = 1e-5
    up, down = (paired(tuple(s + k * h * a for s, a in zip(STATE, along, strict=True))) for k in (1, -1))
    assert float(found) == pytest.approx(float(up - down) / (2 * h), rel=1e-7)


def test_dtype_and_device_follow_the_state():
    single = Gaussian(REAL.mean.float(), REAL.covariance.float())
    state = tuple(part.float() for part in STATE)
    found, exact = (
        AffineMonoFlow(objectives.JEFFREYS, law)(t, s) for law, t, s in ((single, T.float(), state), (REAL, T, STATE))
    )
    for f, e in zip(found, exact, strict=True):
        assert f.dtype == torch.float32
        torch.testing.assert_close(f.double(), e, rtol=1e-4, atol=1e-4)
    b, A = (torch.empty_like(part, device="meta") for part in STATE)
    for v, part in zip(AffineMonoFlow(objectives.JEFFREYS, Gaussian(b, A))(T, (b, A)), (b, A), strict=True):
        assert (v.shape, v.device.type) == (part.shape, "meta")
    x = torch.empty(5, 2, device="meta", dtype=torch.float64)
    assert MonoFlow(objectives.HELLINGER, Gaussian(b, A)).velocity(x, Gaussian(b, A)).shape == (5, 2)


class Bare:
    """A density without its logarithm."""

    dim = 2


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MonoFlow("r", REAL), r"a force is a Divergence, or a SymPy expression in r; got the text 'r'"),
        (lambda: MonoFlow(None, REAL), r"a force is a Divergence.*got NoneType"),
        (lambda: MonoFlow(True, REAL), r"a force is a Divergence.*got bool"),
        (lambda: MonoFlow(q, REAL), r"may hold r and free parameters; got the symbol q"),
        (lambda: MonoFlow(r ** sp.Symbol("a"), REAL), r"real and finite expression in r alone.*Substitute numbers"),
        (lambda: MonoFlow(sp.nan, REAL), r"real and finite expression"),
        (lambda: MonoFlow(Divergence(sp.Abs(r - 1)), REAL), r"total variation"),
        (lambda: MonoFlow(r, Bare()), r"knows real exactly: .log_density\(x\).*got Bare.*ParticleFlow"),
        (lambda: MonoFlow(r, REAL).velocity(X, Empirical(X)), r"knows fake exactly.*got Empirical"),
        (lambda: AffineMonoFlow(r, REAL, nodes=1), r"nodes in each dimension is an integer ≥ 2; got 1"),
        (lambda: AffineMonoFlow(r, REAL, nodes=2000), r"at most 1000000 points; got 2000\^2"),
        (lambda: AffineMonoFlow(r, ring(3)), r"grows or decays like a power of r.*got Mixture"),
        (lambda: AffineMonoFlow(sp.sqrt(1 + r**2), REAL), r"sums of g\(log r\) r\^a.*got the force sqrt"),
        (lambda: AffineMonoFlow(r, REAL)(T, (STATE[0], STATE[1][:1])), r"the state is \(b, A\) of shapes \(2,\) and \(2, 2\)"),
        (lambda: AffineMonoFlow(r, REAL)(T, (STATE[0], 0 * STATE[1])), r"positive definite"),
        (lambda: AffineMonoFlow(1 / r, REAL)(T, (STATE[0], 9 * STATE[1])), r"needs a finite E_q\[r\^-1\].*Start from another"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal, match=words):
        make()
