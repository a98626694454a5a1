"""Laws of FourierSeries where waves are coupled: curved losses, weighted and one-sided penalties, by Newton's method."""

from math import pi

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.optimize import brentq

from gantheory._errors import Refusal
from gantheory.discriminators import FiniteDifferences, FourierSeries, Pointwise, multiplier, solve
from gantheory.grids import TorusGrid
from gantheory.measures import Gaussian
from gantheory.objectives import FORWARD_KL as KL
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    NEYMAN_GAN,
    PEARSON_GAN,
    WASSERSTEIN,
    GradientPenalty,
    Loss,
    Objective,
    Torus,
    f_gan,
    least_squares,
)
from gantheory.symbolic import coordinates, nu, p, q, y
from gantheory.testing import generic, manufactured
from tests.test_fourier_series import LINE, OnTorus, laws, normal, sample, tensor

SQUARE = Torus((2.0, 3.0))
HALF = sp.Rational(1, 2)


def formulas(dim):
    """x, and D, p, q, ν of the periods 2 and 3: no symmetry, nothing separable, every coefficient varies."""
    x = coordinates(dim)
    a = sp.pi * x[0]
    b = 2 * sp.pi * x[1] / 3 if dim > 1 else sp.Rational(2, 5)
    volume = 2 if dim == 1 else 6
    D = sp.exp(sp.sin(a + b) / 2) + sp.Rational(3, 7) * sp.cos(a - 2 * b + 1) / 4 - sp.Rational(1, 3)
    densities = [
        (1 + sp.Rational(2, 5) * sp.sin(a - b) + sp.Rational(1, 5) * sp.cos(2 * a + b)) / volume,
        (1 - sp.Rational(1, 3) * sp.cos(a + b + 1) + sp.Rational(1, 7) * sp.sin(2 * a - b)) / volume,
        (1 + HALF * sp.cos(a - b - 2)) / volume,
    ]
    return x, D, densities


def as_field(expression, x):
    f = sp.lambdify(x, expression, "numpy")
    return lambda z: torch.from_numpy(np.broadcast_to(f(*z.detach().numpy().T), (len(z),)).copy())


OBJECTIVES = {
    "least squares": Objective(LEAST_SQUARES, 0.05 * GradientPenalty(1)),
    "labels 0, 3, order 2": Objective(least_squares(0, 3), 0.01 * GradientPenalty(2)),
    "logistic": Objective(LOGISTIC, 0.05 * GradientPenalty(1)),
    "pearson": Objective(PEARSON_GAN, 0.1 * GradientPenalty(1), 0.02 * GradientPenalty(0)),
    "kullback-leibler": Objective(f_gan(KL), 0.2 * GradientPenalty(1)),
    "R1": Objective(WASSERSTEIN, 0.5 * GradientPenalty(1, over=p)),
    "R1, R2, logistic": Objective(LOGISTIC, 0.4 * GradientPenalty(1, over=p), 0.2 * GradientPenalty(1, over=q)),
    "interpolates": Objective(LEAST_SQUARES, 0.3 * GradientPenalty(1, over=nu)),
    "order 2, weighted": Objective(WASSERSTEIN, 0.05 * GradientPenalty(2, over=(p + q) / 2)),
    "orders 0, 1, 3": Objective(
        least_squares(-2, 1),
        0.2 * GradientPenalty(0, over=p * q),
        0.1 * GradientPenalty(1),
        1e-4 * GradientPenalty(3, over=1 + q),
    ),
}


@pytest.mark.parametrize("case", OBJECTIVES)
@pytest.mark.parametrize("dim", [1, 2])
def test_a_manufactured_discriminator_is_found_with_spectral_accuracy(case, dim):
    """The source that makes D exact comes from SymPy's Euler–Lagrange equation; errors fall faster than every power."""
    objective, torus = OBJECTIVES[case], Torus(SQUARE.periods[:dim])
    x, D, densities = formulas(dim)
    left, right = objective.euler_lagrange().at(D, densities[0], densities[1], x, densities[2])
    source = sp.expand(left.doit() - right) if dim == 1 else left.doit() - right
    real, fake, between = (OnTorus(dim, as_field(f, x)) for f in densities)
    z = 5 * normal(40, dim, 3)
    exact = as_field(D, x)(z)
    if objective.loss.linear:
        mean = sp.lambdify(x, D, "numpy")(*np.meshgrid(*(t * np.arange(64) / 64 for t in torus.periods), indexing="ij")).mean()
        exact = exact - mean
    errors = []
    for modes in (4, 8, 16) if dim == 2 else (4, 8, 16, 24):
        solver = FourierSeries(torus, modes, source=as_field(source, x))
        found = solve(objective, real, fake, solver=solver, reference=between)
        errors.append(float((found(z) - exact).abs().max()))
        assert found.stats["residual"] <= 1e-11
    assert errors[-1] <= 1e-10 * exact.abs().max(), errors
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert slopes[1] > slopes[0] + 2 or errors[1] < 1e-9, (errors, slopes)
    assert errors[0] >= 1e-5


def test_a_constant_weight_is_solved_wave_by_wave_or_by_newton_alike():
    real, fake = laws(1)
    uniform = OnTorus(1, lambda x: torch.full((len(x),), 1 / 2.6, dtype=torch.float64))
    x, solver = normal(9, 1, 1), FourierSeries(LINE, 30)
    weighted = solve(
        Objective(WASSERSTEIN, 2.6 * 0.35 * GradientPenalty(1, over=nu)), real, fake, solver=solver, reference=uniform
    )
    plain = solve(Objective(WASSERSTEIN, 0.35 * GradientPenalty(1)), real, fake, solver=solver)
    assert weighted.stats["method"] == "Newton, conjugate gradients"
    assert plain.stats["method"] == "wave by wave"
    assert (weighted(x) - plain(x)).abs().max() <= 1e-11 * plain(x).abs().max()


@pytest.mark.parametrize("order", [0.8, 1.0, 1.9])
def test_a_real_order_under_least_squares_is_the_dense_solution(order):
    """(p + q) D + 2λ(−Δ)^s D = p − q by a dense collocation matrix on the nodes of an odd grid."""
    real, fake = laws(1)
    D = solve(Objective(LEAST_SQUARES, 0.05 * GradientPenalty(1)), real, fake, solver=FourierSeries(LINE, 40, order))
    n = 121
    x = torch.arange(n, dtype=torch.float64)[:, None] * 2.6 / n
    a, b = (sum(law.density(x + 2.6 * k) for k in range(-6, 7)).numpy() for law in (real, fake))
    omega = 2 * pi * np.fft.fftfreq(n, 1 / n) / 2.6
    power = np.fft.ifft(np.abs(omega)[:, None] ** (2 * order) * np.fft.fft(np.eye(n), axis=0), axis=0).real
    exact = np.linalg.solve(np.diag(a + b) + 0.1 * power, a - b)
    assert np.abs(D(x).numpy() - exact).max() <= 1e-11
    assert D.stats["orders"] == (order,)


def primitive(a, b, T, n):
    """F_q − F_p at n nodes of a circle, by Fourier, up to its constant."""
    omega = 2 * pi * np.fft.fftfreq(n, 1 / n) / T
    return np.fft.ifft(np.divide(np.fft.fft(b - a), 1j * omega, out=np.zeros(n, complex), where=omega != 0)).real


def line_densities(n):
    x = 2.0 * np.arange(n) / n
    (s,), _, densities = formulas(1)
    return x, *(sp.lambdify(s, f, "numpy")(x) for f in densities[:2])


@pytest.mark.parametrize("over", [p, q, (p + 3 * q) / 2])
def test_on_the_circle_the_slope_is_that_of_the_distribution_functions(over):
    """D′ = (F_q − F_p + C)/2λw, C such that D closes up."""
    (s,), _, densities = formulas(1)
    real, fake = (OnTorus(1, as_field(f, (s,))) for f in densities[:2])
    D = solve(Objective(WASSERSTEIN, 0.7 * GradientPenalty(1, over=over)), real, fake, solver=FourierSeries(Torus((2.0,)), 40))
    x, a, b = line_densities(400)
    w = sp.lambdify((p, q), over, "numpy")(a, b)
    F = primitive(a, b, 2.0, 400)
    slope = (F - (F / w).mean() / (1 / w).mean()) / (1.4 * w)
    assert np.abs(D.gradient(torch.from_numpy(x)[:, None])[:, 0].numpy() - slope).max() <= 1e-11 * np.abs(slope).max()


def test_a_one_sided_penalty_bends_the_slope_where_it_exceeds_the_centre():
    """λ₀D′ + λ₁(|D′| − K)₊ sgn D′ = ½(F_q − F_p + C): D′ has kinks, so that its mean square error falls like M^{−3/2}."""
    (s,), _, densities = formulas(1)
    real, fake = (OnTorus(1, as_field(f, (s,))) for f in densities[:2])
    low, high, K = 0.05, 0.4, 0.3
    objective = Objective(WASSERSTEIN, low * GradientPenalty(1), high * GradientPenalty(1, centre=K, one_sided=True))
    x, a, b = line_densities(6000)
    F = primitive(a, b, 2.0, 6000)

    def slope(C):
        g = F + C
        return np.where(np.abs(g) <= 2 * low * K, g / (2 * low), np.sign(g) * (np.abs(g) + 2 * high * K) / (2 * (low + high)))

    exact = slope(brentq(lambda C: slope(C).mean(), -1, 1, xtol=1e-15))
    assert 0.2 <= (np.abs(exact) > K).mean() <= 0.8
    errors = []
    for modes in (8, 16, 32, 64, 128):
        D = solve(objective, real, fake, solver=FourierSeries(Torus((2.0,)), modes))
        gap = D.gradient(torch.from_numpy(x)[:, None])[:, 0].numpy() - exact
        errors.append(float(np.sqrt((gap**2).mean())))
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert abs(slopes[-2:].mean() - 1.5) <= 0.15, (errors, slopes)
    assert errors[-1] <= 1e-4


def test_one_sided_penalties_reach_from_none_to_the_whole():
    real, fake, x = *laws(2), normal(9, 2, 1)
    solver, base = FourierSeries(Torus((2.6, 3.4)), 16), 0.3 * GradientPenalty(1)
    none = solve(Objective(WASSERSTEIN, base), real, fake, solver=solver)(x)
    steep = solve(Objective(WASSERSTEIN, base, 0.5 * GradientPenalty(1, centre=9, one_sided=True)), real, fake, solver=solver)(
        x
    )
    assert (steep - none).abs().max() <= 1e-12 * none.abs().max()
    whole = solve(Objective(WASSERSTEIN, 0.8 * GradientPenalty(1)), real, fake, solver=solver)(x)
    tiny = Objective(WASSERSTEIN, base, 0.5 * GradientPenalty(1, centre=sp.Rational(1, 10**7), one_sided=True))
    assert (solve(tiny, real, fake, solver=solver)(x) - whole).abs().max() <= 1e-6 * whole.abs().max()


def test_no_neighbour_has_a_lower_functional():
    """J of the one-sided logistic objective in the plane, by NumPy on another grid, along random trigonometric polynomials."""
    x, _, densities = formulas(2)
    real, fake = (OnTorus(2, as_field(f, x)) for f in densities[:2])
    objective = Objective(LOGISTIC, 0.05 * GradientPenalty(1, over=1 + p, centre=HALF, one_sided=True))
    D = solve(objective, real, fake, solver=FourierSeries(SQUARE, 8))
    grid = np.stack(np.meshgrid(2 * np.arange(96) / 96, 3 * np.arange(100) / 100, indexing="ij"), -1).reshape(-1, 2)
    z = torch.from_numpy(grid)
    a, b = real.density(z).numpy(), fake.density(z).numpy()
    values, slopes = D(z).numpy(), D.gradient(z).numpy()

    def functional(d, g):
        size = np.maximum(np.sqrt((g**2).sum(1)) - 0.5, 0)
        return 6 * (a * np.logaddexp(0, -d) + b * np.logaddexp(0, d) + 0.05 * (1 + a) * size**2).mean()

    best = functional(values, slopes)
    rng = np.random.default_rng(4)
    for _ in range(12):
        k = rng.integers(-3, 4, 2) * 2 * pi / np.array(SQUARE.periods)
        h, dh = np.cos(grid @ k + 1), -np.sin(grid @ k + 1)[:, None] * k
        for size in (-0.1, -1e-2, 1e-2, 0.1):
            assert functional(values + size * h, slopes + size * dh) >= best - 1e-7
    assert (np.sqrt((slopes**2).sum(1)) > 0.5).mean() > 0.1


@pytest.mark.parametrize("loss", [LEAST_SQUARES, LOGISTIC], ids=("least squares", "logistic"))
def test_small_weights_give_the_pointwise_optimum_and_large_ones_the_best_constant(loss):
    x, _, densities = formulas(1)
    real, fake = (OnTorus(1, as_field(f, x)) for f in densities[:2])
    torus, z = Torus((2.0,)), normal(30, 1, 1)
    bare = solve(Objective(loss), real, fake, solver=Pointwise())(z)
    gaps = [
        (solve(Objective(loss, w * GradientPenalty(1)), real, fake, solver=FourierSeries(torus, 40))(z) - bare).abs().max()
        for w in (1e-6, 5e-7)
    ]
    assert gaps[0] <= 1e-3
    assert abs(float(gaps[0] / gaps[1]) - 2) <= 0.05  # O(λ)
    flat = [
        solve(Objective(loss, w * GradientPenalty(1)), real, fake, solver=FourierSeries(torus, 20))(z).abs().max()
        for w in (1e4, 2e4)
    ]
    assert abs(float(flat[0] / flat[1]) - 2) <= 1e-3  # (a + b)/2 = 0, O(1/λ)


def test_least_squares_stays_between_its_labels():
    D = solve(Objective(least_squares(0, 3), 0.01 * GradientPenalty(1)), *laws(2), solver=FourierSeries(Torus((2.6, 3.4)), 16))
    x = 3 * normal(500, 2, 4)
    assert D(x).min() >= 0
    assert D(x).max() <= 3


@pytest.mark.parametrize(
    "objective", [Objective(LOGISTIC, 0.3 * GradientPenalty(1)), Objective(WASSERSTEIN, 0.3 * GradientPenalty(1, over=q))]
)
def test_the_multiplier_spends_the_budget(objective):
    """∫ w |D′|² by a difference of values."""
    x, _, densities = formulas(1)
    real, fake = (OnTorus(1, as_field(f, x)) for f in densities[:2])
    solver, over = FourierSeries(Torus((2.0,)), 24), objective.terms[0].penalty.over
    found = multiplier(objective, real, fake, solver=solver, budget=0.02)
    z = torch.arange(4096, dtype=torch.float64)[:, None] / 2048
    D = solve(Objective(objective.loss, found * GradientPenalty(1, over=over)), real, fake, solver=solver)(z).numpy()
    w = 1.0 if over == 1 else fake.density(z).numpy()
    assert abs(2 * (w * ((np.roll(D, -1) - np.roll(D, 1)) * 1024) ** 2).mean() - 0.02) <= 1e-5 * 0.02


RIVALS = {
    "Wasserstein, weighted": (Objective(WASSERSTEIN, 0.5 * GradientPenalty(1, over=(p + 3 * q) / 2)), (2, 4, 6)),
    "least squares, nu": (Objective(LEAST_SQUARES, 0.3 * GradientPenalty(1, over=nu)), (2, 4)),
    "least squares, order 2": (Objective(LEAST_SQUARES, 0.01 * GradientPenalty(2)), (2, 4)),
    "orders 0 and 1": (Objective(WASSERSTEIN, 0.2 * GradientPenalty(0, over=1 + p), 0.1 * GradientPenalty(1)), (2, 6)),
}


PAIRS = [(case, a, dim) for case, (_, accuracies) in RIVALS.items() for a in accuracies for dim in (1, 2)]
PAIRS.remove(("Wasserstein, weighted", 6, 2))  # the plane's last slopes are 5.7 and 5.9 on 24², 48² and 96² nodes


@pytest.mark.parametrize(("case", "accuracy", "dim"), PAIRS)
def test_finite_differences_converge_to_the_series_at_their_order(case, accuracy, dim):
    """Two solvers that share no code, on a torus, gauge fixed by the mean."""
    x, _, densities = formulas(dim)
    laws_ = [OnTorus(dim, as_field(f, x)) for f in densities]
    torus, objective = Torus(SQUARE.periods[:dim]), RIVALS[case][0]
    spectral = solve(objective, *laws_[:2], solver=FourierSeries(torus, 28 if dim == 1 else 20), reference=laws_[2])
    errors = []
    for n in (24, 48, 96, 192) if dim == 1 else (12, 24, 48, 96):
        grid = TorusGrid(torus.periods, (n, n + n // 4)[:dim])
        D = solve(objective, *laws_[:2], solver=FiniteDifferences(grid, accuracy=accuracy), reference=laws_[2])
        gap = torch.from_numpy(D.values.ravel()) - spectral(grid.nodes)
        errors.append(float((gap - gap.mean() * objective.loss.linear).abs().max()))
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(slopes[-2:] - accuracy).max() <= 0.1, (errors, slopes)
    assert errors[-1] <= {2: 1e-2, 4: 1e-4, 6: 1e-6}[accuracy]


def test_it_says_what_it_did():
    D = solve(Objective(LOGISTIC, 0.05 * GradientPenalty(1)), *laws(2), solver=FourierSeries(Torus((2.6, 3.4)), (6, 9)))
    facts = {
        "solver": "FourierSeries",
        "method": "Newton, conjugate gradients",
        "modes": (6, 9),
        "waves": 123,
        "orders": (1.0,),
    }
    assert {k: D.stats[k] for k in facts} == facts
    assert D.stats["nodes"] == (32, 40)
    assert 1 <= D.stats["steps"] <= 6
    assert D.stats["steps"] <= D.stats["conjugate gradients"] <= 60
    assert D.stats["residual"] <= 1e-11


NARROW = Gaussian(tensor([1.0]), tensor([[0.002]]))
WELL = Loss(real=y**4 - 3 * y**2 - 2 * y, fake=y**4 - 3 * y**2 + 2 * y)
REFUSED = {
    "samples": (
        Objective(LEAST_SQUARES, GradientPenalty(1)),
        sample(7, 1, 1),
        "needs densities for losses .* got Empirical. Use a Gaussian",
    ),
    "kinks": (Objective(HINGE, GradientPenalty(1)), None, r"twice differentiable in D; got Loss.real = Max\(0, 1 - y\)"),
    "two-sided": (
        Objective(LOGISTIC, GradientPenalty(1, centre=1)),
        None,
        r"centred penalties that are convex.*Use one_sided=True",
    ),
    "centred order 2": (Objective(LOGISTIC, GradientPenalty(2, centre=1, one_sided=True)), None, "of order 1; got"),
    "no reference": (
        Objective(LOGISTIC, GradientPenalty(1, over=nu)),
        None,
        "every symbol of the objective as numbers; got nu. Pass ref",
    ),
    "neyman": (Objective(NEYMAN_GAN, GradientPenalty(1)), None, r"SymPy proves convex in D.*got Loss.fake ="),
    "no term": (Objective(LOGISTIC), None, "solves objectives with a penalty; got .* Use Pointwise"),
    "float32": (
        Objective(LOGISTIC, GradientPenalty(1)),
        Gaussian(torch.zeros(1), torch.eye(1)),
        r"in float64 on the CPU; got R\^1, torch.float32 on cpu|the same dtype and device",
    ),
    "degenerate": (
        Objective(WASSERSTEIN, GradientPenalty(1, over=p)),
        NARROW,
        "conjugate gradients reach .* not so small anywhere",
    ),
    "not convex": (
        Objective(WELL, 0.1 * GradientPenalty(1)),
        None,
        r"SymPy proves convex in D.*got Loss.real = y\*\*4 - 3\*y\*\*2 - 2\*y",
    ),
    "unbalanced": (
        Objective(Loss(real=-y, fake=2 * y), GradientPenalty(1, over=p)),
        None,
        "right side has mean 0 on a torus.*got mean -0.384615",
    ),
    "symbol": (Objective(least_squares(0, sp.Symbol("b")), GradientPenalty(1)), None, "needs the loss as a number"),
    "order of a weighted term": (
        Objective(LOGISTIC, GradientPenalty(1, over=p)),
        None,
        "order= replaces the order of a single penalty",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_newton_cannot_solve_is_refused(case):
    objective, real, words = REFUSED[case]
    solver = FourierSeries(LINE, 30, order=1.5 if case.startswith("order") else None)
    with pytest.raises(Refusal, match=words):
        solve(objective, real or laws(1)[0], laws(1)[1], solver=solver)


def test_a_curved_loss_is_solved_to_rounding_though_its_curvature_is_small():
    circle = Torus((2.0,))
    made = manufactured(Objective(LOGISTIC, 0.5 * GradientPenalty(1, over=nu)), generic(circle), circle)
    assert made.error(made.solve(FourierSeries(circle, 16))) <= 1e-13
