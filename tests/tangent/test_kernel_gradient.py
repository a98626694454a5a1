"""Laws of KernelGradient: closed forms against an ODE solver of its own, for any loss, sizes, weights and atoms."""

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators import KernelGradient, Solver, solve
from gantheory.flows import ParticleFlow
from gantheory.integration import IntegrationError, euler, rk4
from gantheory.kernels import ERF, RELU, KernelExpansion, gaussian, nngp_kernel, polyharmonic, tangent_kernel
from gantheory.measures import Empirical, Gaussian
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    NON_SATURATING,
    WASSERSTEIN,
    GradientPenalty,
    Loss,
    Objective,
    least_squares,
)
from gantheory.symbolic import y
from tests.tangent.reference import points, trained

sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
UNEVEN = Loss(real=sp.Rational(3, 2) * (y - 2) ** 2 + 1, fake=(y + sp.Rational(1, 2)) ** 2)
TILTED = Loss(real=-2 * y, fake=sp.Rational(1, 2) * y)
FORCES = {  # −ℓ_real′ and −ℓ_fake′ by hand
    "wasserstein": (WASSERSTEIN, lambda D: np.ones_like(D), lambda D: -np.ones_like(D)),
    "tilted": (TILTED, lambda D: 2 + 0 * D, lambda D: -0.5 + 0 * D),
    "least squares": (LEAST_SQUARES, lambda D: 1 - D, lambda D: -1 - D),
    "labels 0 1": (least_squares(0, 1), lambda D: 1 - D, lambda D: -D),
    "uneven parabolas": (UNEVEN, lambda D: 3 * (2 - D), lambda D: -2 * (D + 0.5)),
    "logistic": (LOGISTIC, lambda D: sigmoid(-D), lambda D: -sigmoid(D)),
    "exponential": (Loss(sp.exp(-y), sp.exp(y)), lambda D: np.exp(-D), lambda D: -np.exp(D)),
    "one-sided": (Loss(-y, y + y**2 / 4), lambda D: np.ones_like(D), lambda D: -1 - D / 2),
}
KERNELS = {"relu": tangent_kernel(2, RELU, 1.0, 1.0), "erf": nngp_kernel(1, ERF, 1.5, 0.5), "gaussian": gaussian(0.9)}


def clouds(d=2, n=5, m=8):
    weights = torch.from_numpy(np.random.default_rng(d).uniform(0.3, 2.0, n + m))
    return Empirical(points(n, d, 1, 0.4), weights[:n]), Empirical(points(m, d, 2), weights[n:])


def start(x):
    return 0.3 * x[:, 0] - 0.1 * x.square().sum(1)


def by_scipy(name, kernel, real, fake, at, time, initial=None):
    _, on_data, on_fakes = FORCES[name]
    both = torch.cat([real.points, fake.points])
    first = [torch.zeros(len(z), dtype=torch.float64) if initial is None else initial(z) for z in (both, at)]
    forces = lambda D: np.concatenate([on_data(D[: len(real)]), on_fakes(D[len(real) :])])  # noqa: E731
    w = torch.cat([real.weights, fake.weights]).numpy()
    return trained(kernel(both, both).numpy(), kernel(at, both).numpy(), w, forces, *(f.numpy() for f in first), time)


@pytest.mark.parametrize("name", FORCES)
@pytest.mark.parametrize("which", KERNELS)
def test_every_loss_follows_its_gradient_flow(name, which):
    (real, fake), at = clouds(), points(6, 2, 3)
    for initial in (None, start):
        D = solve(Objective(FORCES[name][0]), real, fake, solver=KernelGradient(KERNELS[which], 1.7, initial))
        expected = by_scipy(name, KERNELS[which], real, fake, at, 1.7, initial)
        assert np.allclose(D(at).numpy(), expected, rtol=0, atol=3e-8)


@pytest.mark.parametrize("name", ["wasserstein", "least squares", "uneven parabolas"])
@pytest.mark.parametrize("d", [1, 3])
def test_closed_forms_are_exact_in_any_dimension(name, d):
    (real, fake), at, kernel = clouds(d), points(4, d, 3), tangent_kernel(1, ERF, 1.2, 0.4)
    D = solve(Objective(FORCES[name][0]), real, fake, solver=KernelGradient(kernel, 2.5))
    assert np.allclose(D(at).numpy(), by_scipy(name, kernel, real, fake, at, 2.5), rtol=0, atol=1e-10)
    assert "closed form" in D.stats["path"]


def test_the_gradient_is_that_of_the_value():
    (real, fake), at = clouds(), points(4, 2, 4)
    for initial in (None, start):
        D = solve(Objective(LOGISTIC), real, fake, solver=KernelGradient(KERNELS["relu"], 0.9, initial))
        z = at.clone().requires_grad_()
        (slope,) = torch.autograd.grad(D(z).sum(), z)
        assert torch.allclose(gradient(D, at), slope, rtol=1e-12)


def test_shared_atoms_may_be_merged():
    """An atom of both sides with labels ±1 is one atom with the mean label: ρ = 0 where the masses agree."""
    x = points(4, 2, 5)
    real, fake = Empirical(x[[0, 1, 1, 2]]), Empirical(x[[1, 3, 2]], torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64))
    D = solve(Objective(LEAST_SQUARES), real, fake, solver=KernelGradient(KERNELS["relu"], 3.0))
    p = torch.tensor([1 / 4, 1 / 2, 1 / 4, 0], dtype=torch.float64)
    q = torch.tensor([0, 1 / 4, 1 / 2, 1 / 4], dtype=torch.float64)
    rho, gram = (p - q) / (p + q), KERNELS["relu"](x, x)
    on_atoms = rho - torch.linalg.matrix_exp(-3.0 * gram * (p + q)) @ rho
    assert torch.allclose(D(x), on_atoms, rtol=1e-10)


def test_a_singular_gram_matrix_is_no_obstacle():
    """Rank 2 on 13 points of the line: ReLU without bias."""
    (real, fake), at, kernel = clouds(1), points(5, 1, 6), tangent_kernel(2, RELU)
    D = solve(Objective(LEAST_SQUARES), real, fake, solver=KernelGradient(kernel, 40.0))
    assert np.allclose(D(at).numpy(), by_scipy("least squares", kernel, real, fake, at, 40.0), rtol=0, atol=1e-9)


def test_least_squares_interpolates_its_labels_in_the_end():
    real, fake = clouds()
    D = solve(Objective(least_squares(-1, 2)), real, fake, solver=KernelGradient(KERNELS["gaussian"], 1e9))
    assert torch.allclose(D(real.points), torch.full((5,), 2.0, dtype=torch.float64), atol=1e-6)
    assert torch.allclose(D(fake.points), torch.full((8,), -1.0, dtype=torch.float64), atol=1e-6)


def test_points_without_weight_do_not_count():
    real, fake = clouds()
    padded = Empirical(torch.cat([real.points, points(3, 2, 9)]), torch.cat([real.weights, torch.zeros(3).double()]))
    for loss in (WASSERSTEIN, LEAST_SQUARES, LOGISTIC):
        one, two = (solve(Objective(loss), r, fake, solver=KernelGradient(KERNELS["relu"], 1.1)) for r in (real, padded))
        assert torch.allclose(one(fake.points), two(fake.points), rtol=1e-7, atol=1e-9)


def test_hinge_is_followed_by_fixed_steps():
    """Euler's method is gradient descent itself: the same numbers by a loop in NumPy."""
    (real, fake), kernel = clouds(), KERNELS["relu"]
    D = solve(Objective(HINGE), real, fake, solver=KernelGradient(kernel, 4.0, method=euler(0.04)))
    both = torch.cat([real.points, fake.points])
    gram, w, values = kernel(both, both).numpy(), torch.cat([real.weights, fake.weights]).numpy(), np.zeros(13)
    for _ in range(100):
        values = values + 0.04 * gram @ (w * np.where(np.arange(13) < 5, values < 1, -1.0 * (values > -1)))
    assert np.allclose(D(both).numpy(), values, rtol=0, atol=1e-12)
    assert 0 < (values[:5] >= 1).sum() < 5


def test_particles_follow_the_trained_discriminator():
    real, _ = clouds()
    x = points(7, 2, 8)
    for loss, force in ((WASSERSTEIN, lambda D: torch.ones_like(D)), (NON_SATURATING, lambda D: torch.sigmoid(-D)),
                        (LOGISTIC, torch.sigmoid), (LEAST_SQUARES, lambda D: 1 - D)):  # fmt: skip
        flow = ParticleFlow(Objective(loss), real, KernelGradient(KERNELS["relu"], 1.3))
        D = flow.discriminator(x)
        assert torch.allclose(flow(torch.zeros(()).double(), x), force(D(x))[:, None] * D.gradient(x), rtol=1e-10)


def test_it_says_which_way_it_went():
    assert attempt().stats["path"] == "linear: closed form"
    assert attempt(LEAST_SQUARES).stats["path"] == "least squares: closed form"
    assert attempt(LOGISTIC).stats["path"].startswith("integrated: dopri5")
    assert attempt(LOGISTIC).stats["time"] == 1.0


def test_dtype_and_shapes_follow_the_samples():
    real, fake = clouds()
    small = [Empirical(s.points.float(), s.weights.float()) for s in (real, fake)]
    for loss in (WASSERSTEIN, LEAST_SQUARES):
        D = solve(Objective(loss), *small, solver=KernelGradient(KERNELS["relu"], 1.0))
        double = solve(Objective(loss), real, fake, solver=KernelGradient(KERNELS["relu"], 1.0))
        assert D(small[0].points).dtype == torch.float32
        assert torch.allclose(D(small[0].points).double(), double(real.points), atol=1e-4)
    shaped = [Empirical(s.points.to("meta"), s.weights.to("meta")) for s in (real, fake)]
    D = solve(Objective(WASSERSTEIN), *shaped, solver=KernelGradient(KERNELS["relu"], 1.0))
    assert isinstance(D, KernelExpansion)
    assert D.weights.is_meta


def attempt(loss=WASSERSTEIN, real=None, fake=None, kernel=KERNELS["gaussian"], terms=(), time=1.0, **more):
    data, made = clouds()
    return solve(Objective(loss, *terms), real or data, fake or made, solver=KernelGradient(kernel, time, **more))


PLANE = Gaussian(torch.zeros(2).double(), torch.eye(2).double())
REFUSED = {
    "time 0": (lambda: attempt(time=0.0), "training time of KernelGradient is a finite number > 0; got 0.0"),
    "time NaN": (lambda: attempt(time=float("nan")), "finite number > 0; got nan"),
    "time True": (lambda: attempt(time=True), "finite number > 0; got True"),
    "time as text": (lambda: attempt(time="1"), "finite number > 0; got '1'"),
    "no kernel": (lambda: attempt(kernel=torch.cdist), "takes a Kernel: a Gram matrix and its gradient"),
    "a conditional kernel": (lambda: attempt(kernel=polyharmonic(1, 2)), "positive definite kernel.*order 1"),
    "a penalty": (lambda: attempt(terms=(GradientPenalty(1),)), "trains on the loss alone"),
    "a density": (lambda: attempt(real=PLANE), "needs real as samples.*got Gaussian"),
    "two dimensions": (lambda: attempt(fake=Empirical(points(3, 3, 1))), "same dimension; got 2 and 3"),
    "two dtypes": (lambda: attempt(fake=Empirical(points(3, 2, 1).float())), "same dtype and device"),
    "a parameter": (lambda: attempt(Loss(-sp.Symbol("a") * y, y)), "a solver needs the loss as a number; got -a"),
    "a parameter inside": (lambda: attempt(Loss(sp.exp(-sp.Symbol("a") * y), y)), "the loss as numbers and y"),
    "no field": (lambda: attempt(initial=3.0), "initial discriminator is a Field, or None for 0; got float"),
    "a column": (lambda: attempt(initial=lambda x: x[:, :1]), r"maps \(13, 2\) to \(13,\); got shape \(13, 1\). Squeeze"),
    "a pole": (lambda: attempt(initial=lambda x: x[:, 0] / 0), "initial discriminator is finite at the samples"),
    "no method": (lambda: attempt(LOGISTIC, method="rk4"), "method of KernelGradient is dopri5"),
    "an indefinite kernel": (
        lambda: attempt(LEAST_SQUARES, kernel=Indefinite()),
        "positive definite kernel; got an eigenvalue -",
    ),
}


class Indefinite:
    def __call__(self, x, z):
        return torch.cdist(x, z)

    def gradient(self, x, z):
        return x[:, None] - z


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    build, words = REFUSED[name]
    with pytest.raises(Refusal, match=words):
        build()


def test_a_loss_that_explodes_ends_in_an_error():
    with pytest.raises(IntegrationError, match="not finite"):
        attempt(Loss(-sp.exp(y), y), time=50.0, method=rk4(0.5))


def test_it_is_a_solver():
    assert isinstance(KernelGradient(KERNELS["relu"], 1.0), Solver)


def test_a_loss_that_slides_along_its_kink_is_refused_with_a_cure_that_works(monkeypatch):
    """Once D stands at the margin of several points the force jumps there, and adaptive steps shrink."""
    rng = np.random.default_rng(3)
    x, y = (Empirical(torch.from_numpy(rng.normal(size=(n, 2)) + c)) for n, c in ((4, 0.3), (5, -0.3)))
    kernel = tangent_kernel(2, RELU, 1.0, 1.0)
    monkeypatch.setattr("gantheory.discriminators.kernel_gradient.SLIDING", 300)
    with pytest.raises(Refusal, match=r"without kinks, for D slides along them; got .* Pass method=euler\(0.005\)"):
        KernelGradient(kernel, 5.0).solve(Objective(HINGE), x, y)
    coarse, fine = (KernelGradient(kernel, 5.0, method=euler(h)).solve(Objective(HINGE), x, y) for h in (0.02, 0.01))
    torch.testing.assert_close(coarse(x.points), fine(x.points), rtol=0, atol=0.05)
    assert fine(x.points).max() > 0.95  # some points do stand at the margin


def test_single_precision_is_integrated_at_its_own_tolerance():
    x, y = (Empirical(torch.randn(n, 2, generator=torch.Generator().manual_seed(n))) for n in (4, 6))
    single = KernelGradient(gaussian(1.0), 1.0).solve(Objective(LOGISTIC), x, y)
    double = KernelGradient(gaussian(1.0), 1.0).solve(
        Objective(LOGISTIC), Empirical(x.points.double(), x.weights), Empirical(y.points.double(), y.weights)
    )
    torch.testing.assert_close(single(x.points).double(), double(x.points.double()), rtol=1e-4, atol=1e-5)


def test_coincident_points_leave_digits_at_any_time():
    """Taken apart, two samples at one place with different labels would get weights of ±10¹⁴ that cancel."""
    x = points(4, 2, 5)
    real, fake = Empirical(x[[0, 1, 1, 2]]), Empirical(x[[1, 3, 2]], torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64))
    D = solve(Objective(LEAST_SQUARES), real, fake, solver=KernelGradient(KERNELS["relu"], 1e14))
    means = torch.tensor([1, (2 / 4 - 1 / 4) / (3 / 4), (1 / 4 - 1 / 2) / (3 / 4), -1], dtype=torch.float64)
    assert torch.allclose(D(x), means, atol=1e-10)
