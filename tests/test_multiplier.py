"""Laws of means, of the multiplier λ* for every solver, and of the pointwise optimum."""

from math import pi, sqrt

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators import (
    BoxMesh,
    Collocation,
    FiniteDifferences,
    FiniteElements,
    FourierSeries,
    GaussianOracle,
    GreensFunction,
    Pointwise,
    Solver,
    expectation,
    gap,
    multiplier,
    solve,
)
from gantheory.discriminators.boundary_data import NaturalDatum
from gantheory.discriminators.grid_field import GridField
from gantheory.grids import BoxGrid
from gantheory.kernels import Direct, polyharmonic, screened
from gantheory.measures import Empirical, Gaussian, Mixture
from gantheory.metrics import mmd
from gantheory.objectives import (
    HELLINGER_GAN,
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    PEARSON_GAN,
    WASSERSTEIN,
    Boundary,
    Box,
    GradientPenalty,
    Loss,
    Objective,
    Torus,
    least_squares,
    screened_terms,
)
from gantheory.symbolic import nu, p, q, y
from tests.test_fourier_series import LINE, PLANE, Opaque, laws, normal, sample, tensor

BUDGET = 0.37
WGAN = Objective(WASSERSTEIN, 0.6 * GradientPenalty(1))


def one(mean, deviation):
    return Gaussian(tensor([mean]), tensor([[deviation**2]]))


class Sampler:
    """A law without density."""

    dim = 1

    def sample(self, n, generator):
        return torch.rand(n, 1, generator=generator)


# ---- means


def test_a_mean_is_exact_for_samples_and_spectral_for_laws():
    points = sample(7, 2, 1)
    assert (
        abs(
            expectation(y**2 - y, lambda x: x[:, 0], points)
            - float(points.weights @ (points.points[:, 0] ** 2 - points.points[:, 0]))
        )
        <= 1e-14
    )
    real, fake = laws(2)
    assert abs(expectation(y, lambda x: x[:, 0] * x[:, 1] ** 2, real) - third(real)) <= 1e-13
    mixed = sum(float(w) * third(c) for w, c in zip(fake.weights, fake.components, strict=True))
    assert abs(expectation(y, lambda x: x[:, 0] * x[:, 1] ** 2, fake) - mixed) <= 1e-13
    assert abs(gap(lambda x: x[:, 0], real, points) - float(real.mean[0] - points.mean[0])) <= 1e-14
    assert expectation(sp.Integer(3), lambda x: x[:, 0], points) == pytest.approx(3, rel=1e-14)


def third(law):
    """E X₁X₂² of a Gaussian."""
    (a, b), C = law.mean.tolist(), law.covariance
    return a * (b * b + float(C[1, 1])) + 2 * b * float(C[0, 1])


def test_means_on_a_torus_are_those_of_the_unwrapped_law():
    """D is periodic: Gauss–Hermite on R², the trapezoid rule on the torus, and images of an opaque density agree."""
    real, fake = laws(2)
    D = solve(WGAN, real, fake, solver=FourierSeries(PLANE, 12))
    f = y**3 - 2 * y
    free = expectation(f, lambda x: D(x), real)
    for law in (real, Opaque(real)):
        assert abs(expectation(f, D, law) - free) <= 1e-10 * abs(free)


def test_means_on_a_grid_follow_the_trapezoid_rule():
    real, fake = one(0.2, 0.5), one(-0.3, 0.7)
    exact = solve(WGAN, real, fake, solver=GaussianOracle())
    errors = []
    for points in (17, 33, 65, 129):
        D = solve(WGAN, real, fake, solver=FiniteDifferences(BoxGrid((-5.0,), (5.5,), (points,)), exact))
        errors.append(abs(gap(D, real, fake) - gap(exact, real, fake)))
    assert np.abs(np.log2(np.array(errors[:-1]) / errors[1:])[-2:] - 2).max() <= 0.1


def test_a_law_that_reaches_the_ends_of_a_grid_is_weighed_by_halves_there():
    law = one(0.2, 0.5)
    exact = quad(lambda x: (1 + x) ** 2 * float(law.density(tensor([[x]]))), -0.4, 0.5)[0]
    errors = []
    for points in (17, 33, 65, 129):
        grid = BoxGrid((-0.4,), (0.5,), (points,))
        errors.append(abs(expectation(y**2, GridField(grid, 1 + grid.axes[0], {}), law) - exact))
    assert np.abs(np.log2(np.array(errors[:-1]) / errors[1:])[-2:] - 2).max() <= 0.1


@pytest.mark.parametrize(
    ("law", "words"),
    [
        (Opaque(one(0.0, 1.0)), "without a domain needs samples, a Gaussian or a Mixture; got Opaque"),
        (Gaussian(torch.zeros(4, dtype=torch.float64), torch.eye(4, dtype=torch.float64)), "integrated for n ≤ 3; got n = 4"),
        (Sampler(), "a mean needs samples or a density; got Sampler"),
        (Empirical(tensor([[1e200]])), "a mean of a discriminator is finite"),
    ],
)
def test_what_has_no_mean_is_refused(law, words):
    with pytest.raises(Refusal, match=words):
        expectation(y**2, lambda x: x.sum(1), law)


# ---- linear losses


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 2)])
def test_with_green_s_function_it_is_half_the_mmd_over_the_root_of_the_budget(n, m):
    real, fake = sample(7, n, 1), sample(11, n, 2, shift=0.4)
    objective = Objective(WASSERSTEIN, 0.6 * GradientPenalty(m))
    found = multiplier(objective, real, fake, solver=GreensFunction(), budget=BUDGET)
    assert abs(found - mmd(real, fake, polyharmonic(m, n)) / (2 * sqrt(BUDGET))) <= 1e-13 * found


def test_the_screened_multiplier_is_that_of_the_screened_mmd():
    real, fake = sample(7, 2, 1), sample(11, 2, 2, shift=0.4)
    objective = Objective(Loss(real=-3 * y, fake=3 * y), *screened_terms(2, 1.3, 0.6))
    found = multiplier(objective, real, fake, solver=GreensFunction(), budget=BUDGET)
    assert abs(found - 3 * mmd(real, fake, screened(2, 2, 1.3)) / (2 * sqrt(BUDGET))) <= 1e-12 * found


@pytest.mark.parametrize("order", [None, 1.4])
def test_on_a_torus_it_is_parseval_s_sum(order):
    """λ*² = Σ |ω|^{2s}|γ|²/c·|T|, γ = (α − β)/(2|ω|^{2s}), written out over both halves from the characteristic functions."""
    real, fake = laws(2)
    found = multiplier(WGAN, real, fake, solver=FourierSeries(PLANE, (14, 17), order), budget=BUDGET)
    k = np.stack(np.meshgrid(np.arange(-14, 15), np.arange(-17, 18), indexing="ij"), -1).reshape(-1, 2)
    omega = 2 * pi * k[(k != 0).any(1)] / np.array(PLANE.periods)

    def transform(law):
        return np.exp(-1j * omega @ law.mean.numpy() - ((omega @ law.covariance.numpy()) * omega).sum(1) / 2)

    rho = transform(real) - sum(float(w) * transform(c) for w, c in zip(fake.weights, fake.components, strict=True))
    s = order or 1
    total = (np.abs(rho) ** 2 / (4 * (omega**2).sum(1) ** s)).sum() / (2.6 * 3.4)
    assert abs(found - sqrt(total / BUDGET)) <= 1e-13 * found


def test_on_a_line_it_is_a_quadrature_of_the_distribution_functions():
    """λ* = ½ √(∫ (F_p − F_q)² dx/c), from Gaussians by their exact potential."""
    sides = (0.2, 0.7), (-0.5, 1.1)
    square = quad(lambda x: (norm.cdf(x, *sides[0]) - norm.cdf(x, *sides[1])) ** 2, -9, 9, epsabs=1e-14)[0]
    found = multiplier(WGAN, *(one(*s) for s in sides), solver=GaussianOracle(), budget=BUDGET)
    assert abs(found - sqrt(square / BUDGET) / 2) <= 1e-9 * found


def test_the_budget_is_spent_at_the_multiplier():
    """By a difference of values on a fine grid, for two terms whose ratio is kept."""
    objective = Objective(WASSERSTEIN, 0.3 * GradientPenalty(1), 0.1 * GradientPenalty(2))
    real, fake = one(0.7, 0.3), Mixture(tensor([0.4, 0.6]), (one(1.9, 0.25), one(0.2, 0.4)))
    solver = FourierSeries(LINE, 20)
    found = multiplier(objective, real, fake, solver=solver, budget=BUDGET)
    terms = (3 * found * GradientPenalty(1), found * GradientPenalty(2))
    x = torch.arange(4096, dtype=torch.float64)[:, None] * 2.6 / 4096
    D = solve(Objective(WASSERSTEIN, *terms), real, fake, solver=solver)(x).numpy()
    slope = (np.roll(D, -1) - np.roll(D, 1)) * 2048 / 2.6
    bend = (np.roll(D, -1) - 2 * D + np.roll(D, 1)) * (4096 / 2.6) ** 2
    assert abs(2.6 * (3 * slope**2 + bend**2).mean() - BUDGET) <= 1e-5 * BUDGET


def test_means_and_parseval_give_one_multiplier():
    """The identity by means, which other solvers go through, against the sum of squares, from laws and from samples."""

    class Veiled:
        """A solver whose answer does not show its coefficients."""

        def __init__(self, solver):
            self.solver = solver

        def solve(self, *given):
            D = self.solver.solve(*given)
            return lambda x: D(x)

    solver = FourierSeries(PLANE, (9, 7))
    assert isinstance(Veiled(solver), Solver)
    for real, fake in (laws(2), (sample(7, 2, 1), sample(11, 2, 2))):
        found = [multiplier(WGAN, real, fake, solver=s, budget=BUDGET) for s in (solver, Veiled(solver))]
        assert abs(found[0] - found[1]) <= 1e-9 * found[0]


# ---- other losses


@pytest.mark.parametrize("loss", [LEAST_SQUARES, least_squares(0, 3)], ids=("-1, 1", "0, 3"))
def test_with_collocation_the_budget_is_spent(loss):
    """The penalty by quadrature of D″², n = 1, m = 2: a cubic spline."""
    real, fake = sample(7, 1, 1), sample(11, 1, 2, shift=0.4)
    found = multiplier(Objective(loss, 0.05 * GradientPenalty(2)), real, fake, solver=Collocation(), budget=BUDGET)
    D = solve(Objective(loss, found * GradientPenalty(2)), real, fake, solver=Collocation())
    knots = np.sort(torch.cat([real.points, fake.points])[:, 0].numpy())
    x = torch.from_numpy(knots)[:, None].requires_grad_()
    (bend,) = torch.autograd.grad(gradient(D, x).sum(), x)
    b = bend[:, 0].numpy()  # piecewise linear, 0 outside
    total = (np.diff(knots) * (b[:-1] ** 2 + b[:-1] * b[1:] + b[1:] ** 2) / 3).sum()
    assert abs(total - BUDGET) <= 1e-7 * BUDGET


def test_the_penalty_of_two_atoms_by_hand():
    """p = δ₀, q = δ₁, m = 1, least squares ±1: D is linear between, D(0) = −D(1) = d, d = 1/(1 + 4λ), Q = 4d²."""
    real, fake = Empirical(tensor([[0.0]])), Empirical(tensor([[1.0]]))
    for budget in (0.1, 2.5):
        found = multiplier(Objective(LEAST_SQUARES, GradientPenalty(1)), real, fake, solver=Collocation(), budget=budget)
        assert abs(found - brentq(lambda w, c=budget: 4 / (1 + 4 * w) ** 2 - c, 1e-9, 1e3, xtol=1e-14)) <= 1e-8 * found
    with pytest.raises(Refusal, match=r"spends the budget 5; got a penalty of 4 at λ = .*pointwise optimum exceeds"):
        multiplier(Objective(LEAST_SQUARES, GradientPenalty(1)), real, fake, solver=Collocation(), budget=5)


def test_a_penalty_over_a_reference_spends_its_budget():
    """∫ ν D′² by the slopes of cells at their middles."""
    real, fake, reference = one(0.2, 0.5), one(-0.4, 0.6), one(0.1, 0.9)
    solver = FiniteDifferences(BoxGrid((-2.0,), (3.0,), (2001,), Boundary.NATURAL))
    objective = Objective(LEAST_SQUARES, 0.3 * GradientPenalty(1, over=nu))
    found = multiplier(objective, real, fake, solver=solver, budget=BUDGET, reference=reference)
    at_it = Objective(LEAST_SQUARES, found * GradientPenalty(1, over=nu))
    D = solve(at_it, real, fake, solver=solver, reference=reference)
    x = torch.linspace(-2, 3, 2001, dtype=torch.float64)[:, None]
    slopes, middles = D(x).diff() / x[:, 0].diff(), (x[1:] + x[:-1]) / 2
    assert abs(float((reference.density(middles) * slopes**2).sum()) * 5 / 2000 - BUDGET) <= 1e-5 * BUDGET


def boxed(boundary):
    return FiniteDifferences(BoxGrid((-2.0,), (3.0,), (40,)), boundary)


LAM = sp.Symbol("lam", positive=True)
REFUSED = {
    "budget 0": (WGAN, GreensFunction(), 0.0, "budget of a penalty is a finite number > 0; got 0.0"),
    "budget nan": (WGAN, GreensFunction(), float("nan"), "finite number > 0; got nan"),
    "no term": (Objective(LEAST_SQUARES), Collocation(), 1.0, "a multiplier belongs to a penalty"),
    "centred": (Objective(LEAST_SQUARES, GradientPenalty(1, centre=1)), Collocation(), 1.0, "takes penalties with centre 0"),
    "symbol": (Objective(WASSERSTEIN, LAM * GradientPenalty(1)), GreensFunction(), 1.0, "the weight λ as a number; got lam"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_multiplier_is_refused(case):
    objective, solver, budget, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        multiplier(objective, sample(7, 1, 1), sample(11, 1, 2), solver=solver, budget=budget)


def test_what_the_identity_does_not_hold_for_is_refused():
    real, fake = sample(7, 2, 1), sample(11, 2, 2)
    with pytest.raises(Refusal, match=r"finite where 2m > n; got m = 1, n = 2. Use GreensFunction\(softening"):
        multiplier(WGAN, real, fake, solver=GreensFunction(), budget=1.0)
    assert multiplier(WGAN, real, fake, solver=GreensFunction(Direct(), 0.3), budget=1.0) > 0
    with pytest.raises(Refusal, match=r"a penalty is > 0 where real and fake differ; got 0"):
        multiplier(WGAN, laws(1)[0], laws(1)[0], solver=FourierSeries(LINE, 5), budget=1.0)
    laws_ = one(0.2, 0.4), one(-0.3, 0.5)
    with pytest.raises(Refusal, match=r"∝ 1/λ, where it is its own test function; got λ²Q.*Leave out boundary data"):
        multiplier(WGAN, *laws_, solver=boxed(lambda x: x[:, 0] ** 2), budget=1.0)
    curved = Objective(LEAST_SQUARES, 0.6 * GradientPenalty(1))
    driven = FiniteDifferences(BoxGrid((-2.0,), (3.0,), (40,), Boundary.NATURAL), source=lambda x: x[:, 0])
    with pytest.raises(Refusal, match="knows the right side from the loss alone; got a solver with source="):
        multiplier(curved, *laws_, solver=driven, budget=1.0)
    with pytest.raises(Refusal, match="not free where it is given; got a solver with boundary data"):
        multiplier(curved, *laws_, solver=boxed(lambda x: 0 * x[:, 0] + 0.1), budget=1.0)


# ---- Pointwise

BY_HAND = {
    "least squares": (LEAST_SQUARES, lambda a, b: (a - b) / (a + b)),
    "labels 0, 3": (least_squares(0, 3), lambda a, b: 3 * a / (a + b)),
    "logistic": (LOGISTIC, lambda a, b: torch.log(a / b)),
    "pearson": (PEARSON_GAN, lambda a, b: 2 * (a - b) / b),
    "hellinger": (HELLINGER_GAN, None),
}


@pytest.mark.parametrize("case", BY_HAND)
def test_the_pointwise_discriminator_minimises_at_every_point(case):
    loss, formula = BY_HAND[case]
    (real, fake), x = laws(2), 1 + normal(9, 2, 4) / 2
    D = solve(Objective(loss), real, fake, solver=Pointwise())
    a, b = real.density(x), fake.density(x)
    value = sp.lambdify((p, q, y), loss.integrand, "numpy")
    least = [value(float(s), float(t), float(d)) for s, t, d in zip(a, b, D(x), strict=True)]
    for step in (-1e-3, 1e-3, -0.05, 0.05):
        moved = [value(float(s), float(t), float(d) + step) for s, t, d in zip(a, b, D(x), strict=True)]
        assert all(m >= v for m, v in zip(moved, least, strict=True) if not np.isnan(m))
    if formula is not None:
        assert (D(x) - formula(a, b)).abs().max() <= 1e-13 * D(x).abs().max()
    z = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(D(z).sum(), z)
    assert (D.gradient(x) - slope).abs().max() <= 1e-11 * slope.abs().max()
    (curve,) = torch.autograd.grad(D.gradient(z)[:, 0].sum(), z)
    h = 1e-5 * torch.eye(2, dtype=torch.float64)
    for axis in (0, 1):
        by_steps = (D.gradient(x + h[axis]) - D.gradient(x - h[axis]))[:, 0] / 2e-5
        assert (curve[:, axis] - by_steps).abs().max() <= 1e-6 * curve.abs().max()
    assert isinstance(Pointwise(), Solver)
    assert D.stats["solver"] == "Pointwise"
    assert (solve(Objective(loss), Opaque(real), Opaque(fake), solver=Pointwise())(x) - D(x)).abs().max() <= 1e-11 * D(
        x
    ).abs().max()


def test_far_away_where_densities_underflow_the_logarithm_is_exact():
    real, fake = one(0.0, 0.1), one(1.0, 0.2)
    x = tensor([[50.0], [-80.0]])
    exact = -(x[:, 0] ** 2) / 0.02 + (x[:, 0] - 1) ** 2 / 0.08 + np.log(2)
    D = solve(Objective(LOGISTIC), real, fake, solver=Pointwise())
    assert (D(x) - exact).abs().max() <= 1e-13 * exact.abs().max()
    assert (solve(Objective(LEAST_SQUARES), real, fake, solver=Pointwise())(x) + 1).abs().max() <= 1e-15
    with pytest.raises(Refusal, match=r"D\* is finite; got .* where one density vanishes"):
        solve(Objective(PEARSON_GAN), fake, real, solver=Pointwise())(x)
    with pytest.raises(Refusal, match=r"determined where p \+ q > 0; got a point where both densities are 0"):
        solve(Objective(LOGISTIC), Opaque(real), Opaque(fake), solver=Pointwise())(x)


def test_a_locally_constant_optimum_has_values_and_no_gradient():
    real, fake, x = *laws(1), normal(5, 1, 1)
    D = solve(Objective(HINGE), real, fake, solver=Pointwise())
    assert (D(x) == torch.sign(real.density(x) - fake.density(x))).all()
    with pytest.raises(Refusal, match="an optimal D that moves with the ratio of the densities"):
        D.gradient(x)


POINTWISE_REFUSED = {
    "penalty": (Objective(LEAST_SQUARES, GradientPenalty(1)), None, "without a penalty; got .* Use FourierSeries or Finite"),
    "linear": (Objective(WASSERSTEIN), None, "a loss that is curved in y; got the linear loss"),
    "samples": (
        Objective(LOGISTIC),
        sample(7, 1, 1),
        "density of real: without a penalty D is not determined between samples; got Empirical",
    ),
    "dimension": (Objective(LOGISTIC), laws(2)[0], "the same dimension; got 2 and 1"),
    "symbol": (Objective(least_squares(0, LAM)), None, r"every parameter of the loss as a number; got D\* ="),
}


@pytest.mark.parametrize("case", POINTWISE_REFUSED)
def test_what_has_no_pointwise_optimum_is_refused(case):
    objective, real, words = POINTWISE_REFUSED[case]
    with pytest.raises(Refusal, match=words):
        solve(objective, real or laws(1)[0], laws(1)[1], solver=Pointwise())
    assert Torus((1.0,)).dim == 1


# ---- grids and elements


class Polynomial:
    """A density on [0, 1], by a formula."""

    dim = 1

    def __init__(self, *coefficients):
        self.coefficients = coefficients

    def sample(self, n, generator):
        raise NotImplementedError

    def density(self, x):
        return sum(c * x[:, 0] ** k for k, c in enumerate(self.coefficients))

    def score(self, x):
        raise NotImplementedError


TILTED, BENT = Polynomial(2 / 3, 2 / 3), Polynomial(1.5 - 1 / 15, -1.0, 0.2)  # as in derivations/euler_lagrange/multiplier.py
UNIT = {
    "differences": lambda n: FiniteDifferences(BoxGrid((0.0,), (1.0,), (n + 1,), Boundary.NATURAL)),
    "elements": lambda n: FiniteElements(BoxMesh.uniform(Box((0.0,), (1.0,)), (n,))),
}


def distribution_gap():
    """∫ (F_p − F_q)²/w dx on [0, 1] for w = p + 3q, by quadrature."""

    def integrand(t):
        x = torch.tensor([[t]], dtype=torch.float64)
        w = float(TILTED.density(x) + 3 * BENT.density(x))
        F = 2 / 3 * t + t * t / 3 - ((1.5 - 1 / 15) * t - t * t / 2 + 0.2 * t**3 / 3)
        return F * F / w

    return quad(integrand, 0, 1, epsabs=1e-14)[0]


@pytest.mark.parametrize("case", UNIT)
def test_on_an_interval_the_multiplier_converges_at_the_solver_s_order(case):
    """λ* = ½√(∫ (F_p − F_q)²/w dx/c), w = p + 3q, with natural ends."""
    objective = Objective(WASSERSTEIN, GradientPenalty(1, over=p), 3 * GradientPenalty(1, over=q))
    exact = sqrt(distribution_gap() / BUDGET) / 2
    found = [multiplier(objective, TILTED, BENT, solver=UNIT[case](n), budget=BUDGET) for n in (8, 16, 32, 64)]
    errors = np.abs(np.array(found) - exact)
    assert np.abs(np.log2(errors[:-1] / errors[1:])[-2:] - 2).max() <= 0.1, errors
    assert errors[-1] <= 1e-3 * exact


def test_zero_boundary_data_leave_the_discriminator_free():
    """Least squares on [0, 1] with D = 0 at the ends: ∫ D′² by a fine quadrature of the gradient."""
    grid = BoxGrid((0.0,), (1.0,), (401,))
    solver = FiniteDifferences(grid, lambda x: 0 * x[:, 0])
    found = multiplier(Objective(LEAST_SQUARES, GradientPenalty(1)), TILTED, BENT, solver=solver, budget=0.01)
    D = solve(Objective(LEAST_SQUARES, found * GradientPenalty(1)), TILTED, BENT, solver=solver)
    x = (torch.arange(4000, dtype=torch.float64)[:, None] + 0.5) / 4000
    assert abs(float((D.gradient(x) ** 2).mean()) - 0.01) <= 1e-4 * 0.01


@pytest.mark.parametrize("name", ["source", "natural"])
def test_data_that_the_loss_does_not_know_are_refused(name):
    data = {"source": lambda x: x[:, 0] - 0.5} if name == "source" else {name: (NaturalDatum((0,), (0,), lambda x: x[:, 0]),)}
    grid = BoxGrid((0.0,), (1.0,), (17,), Boundary.NATURAL)
    objective = Objective(LEAST_SQUARES, GradientPenalty(1))
    with pytest.raises(Refusal, match=f"the right side from the loss alone; got a solver with {name}="):
        multiplier(objective, TILTED, BENT, solver=FiniteDifferences(grid, **data), budget=0.01)


@pytest.mark.parametrize("values", [lambda x: x.numpy()[:, 0] ** 2, lambda x: x**2, lambda x: 1.0])
def test_a_density_that_gives_no_number_for_each_point_is_refused(values):
    class Odd(Opaque):
        def density(self, x):
            return values(x)

    real, fake = laws(1)
    D = solve(Objective(LOGISTIC), Odd(real), fake, solver=Pointwise())
    with pytest.raises(Refusal, match=r"a density gives a torch tensor of shape \(2,\); got"):
        D(torch.tensor([[0.3], [0.7]], dtype=torch.float64))
