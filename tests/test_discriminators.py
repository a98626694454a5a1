"""Laws of the solvers: against brute force, rivals from SciPy, closed forms, and by their order of convergence."""

from math import comb, pi, sqrt
from typing import ClassVar

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import quad, solve_bvp
from scipy.interpolate import RBFInterpolator, make_smoothing_spline
from scipy.special import ndtr
from scipy.stats import ncx2
from scipy.stats.qmc import Halton

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators import Collocation, FiniteDifferences, GaussianOracle, GreensFunction, GridField, Solver, solve
from gantheory.discriminators.collocation import LARGEST, constrained
from gantheory.grids import BoxGrid
from gantheory.kernels import Direct, monomials, polyharmonic, screened
from gantheory.measures import Empirical, Gaussian, Mixture
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    WASSERSTEIN,
    GradientPenalty,
    Loss,
    Objective,
    least_squares,
    screened_terms,
)
from gantheory.symbolic import coordinates, fundamental_solution, nu, p, q, r, weighted_divergence, y
from tests.cases import LOGISTIC, PEARSON, product

EPS = torch.finfo(torch.float64).eps


def normal(n, d, seed, dtype=torch.float64):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def weights_of(n, seed):
    """Generic weights that sum to 1."""
    w = torch.rand(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.2
    return w / w.sum()


def empirical(n, d, seed, dtype=torch.float64, shift=0.0, weighted=True):
    return Empirical(normal(n, d, seed, dtype) + shift, weights_of(n, seed + 100).to(dtype) if weighted else None)


def isotropic(mean, deviation):
    m = torch.tensor(mean, dtype=torch.float64)
    return Gaussian(m, deviation**2 * torch.eye(len(m), dtype=torch.float64))


def differences(D, x, h=1e-5):
    """∇D by central differences of the values."""
    steps = h * torch.eye(x.shape[1], dtype=x.dtype)
    return torch.stack([(D(x + e) - D(x - e)) / (2 * h) for e in steps], 1)


def close(found, expected, relative):
    gap, size = (found - expected).abs().max(), expected.abs().max()
    assert gap <= relative * size, f"{float(gap / size):.2e} > {relative:.0e}"


def slopes(errors):
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def converges(errors, order, last):
    """The last two slopes within 0.1 over at least 4 halvings and 2 decades, and a bound on the last error."""
    assert len(errors) >= 5
    assert np.abs(slopes(errors)[-2:] - order).max() <= 0.1, (errors, slopes(errors))
    assert errors[0] >= 100 * errors[-1]
    assert errors[-1] <= last


def refined(grid, times):
    return BoxGrid(grid.lower, grid.upper, tuple((k - 1) * 2**times + 1 for k in grid.points))


class Outside:
    """A field that is asked on the faces of a grid and beyond them alone."""

    def __init__(self, field, grid):
        self.field, self.reach = field, 0.5 * torch.tensor(grid.spacing, dtype=torch.float64)
        self.low, self.high = (torch.tensor(ends, dtype=torch.float64) for ends in (grid.lower, grid.upper))

    def asked(self, x):
        assert ((x - self.low < self.reach) | (self.high - x < self.reach)).any(1).all()
        return x

    def __call__(self, x):
        return self.field(self.asked(x))

    def gradient(self, x):
        return gradient(self.field, self.asked(x))


def study(objective, real, fake, exact, grid, accuracy, levels=5, reference=None):
    """max |D_h − D| on successive halvings, with exact values on the faces and beyond them only."""
    errors = []
    for times in range(levels):
        fine = refined(grid, times)
        boundary = Outside(exact, fine)
        D = solve(objective, real, fake, solver=FiniteDifferences(fine, boundary, accuracy), reference=reference)
        facts = {"solver": "FiniteDifferences", "accuracy": accuracy}
        assert {k: D.stats[k] for k in facts} == facts

        assert D.stats["unknowns"] == fine.inner(1).sum()
        errors.append(float(np.abs(D.values.ravel() - exact(fine.nodes).numpy()).max()))
    return errors


# ---- the protocol

LINE = BoxGrid((-1.1,), (1.7,), (17,))
PLANE = BoxGrid((-1.1, -0.4), (1.7, 1.3), (12, 9))
COARSE_PLANE = BoxGrid((-1.1, -0.4), (1.7, 1.3), (7, 5))
SOLVERS = [GreensFunction(), Collocation(), GaussianOracle(), FiniteDifferences(LINE, lambda x: x[:, 0])]


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda s: type(s).__name__)
def test_every_solver_holds_the_protocol(solver):
    assert isinstance(solver, Solver)


def test_solve_is_the_solver_s_own_solve():
    class Answer:
        stats: ClassVar = {}

        def __init__(self, *given):
            self.given = given

        def __call__(self, x):
            return x[:, 0]

    class Recorder:
        def solve(self, objective, real, fake, reference=None):
            return Answer(objective, real, fake, reference)

    objective, real, fake = Objective(WASSERSTEIN, GradientPenalty()), empirical(3, 1, 0), empirical(4, 1, 1)
    assert solve(objective, real, fake, solver=Recorder(), reference=real).given == (objective, real, fake, real)
    assert solve(objective, real, fake, solver=Recorder()).given[3] is None
    assert not isinstance(object(), Solver)


# ---- GreensFunction

WGAN = Objective(WASSERSTEIN, GradientPenalty(1))
TYPED = {  # fundamental solutions of (−Δ)^m, written by hand
    (1, 1): lambda r: -r / 2,
    (2, 1): lambda r: -torch.log(r) / (2 * pi),
    (3, 1): lambda r: 1 / (4 * pi * r),
    (3, 2): lambda r: -r / (8 * pi),
}


def double_loop(profile, real, fake, x, scale):
    """scale · (Σ_j w_j φ(|x_i−y_j|) − Σ_k v_k φ(|x_i−z_k|)), entry by entry."""
    total = []
    for point in x:
        value = sum(w * profile((point - c).norm()) for c, w in zip(real.points, real.weights, strict=True))
        value -= sum(w * profile((point - c).norm()) for c, w in zip(fake.points, fake.weights, strict=True))
        total.append(scale * value)
    return torch.stack(total)


@pytest.mark.parametrize(("case", "weighted"), product(TYPED, (True, False)))
def test_greens_function_is_the_double_loop_over_typed_kernels(case, weighted):
    n, m = case
    real, fake = empirical(7, n, 1, weighted=weighted), empirical(11, n, 2, shift=0.4, weighted=weighted)
    x = normal(5, n, 3) * 2
    D = solve(Objective(WASSERSTEIN, 0.35 * GradientPenalty(m)), real, fake, solver=GreensFunction())
    close(D(x), double_loop(TYPED[case], real, fake, x, 1 / 0.7), 1e-13)
    close(D.gradient(x), differences(D, x), 1e-8)


@pytest.mark.parametrize("case", TYPED)
def test_greens_function_is_exact_on_its_laws(case):
    n, m = case
    real, fake, x = empirical(7, n, 1), empirical(11, n, 2), normal(5, n, 3)

    def at(a, b, weight, loss=WASSERSTEIN):
        return solve(Objective(loss, weight * GradientPenalty(m)), a, b, solver=GreensFunction())(x)

    base = at(real, fake, 1)
    close(at(fake, real, 1), -base, 1e-13)
    close(at(real, fake, 5) * 5, base, 1e-13)
    close(at(real, fake, 1, Loss(real=-3 * y + 2, fake=3 * y)), 3 * base, 1e-13)
    moved = Empirical(real.points + 0.7, real.weights), Empirical(fake.points + 0.7, fake.weights)
    D = solve(Objective(WASSERSTEIN, GradientPenalty(m)), *moved, solver=GreensFunction())
    close(D(x + 0.7), base, 1e-12)
    assert (at(real, real, 1).abs() <= 100 * EPS * base.abs().max()).all()


@pytest.mark.parametrize("copies", [2, 5])
def test_a_mean_is_divided_by_its_own_number_of_points(copies):
    real, fake, x = empirical(3, 1, 1, weighted=False), empirical(11, 1, 2, weighted=False), normal(5, 1, 3)
    repeated = Empirical(real.points.repeat(copies, 1))
    close(solve(WGAN, repeated, fake, solver=GreensFunction())(x), solve(WGAN, real, fake, solver=GreensFunction())(x), 1e-13)
    close(solve(WGAN, fake, repeated, solver=GreensFunction())(x), solve(WGAN, fake, real, solver=GreensFunction())(x), 1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_the_discriminator_is_large_on_data_by_the_mmd(seed):
    real, fake = empirical(7, 1, seed), empirical(11, 1, seed + 50, shift=0.3)
    D = solve(Objective(WASSERSTEIN, 0.6 * GradientPenalty(1)), real, fake, solver=GreensFunction())
    z, w = torch.cat([real.points, fake.points]), torch.cat([real.weights, -fake.weights])
    squared = -w @ (z - z.T).abs() @ w / 2
    rise = real.weights @ D(real.points) - fake.weights @ D(fake.points)
    assert rise > 0
    assert abs(rise - squared / 1.2) <= 1e-13


def test_particles_climb_towards_the_data():
    real, fake = empirical(20, 2, 1, shift=6.0), empirical(13, 2, 2)
    D = solve(WGAN, real, fake, solver=GreensFunction())
    between = (real.mean + fake.mean) / 2 + normal(4, 2, 5) / 2
    assert (D.gradient(between) @ (real.mean - fake.mean) > 0).all()
    assert D(real.mean[None]) > D(fake.mean[None])


def test_greens_function_s_constant_is_zero_at_infinity():
    real, fake = empirical(7, 2, 1), empirical(11, 2, 2)
    far = torch.tensor([[1e7, -2e7]], dtype=torch.float64)
    assert abs(solve(WGAN, real, fake, solver=GreensFunction())(far)) < 1e-6


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_greens_function_keeps_the_dtype(dtype):
    real, fake, x = empirical(7, 2, 1, dtype), empirical(11, 2, 2, dtype), normal(5, 2, 3, dtype)
    D = solve(WGAN, real, fake, solver=GreensFunction())
    assert D(x).dtype == D.gradient(x).dtype == D.centres.dtype == D.weights.dtype == dtype


@pytest.mark.parametrize(
    ("objective", "solver"),
    [
        (WGAN, GreensFunction()),
        (Objective(LEAST_SQUARES, GradientPenalty(2)), Collocation()),
        (Objective(LEAST_SQUARES, *screened_terms(2, 1.3)), Collocation()),
    ],
)
def test_solvers_on_samples_run_on_the_meta_device(objective, solver):
    real, fake, x = (torch.empty(k, 2, device="meta", dtype=torch.float64) for k in (7, 11, 5))
    D = solve(objective, Empirical(real), Empirical(fake), solver=solver)
    assert D(x).shape == (5,)
    assert D.gradient(x).shape == (5, 2)
    assert D(x).is_meta


def test_greens_function_takes_no_gradient_of_the_samples():
    real, fake = empirical(7, 1, 1), Empirical(normal(11, 1, 2).requires_grad_())
    D = solve(WGAN, real, fake, solver=GreensFunction())
    assert not D(normal(3, 1, 3)).requires_grad
    assert not D.centres.requires_grad


@pytest.mark.parametrize(("n", "m", "standing"), [(1, 1, "WELL_POSED"), (2, 1, "MARGINAL"), (3, 2, "CONDITIONAL")])
def test_greens_function_says_what_it_did(n, m, standing):
    real, fake = empirical(7, n, 1), empirical(11, n, 2)
    D = solve(Objective(WASSERSTEIN, GradientPenalty(m)), real, fake, solver=GreensFunction(softening=0.25))
    facts = {"solver": "GreensFunction", "order": m, "rate": 0.0, "posedness": standing, "softening": 0.25, "centres": 18}
    assert {k: D.stats[k] for k in facts} == facts
    assert D.stats["sums"].startswith("tiled (")


def test_softening_replaces_the_distance():
    real, fake, x = empirical(7, 2, 1), empirical(11, 2, 2), normal(5, 2, 3)
    D = solve(WGAN, real, fake, solver=GreensFunction(softening=0.3))
    close(D(x), double_loop(lambda r: -torch.log(torch.sqrt(r**2 + 0.09)) / (2 * pi), real, fake, x, 0.5), 1e-13)


@pytest.mark.parametrize(("n", "m"), [(2, 2), (3, 3)])
def test_screened_objectives_are_the_sum_of_screened_kernels(n, m):
    real, fake, x = empirical(7, n, 1), empirical(11, n, 2), normal(5, n, 3)
    D = solve(Objective(WASSERSTEIN, *screened_terms(m, 1.3, 0.4)), real, fake, solver=GreensFunction())
    assert (D.stats["rate"], D.stats["order"]) == (pytest.approx(1.3, rel=1e-15), m)
    bessel = {
        (2, 2): lambda r: r / (4 * pi * 1.3) * torch.special.modified_bessel_k1(1.3 * r),
        (3, 3): lambda r: (1 + 1.3 * r) * torch.exp(-1.3 * r) / (32 * pi * 1.3**3),
    }[n, m]
    close(D(x), double_loop(bessel, real, fake, x, 1 / 0.8), 1e-12)
    gram = screened(m, n, 1.3)(real.points, real.points)
    assert torch.linalg.eigvalsh(gram).min() > 1e-4 * torch.linalg.eigvalsh(gram).max()


def test_without_self_pairs_the_fakes_leave_out_equal_indices_and_divide_by_one_less():
    points = normal(11, 2, 2)
    points[4] = points[9]  # equal places, unequal indices: a pair at distance 0 contributes 0, and counts
    real, fake = empirical(7, 2, 1), Empirical(points)
    D = solve(WGAN, real, fake, solver=GreensFunction(sums=Direct(self_pairs=False)))

    def brute(i):
        others = [j for j in range(11) if j != i and not (points[i] == points[j]).all()]
        data = sum(w * (points[i] - c).norm().log() for c, w in zip(real.points, real.weights, strict=True))
        return -(data - sum((points[i] - points[j]).norm().log() for j in others) / 10) / (4 * pi)

    close(D(points), torch.stack([brute(i) for i in range(11)]), 1e-13)
    with pytest.raises(Refusal, match="excludes equal indices: evaluate at the 11 points themselves"):
        D(normal(5, 2, 3))


@pytest.mark.parametrize(("n", "m"), [(2, 2), (1, 2), (1, 3)])
def test_ill_posed_objectives_are_refused_with_their_moments(n, m):
    with pytest.raises(Refusal, match=f"GreensFunction needs an objective that is well-posed in R\\^{n}") as refusal:
        solve(Objective(WASSERSTEIN, GradientPenalty(m)), empirical(7, n, 1), empirical(11, n, 2), solver=GreensFunction())
    assert any("Match the moments of degree" in cure for cure in refusal.value.cures)
    assert any("screened_terms" in cure for cure in refusal.value.cures)


lam = sp.Symbol("lam", positive=True)
REFUSED_BY_GREENS = {
    "least squares": (Objective(LEAST_SQUARES, GradientPenalty(1)), "linear in D.*Use Collocation"),
    "unbalanced": (Objective(Loss(real=-y, fake=2 * y), GradientPenalty(1)), "two sides of a linear loss balance"),
    "upside down": (Objective(Loss(real=y, fake=-y), GradientPenalty(1)), "two sides of a linear loss balance"),
    "R1": (
        Objective(WASSERSTEIN, GradientPenalty(1, over=p)),
        r"solves 2λ\(−Δ\)\^m D = p − q.*FiniteDifferences",
    ),
    "two terms": (Objective(WASSERSTEIN, GradientPenalty(1), GradientPenalty(2)), "Use FiniteDifferences"),
    "no term": (Objective(WASSERSTEIN), "Use FiniteDifferences"),
    "symbolic weight": (Objective(WASSERSTEIN, lam * GradientPenalty(1)), "the weight λ as a number; got lam"),
    "symbolic loss": (Objective(Loss(real=-lam * y, fake=lam * y), GradientPenalty(1)), "the loss as a number"),
}


@pytest.mark.parametrize("case", REFUSED_BY_GREENS)
def test_greens_function_refuses_what_it_cannot_solve(case):
    objective, words = REFUSED_BY_GREENS[case]
    with pytest.raises(Refusal, match=words):
        solve(objective, empirical(7, 1, 1), empirical(11, 1, 2), solver=GreensFunction())


@pytest.mark.parametrize(
    ("objective", "solver"), [(WGAN, GreensFunction()), (Objective(LEAST_SQUARES, GradientPenalty(2)), Collocation())]
)
def test_solvers_on_samples_refuse_what_are_no_samples_of_one_space(objective, solver):
    name = type(solver).__name__
    with pytest.raises(Refusal, match=f"{name} needs real as samples.*got Gaussian.*real.sample"):
        solve(objective, isotropic([0.0], 1.0), empirical(7, 1, 1), solver=solver)
    with pytest.raises(Refusal, match=f"{name} needs fake as samples"):
        solve(objective, empirical(7, 1, 1), isotropic([0.0], 1.0), solver=solver)
    with pytest.raises(Refusal, match="the same dimension; got 1 and 2"):
        solve(objective, empirical(7, 1, 1), empirical(7, 2, 1), solver=solver)
    with pytest.raises(Refusal, match=r"the same dtype and device; got torch\.float32.*torch\.float64"):
        solve(objective, empirical(7, 1, 1, torch.float32), empirical(7, 1, 1), solver=solver)
    with pytest.raises(Refusal, match="softening is a length"):
        solve(WGAN, empirical(7, 1, 1), empirical(7, 1, 1), solver=GreensFunction(softening=-1.0))


# ---- GaussianOracle


def pair(n):
    """Isotropic Gaussians with different means and widths."""
    return isotropic([0.3, -0.2, 0.5][:n], 0.8), isotropic([-0.4, 0.5, 0.1][:n], 1.3)


ORACLE = [(1, 1), (1, 2), (2, 1), (3, 1), (3, 2), (3, 3)]


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 1), (3, 1), (3, 2)])
def test_the_oracle_is_the_mean_of_sampled_greens_functions(n, m):
    real, fake = pair(n)
    objective, x = Objective(WASSERSTEIN, 0.35 * GradientPenalty(m)), normal(4, n, 3) + 0.2
    exact = solve(objective, real, fake, solver=GaussianOracle())
    source = torch.Generator().manual_seed(n + m)
    batches = []
    for _ in range(60):
        drawn = Empirical(real.sample(400, source)), Empirical(fake.sample(300, source))
        batches.append(solve(objective, *drawn, solver=GreensFunction())(x))
    means, error = torch.stack(batches).mean(0), torch.stack(batches).std(0) / sqrt(60)
    assert ((means - exact(x)).abs() <= 4 * error).all()
    assert (error < 0.05 * exact(x).abs().max()).all()


@pytest.mark.parametrize(("n", "m"), ORACLE)
def test_each_potential_is_the_mean_over_a_noncentral_chi(n, m):
    """|x − Y|²/s² has the noncentral χ² law, for Y ~ N(mean, s² I)."""
    f = solve(Objective(WASSERSTEIN, GradientPenalty(m)), *pair(n), solver=GaussianOracle()).f
    profile = sp.lambdify(r, fundamental_solution(m, n))
    for x in (pair(n)[0].mean[None] + 0.01, normal(1, n, 4), 3 + normal(1, n, 5)):
        shift = float((x - f.mean).norm()) / 0.8
        mean = quad(lambda t, d=shift: profile(0.8 * t) * 2 * t * ncx2.pdf(t**2, n, d**2), 0, shift + 12, limit=200)[0]
        assert abs(f(x) - mean) <= 1e-7 * abs(mean)


@pytest.mark.parametrize(("n", "m"), ORACLE)
def test_the_oracle_s_gradient_is_that_of_its_values(n, m):
    D = solve(Objective(WASSERSTEIN, 0.35 * GradientPenalty(m)), *pair(n), solver=GaussianOracle())
    x = 2 * normal(6, n, 4)
    close(D.gradient(x), differences(D, x), 1e-8)
    close(gradient(D, x), D.gradient(x), 0)


@pytest.mark.parametrize(("n", "m"), ORACLE)
def test_the_oracle_is_finite_and_continuous_at_the_centres(n, m):
    real, fake = pair(n)
    D = solve(Objective(WASSERSTEIN, GradientPenalty(m)), real, fake, solver=GaussianOracle())
    for centre in (real.mean, fake.mean):
        at = D(centre[None]), D.gradient(centre[None])
        assert torch.isfinite(at[0]).all()
        assert torch.isfinite(at[1]).all()
        for step in (1e-10, 1e-6, 1.2e-4, 2.5e-4):  # on both sides of the switch of the logarithm
            near = centre[None] + step
            assert (D(near) - at[0] - step * at[1].sum()).abs() <= step**2 + 1e-14
            assert (D.gradient(near) - at[1]).abs().max() <= step + 1e-14


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 1), (3, 2)])
def test_far_away_the_oracle_is_the_fundamental_solution_of_its_moments(n, m):
    real, fake = pair(n)
    D = solve(Objective(WASSERSTEIN, 0.5 * GradientPenalty(m)), real, fake, solver=GaussianOracle())
    x = 300.0 * torch.ones(1, n, dtype=torch.float64)
    kernel = polyharmonic(m, n)
    expected = kernel(x, real.mean[None]) - kernel(x, fake.mean[None])
    tail = -(0.64 - 1.69) / (8 * pi * float(x.norm())) if m == 2 else 0.0  # ½ s² ΔG, ΔG = −1/4πr
    assert abs(D(x) - expected[0] - tail) <= 1e-5 * abs(D(x))


def test_the_oracle_solves_poissons_equation():
    real, fake = pair(3)
    D = solve(Objective(WASSERSTEIN, 0.35 * GradientPenalty(1)), real, fake, solver=GaussianOracle())
    x, h = normal(5, 3, 6), 1e-4
    steps = h * torch.eye(3, dtype=torch.float64)
    laplacian = sum((D.gradient(x + e) - D.gradient(x - e))[:, k] / (2 * h) for k, e in enumerate(steps))
    close(-0.7 * laplacian, real.density(x) - fake.density(x), 1e-6)


def test_the_oracle_scales_with_weight_and_loss():
    real, fake, x = *pair(2), normal(5, 2, 3)
    base = solve(WGAN, real, fake, solver=GaussianOracle())(x)
    tripled = Objective(Loss(real=-3 * y, fake=3 * y), 5 * GradientPenalty(1))
    close(solve(tripled, real, fake, solver=GaussianOracle())(x), 0.6 * base, 1e-14)
    close(solve(WGAN, fake, real, solver=GaussianOracle())(x), -base, 1e-14)


def test_the_oracle_refuses_what_it_has_no_formula_for():
    real, fake = pair(2)
    skew = Gaussian(real.mean, torch.tensor([[1.0, 0.2], [0.2, 1.0]], dtype=torch.float64))
    oblong = Gaussian(real.mean, torch.tensor([[1.0, 0.0], [0.0, 2.0]], dtype=torch.float64))
    for wrong, objective, words in (
        ((skew, fake), WGAN, r"covariances s² I"),
        ((real, oblong), WGAN, r"covariances s² I"),
        ((empirical(5, 2, 1), fake), WGAN, "needs Gaussians; got Empirical"),
        ((real, fake), Objective(WASSERSTEIN, GradientPenalty(2)), "powers r\\^b and log r"),
        ((real, fake), Objective(WASSERSTEIN, *screened_terms(2, 1.0)), "powers r\\^b and log r"),
        ((real, fake), Objective(LEAST_SQUARES, GradientPenalty(1)), "linear in D"),
        ((real, fake), Objective(WASSERSTEIN, GradientPenalty(1, over=q)), "GaussianOracle solves.*FiniteDifferences"),
        ((real, pair(3)[1]), WGAN, "the same dimension; got 2 and 3"),
    ):
        with pytest.raises(Refusal, match=words):
            solve(objective, *wrong, solver=GaussianOracle())
    D = solve(WGAN, real, fake, solver=GaussianOracle())
    with pytest.raises(Refusal, match=r"float64 on the CPU; got torch.float32"):
        D(normal(3, 2, 1, torch.float32))


# ---- FiniteDifferences


class Formula:
    """A density p(x) given by a SymPy expression; its mass is nobody's concern here."""

    def __init__(self, expression, dim):
        self.dim, self.expression = dim, expression
        self._at = sp.lambdify(coordinates(dim), expression, "numpy")
        slopes = [sp.diff(expression, xi) for xi in coordinates(dim)]
        self._slope = sp.lambdify(coordinates(dim), slopes, "numpy")

    def density(self, x):
        return torch.from_numpy(np.broadcast_to(self._at(*x.numpy().T), (len(x),)).astype(float))

    __call__ = density

    def gradient(self, x):
        columns = self._slope(*x.numpy().T)
        return torch.from_numpy(np.stack([np.broadcast_to(c, (len(x),)) for c in columns], 1).astype(float))

    def score(self, x):
        raise NotImplementedError

    def sample(self, n, generator):
        raise NotImplementedError


@pytest.mark.parametrize("accuracy", [2, 4])
def test_finite_differences_find_the_exact_discriminator_of_two_gaussians_in_the_plane(accuracy):
    real, fake = pair(2)
    objective = Objective(WASSERSTEIN, 0.35 * GradientPenalty(1))
    exact = solve(objective, real, fake, solver=GaussianOracle())
    converges(study(objective, real, fake, exact, COARSE_PLANE if accuracy == 2 else PLANE, accuracy), accuracy, 1e-4)


REFERENCE = Mixture(torch.tensor([0.3, 0.7], dtype=torch.float64), (isotropic([-0.5], 0.9), isotropic([0.8], 1.2)))
WEIGHTS = {"1": sp.Integer(1), "p": p, "q": q, "mean": (p + q) / 2, "nu": nu, "formula": p**2 + 3 * q * nu}


@pytest.mark.parametrize(("over", "accuracy"), product(WEIGHTS, (2, 4)))
def test_on_the_line_the_slope_is_the_difference_of_distribution_functions_over_the_weight(over, accuracy):
    real, fake = isotropic([0.3], 0.8), isotropic([-0.4], 1.1)
    abscissae, masses = np.polynomial.legendre.leggauss(30)

    def slope(x):
        densities = (m.density(torch.from_numpy(x)[:, None]).numpy() for m in (real, fake, REFERENCE))
        weight = sp.lambdify((p, q, nu), WEIGHTS[over])(*densities)
        return (ndtr((x + 0.4) / 1.1) - ndtr((x - 0.3) / 0.8)) / (2 * 0.35 * weight)

    def exact(nodes):
        """0.2 + ∫ slope from the left end, by Gauss's rule."""
        length = nodes.numpy()[:, 0] + 1.1
        inside = -1.1 + length[:, None] * (abscissae + 1) / 2
        return torch.from_numpy(0.2 + slope(inside.ravel()).reshape(inside.shape) @ masses * length / 2)

    objective = Objective(WASSERSTEIN, 0.35 * GradientPenalty(1, over=WEIGHTS[over]))
    converges(study(objective, real, fake, exact, LINE, accuracy, reference=REFERENCE), accuracy, 1e-3)


a1, a2 = coordinates(2)
GENERIC = {
    1: sp.exp(a1 / 3) * sp.sin(sp.Rational(23, 10) * a1 + sp.Rational(2, 5)) + 3,
    2: sp.exp(a1 / 2 - 3 * a2 / 10) * sp.sin(sp.Rational(17, 10) * a1 + sp.Rational(14, 10) * a2 + sp.Rational(1, 5)) + 3,
}
BUMPS = {
    1: sp.Rational(3, 2) + sp.sin(sp.Rational(21, 10) * a1 + sp.Rational(3, 10)) / 2,
    2: sp.Rational(3, 2) + sp.sin(sp.Rational(9, 10) * a1 - sp.Rational(13, 10) * a2 + sp.Rational(1, 10)) / 2 + a1 * a2 / 10,
}
MANUFACTURED = {
    "R1 and order 0 in the plane": (2, least_squares(-1, 2), [(sp.Rational(2, 5), 1, p), (sp.Rational(3, 2), 0, nu)]),
    "order 0 over p beside order 1": (1, PEARSON, [(sp.Rational(2, 5), 1, 1), (sp.Rational(7, 2), 0, p)]),
    "orders 1 and 2": (1, least_squares(-1, 2), [(sp.Rational(2, 5), 1, p), (sp.Rational(1, 100), 2, nu)]),
}


@pytest.mark.parametrize(("case", "accuracy"), product(MANUFACTURED, (2, 4)))
def test_finite_differences_recover_a_manufactured_discriminator(case, accuracy):
    """Given D, p and nu, the fake density is the q that makes D stationary (the terms are over p and nu alone)."""
    dim, loss, terms = MANUFACTURED[case]
    x, D, data, free = coordinates(dim), GENERIC[dim], BUMPS[dim], 1 + GENERIC[dim].subs(a1, a1 / 2) / 7
    if case == "orders 1 and 2":
        D = D + sp.cos(3 * a1) / 2
    forces = [2 * w * weighted_divergence(D, x, m, sp.sympify(over).subs({p: data, nu: free})) for w, m, over in terms]
    slope_real, slope_fake = (sp.diff(side, y).subs(y, D) for side in (loss.real, loss.fake))
    made = -(sp.Add(*forces) + data * slope_real) / slope_fake
    objective = Objective(loss, *(w * GradientPenalty(m, over=over) for w, m, over in terms))
    sizes = {(1, 2): (11,), (1, 4): (11,), (2, 2): (7, 5), (2, 4): (13, 9)}[dim, accuracy]
    grid = BoxGrid((-0.7, 0.2)[:dim], (1.9, 1.3)[:dim], sizes)
    parts = Formula(data, dim), Formula(made, dim), Formula(D, dim)
    converges(study(objective, *parts, grid, accuracy, reference=Formula(free, dim)), accuracy, 1e-3)


@pytest.mark.parametrize(("order", "accuracy"), product((1, 2), (2, 4)))
def test_finite_differences_agree_with_a_boundary_value_solver_on_least_squares(order, accuracy):
    deviations = (0.8, 1.1) if order == 1 else (0.4, 0.5)
    real, fake = isotropic([0.3], deviations[0]), isotropic([-0.4], deviations[1])
    low, high, weight = -0.5, 1.5, 0.01 if order == 1 else 0.0005

    def system(x, u):
        """D, D′, …, with 2λ (−1)^m D^{(2m)} = −p (D − b) − q (D − a)."""
        data, made = (
            np.exp(-(((x - m) / s) ** 2) / 2) / (s * sqrt(2 * pi)) for m, s in zip((0.3, -0.4), deviations, strict=True)
        )
        return np.vstack([u[1:], -((-1) ** order) * (data * (u[0] - high) + made * (u[0] - low)) / (2 * weight)])

    def slope(x, u):
        rows = np.zeros((2 * order, 2 * order, len(x)))
        rows[np.arange(2 * order - 1), np.arange(1, 2 * order)] = 1
        rows[-1, 0] = system(x, np.ones_like(u))[-1] - system(x, np.zeros_like(u))[-1]
        return rows

    def ends(left, right):
        return np.concatenate([left[:order] - [0.4, -0.3][:order], right[:order] - [1.1, 0.2][:order]])

    mesh = np.linspace(-1.9, 2.5, 300)  # wider than the grid: accuracy 4 asks beyond its ends
    rival = solve_bvp(system, ends, mesh, np.zeros((2 * order, 300)), fun_jac=slope, tol=1e-9, max_nodes=20000)
    assert rival.success

    def exact(nodes):
        return torch.from_numpy(rival.sol(nodes.numpy()[:, 0])[0])

    exact.gradient = lambda nodes: torch.from_numpy(rival.sol(nodes.numpy()[:, 0])[1:2].T)
    objective = Objective(least_squares(low, high), weight * GradientPenalty(order))
    converges(study(objective, real, fake, exact, LINE, accuracy), accuracy, 1e-3)


def line(x):
    return x[:, 0]


REFUSED_BY_DIFFERENCES = {
    "no term": (LINE, Objective(WASSERSTEIN), "a loss without a penalty is curved in D.*Add weight"),
    "hinge": (LINE, Objective(HINGE, GradientPenalty(1)), "losses that are smooth in D"),
    "cubic": (LINE, Objective(Loss(real=-y, fake=y**3), GradientPenalty(1)), r"convex in D; got .*concave at D = -"),
    "no reference": (LINE, Objective(WASSERSTEIN, GradientPenalty(1, over=nu)), "got nu. Pass reference= for nu"),
    "symbolic weight": (LINE, Objective(WASSERSTEIN, lam * GradientPenalty(1)), "the weight λ as a number"),
    "symbolic loss": (LINE, Objective(least_squares(0, lam), GradientPenalty(1)), "got lam. Pass"),
}


@pytest.mark.parametrize("case", REFUSED_BY_DIFFERENCES)
def test_finite_differences_refuse_what_the_stencils_do_not_hold(case):
    grid, objective, words = REFUSED_BY_DIFFERENCES[case]
    with pytest.raises(Refusal, match=words):
        solve(objective, *pair(grid.dim), solver=FiniteDifferences(grid, line))


def test_finite_differences_refuse_bad_grids_measures_and_boundaries():
    real, fake = pair(1)
    with pytest.raises(Refusal, match="accuracy 2, 4 or 6; got 3"):
        FiniteDifferences(LINE, line, accuracy=3)
    with pytest.raises(Refusal, match="1-D, 2-D and 3-D; got a grid of dimension 4"):
        FiniteDifferences(BoxGrid((0.0,) * 4, (1.0,) * 4, (5,) * 4), line)
    with pytest.raises(Refusal, match="needs densities in 1-D; got Empirical"):
        solve(WGAN, real, empirical(5, 1, 1), solver=FiniteDifferences(LINE, line))
    with pytest.raises(Refusal, match="needs densities in 2-D; got Gaussian of dimension 1"):
        solve(WGAN, real, fake, solver=FiniteDifferences(PLANE, line))
    with pytest.raises(Refusal, match="boundary field is finite; got"):
        solve(WGAN, real, fake, solver=FiniteDifferences(LINE, lambda x: x[:, 0] / 0))
    with pytest.raises(Refusal, match=r"boundary field gives float64 of shape .*got torch.float32"):
        solve(WGAN, real, fake, solver=FiniteDifferences(LINE, lambda x: x[:, 0].float()))
    short = FiniteDifferences(BoxGrid((0.0,), (1.0,), (3,)), line, accuracy=4)
    with pytest.raises(Refusal, match="needs at least 7 points"):
        solve(WGAN, real, fake, solver=short)
    with pytest.raises(Refusal, match="needs at least 10 points"):
        solve(Objective(WASSERSTEIN, GradientPenalty(2)), real, fake, solver=short)
    vanishing = Objective(WASSERSTEIN, GradientPenalty(1, over=p))
    with pytest.raises(Refusal, match="a singular matrix"):
        solve(vanishing, isotropic([90.0], 1.0), fake, solver=FiniteDifferences(LINE, line))


# ---- GridField

POLYNOMIAL = {1: lambda x: x[:, 0] ** 3 - x[:, 0], 2: lambda x: x[:, 0] ** 3 * x[:, 1] - 2 * x[:, 1] ** 2 + x[:, 0]}


def sampled(grid):
    return GridField(grid, POLYNOMIAL[grid.dim](grid.nodes).numpy().reshape(grid.points), {})


@pytest.mark.parametrize("grid", [LINE, PLANE], ids=["1-D", "2-D"])
def test_a_grid_field_interpolates_between_its_nodes(grid):
    D = sampled(grid)
    low, high = torch.tensor(grid.lower, dtype=torch.float64), torch.tensor(grid.upper, dtype=torch.float64)
    x = low + (high - low) * (0.05 + 0.9 * torch.rand(23, grid.dim, generator=torch.Generator().manual_seed(2)).double())
    close(D(x), POLYNOMIAL[grid.dim](x), 1e-12)
    close(D(grid.nodes), torch.from_numpy(D.values.ravel()), 1e-12)
    close(D.gradient(x), differences(D, x), 1e-8)
    close(gradient(D, x), gradient(POLYNOMIAL[grid.dim], x), 1e-11)


@pytest.mark.parametrize("grid", [LINE, PLANE, BoxGrid((0.1,), (0.7,), (9,)), BoxGrid((-0.3, 0.1), (0.3, 0.6), (9, 7))])
def test_the_faces_of_the_box_belong_to_it_and_nothing_beyond_does(grid):
    D = sampled(grid)
    corners = torch.tensor([grid.lower, grid.upper], dtype=torch.float64)
    close(D(corners), POLYNOMIAL[grid.dim](corners), 1e-11)
    for corner, step in ((0, -1e-9), (1, 1e-9)):
        for axis in range(grid.dim):
            outside = corners[corner : corner + 1].clone()
            outside[0, axis] += step
            with pytest.raises(Refusal, match="inside its box"):
                D(outside)
    with pytest.raises(Refusal, match="inside its box"):
        D(corners * torch.nan)


def test_a_grid_field_refuses_other_precisions_and_shapes():
    D = sampled(LINE)
    with pytest.raises(Refusal, match=r"float64 on the CPU; got torch.float32"):
        D(torch.zeros(3, 1))
    with pytest.raises(Refusal, match=r"points have shape \(n, 1\); got \(3, 2\)"):
        D(torch.zeros(3, 2, dtype=torch.float64))


# ---- Collocation

PAIRS = [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 2), (3, 3), (5, 3)]
KERNEL = {1: "linear", 2: "thin_plate_spline", 3: "cubic", 5: "quintic"}  # by 2m − n; SciPy's carry the sign
UNEVEN = Loss(real=sp.Rational(7, 10) * (y - sp.Rational(3, 2)) ** 2 + 3, fake=sp.Rational(1, 5) * (y + sp.Rational(2, 5)) ** 2)


def parts(n, sizes=(17, 12), seed=1):
    return empirical(sizes[0], n, seed), empirical(sizes[1], n, seed + 1, shift=0.3)


def collocated(n, m, weight=0.3, loss=UNEVEN, **sizes):
    return solve(Objective(loss, weight * GradientPenalty(m)), *parts(n, **sizes), solver=Collocation())


def written_out(n, **sizes):
    """(points, labels, mass): the same problem as Σ mass_i (D(c_i) − label_i)², by hand."""
    real, fake = parts(n, **sizes)
    labels = np.r_[np.full(len(real), 1.5), np.full(len(fake), -0.4)]
    return torch.cat([real.points, fake.points]).numpy(), labels, np.r_[0.7 * real.weights.numpy(), 0.2 * fake.weights.numpy()]


def magnitude(n, m):
    """|C|, where Δ^m of SciPy's kernel is ±C δ (the table of poly_gan.md, A1)."""
    line = {(1, 1): 2, (1, 2): 12, (1, 3): 240}
    return (line | {(2, 2): 8 * pi, (3, 2): 8 * pi, (3, 3): 96 * pi, (5, 3): 64 * pi**2})[n, m]


def scipy_rival(n, m, weight, points, labels, mass):
    """SciPy's thin-plate family; 2m − n even has r^k log r, of which it has k = 2 only."""
    k = 2 * m - n
    return RBFInterpolator(points, labels, kernel=KERNEL[k], smoothing=magnitude(n, m) * weight / mass, degree=m - 1)


@pytest.mark.parametrize(("n", "m"), [c for c in PAIRS if c != (2, 3)])
def test_collocation_is_scipys_smoothing_interpolant(n, m):
    sizes = {"sizes": (31, 24)} if n == 5 else {}
    D = collocated(n, m, **sizes)
    rival = scipy_rival(n, m, 0.3, *written_out(n, **sizes))
    x = normal(23, n, 9)
    close(D(x), torch.from_numpy(rival(x.numpy())), 1e-9)
    close(D.gradient(x), differences(D, x), 1e-7)


def test_collocation_with_an_r4_log_r_kernel_is_the_dense_system_written_out():
    D, (points, labels, mass) = collocated(2, 3), written_out(2)
    r = np.linalg.norm(points[:, None] - points[None], axis=2)
    A = np.where(r > 0, r, 1) ** 4 * np.log(np.where(r > 0, r, 1))
    B = np.stack([points[:, 0] ** i * points[:, 1] ** j for i in range(3) for j in range(3 - i)], 1)
    ridge = -128 * pi * 0.3 / mass  # (−1)^m λ C / mass
    k = B.shape[1]
    system = np.block([[A + np.diag(ridge), B], [B.T, np.zeros((k, k))]])
    u = np.linalg.solve(system, np.r_[labels, np.zeros(k)])
    close(D(torch.from_numpy(points)), torch.from_numpy(A @ u[:-k] + B @ u[-k:]), 1e-9)


def test_collocation_of_order_two_on_the_line_is_the_cubic_smoothing_spline():
    real, fake = Empirical(normal(23, 1, 1)), Empirical(normal(23, 1, 2) + 0.3)
    D = solve(Objective(least_squares(-0.4, 1.5), 0.02 * GradientPenalty(2)), real, fake, solver=Collocation())
    x = torch.cat([real.points, fake.points])[:, 0].numpy()
    labels, order = np.r_[np.full(23, 1.5), np.full(23, -0.4)], np.argsort(x)
    spline = make_smoothing_spline(x[order], labels[order], lam=0.02 * 2 * 23)  # Σ (D−b)² + Λ ∫ D″²
    inside = torch.linspace(float(x.min()), float(x.max()), 41, dtype=torch.float64)[:, None]
    close(D(inside), torch.from_numpy(spline(inside[:, 0].numpy())), 1e-8)


@pytest.mark.parametrize(("n", "m"), PAIRS)
def test_the_residual_is_the_ridge_times_the_weight_and_the_moments_vanish(n, m):
    sizes = {"sizes": (31, 24)} if n == 5 else {}
    D, (points, labels, mass) = collocated(n, m, **sizes), written_out(n, **sizes)
    assert torch.equal(D.centres, torch.from_numpy(points))
    residual = D(D.centres).numpy() - labels + 0.3 / mass * D.weights.numpy()
    assert np.abs(residual).max() <= 1e-9
    moments = D.polynomial.basis(D.centres).T @ D.weights
    assert (moments.abs() <= 1e-11 * D.weights.abs().sum() * D.polynomial.basis(D.centres).abs().max()).all()


def functional(u, v, D, labels, mass, weight):
    """Σ mass (D(c_i) − label)² + λ uᵀAu, for D = Σ u_i G(|·−c_i|) + P_v with Bᵀu = 0."""
    A, B = D.kernel(D.centres, D.centres), D.polynomial.basis(D.centres)
    return (mass * (A @ u + B @ v - labels) ** 2).sum() + weight * u @ A @ u


@pytest.mark.parametrize(("n", "m"), PAIRS)
def test_no_perturbation_lowers_the_objective(n, m):
    sizes = {"sizes": (31, 24)} if n == 5 else {}
    D, (_, labels, mass) = collocated(n, m, **sizes), written_out(n, **sizes)
    labels, mass = torch.from_numpy(labels), torch.from_numpy(mass)
    u, v = D.weights, D.polynomial.coefficients
    B = D.polynomial.basis(D.centres)
    free = torch.linalg.qr(B, mode="complete")[0][:, B.shape[1] :]
    least = functional(u, v, D, labels, mass, 0.3)
    for seed, size in product(range(8), (1e-3, 1e-1, 10.0)):
        along = free @ normal(free.shape[1], 1, seed)[:, 0], normal(len(v), 1, seed + 50)[:, 0]
        step = size * u.norm() / along[0].norm(), size * v.norm() / along[1].norm()
        moved = [functional(u + s * step[0] * along[0], v + s * step[1] * along[1], D, labels, mass, 0.3) for s in (1, -1)]
        assert min(moved) > least
        assert abs((moved[0] - moved[1]) / (moved[0] + moved[1] - 2 * least)) <= 1e-4  # no slope: it is stationary


@pytest.mark.parametrize(("n", "m"), PAIRS)
def test_polynomial_labels_are_reproduced(n, m):
    x, k = normal(60, n, 3), comb(n + m - 1, n)
    coefficients = normal(k, 1, 4)[:, 0]
    basis = monomials(x, m)
    u, v = constrained(polyharmonic(m, n)(x, x) + torch.diag(weights_of(60, 2)), basis, basis @ coefficients)
    close(v, coefficients, 1e-10)
    assert u.abs().max() <= 1e-10


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 2), (2, 2), (3, 2), (3, 3)])
def test_a_heavy_penalty_leaves_the_least_squares_polynomial(n, m):
    points, labels, mass = written_out(n)
    basis, root = monomials(torch.from_numpy(points), m).numpy(), np.sqrt(mass)
    fitted = np.linalg.lstsq(root[:, None] * basis, root * labels, rcond=None)[0]
    x = normal(9, n, 7)
    limit = monomials(x, m) @ torch.from_numpy(fitted)
    errors = [float((collocated(n, m, weight)(x) - limit).abs().max()) for weight in (10.0**k for k in (3, 4, 5))]
    assert np.abs(np.diff(np.log10(errors)) + 1).max() <= 0.1


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 2), (2, 2), (3, 2)])
def test_a_light_penalty_leaves_the_interpolant(n, m):
    spread = torch.from_numpy(Halton(n, scramble=False).random(30)[1:])  # points that keep apart
    real, fake = Empirical(spread[:17], weights_of(17, 1)), Empirical(spread[17:], weights_of(12, 2))
    labels = torch.cat([torch.full((17,), 1.5), torch.full((12,), -0.4)]).double()
    errors = []
    for weight in (1e-9, 1e-10, 1e-11):
        D = solve(Objective(UNEVEN, weight * GradientPenalty(m)), real, fake, solver=Collocation())
        errors.append(float((D(D.centres) - labels).abs().max()))
    assert np.abs(np.diff(np.log10(errors)) + 1).max() <= 0.1
    assert errors[-1] <= 1e-2


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 2), (2, 2), (3, 3)])
def test_points_of_weight_zero_change_nothing(n, m):
    real, fake, x = *parts(n), normal(9, n, 7)
    more = Empirical(torch.cat([real.points, normal(3, n, 8) * 5]), torch.cat([real.weights, torch.zeros(3).double()]))
    objective = Objective(UNEVEN, 0.3 * GradientPenalty(m))
    D = solve(objective, more, fake, solver=Collocation())
    close(D(x), solve(objective, real, fake, solver=Collocation())(x), 1e-10)
    assert len(D.centres) == 29


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 2), (2, 2), (3, 3)])
def test_a_point_given_twice_is_a_point_with_the_summed_weight(n, m):
    real, fake, x = *parts(n), normal(9, n, 7)
    weights = torch.cat([real.weights, real.weights[:1] * 0.6])
    weights[0] *= 0.4
    twice = Empirical(torch.cat([real.points, real.points[:1]]), weights)
    objective = Objective(UNEVEN, 0.3 * GradientPenalty(m))
    close(solve(objective, twice, fake, solver=Collocation())(x), solve(objective, real, fake, solver=Collocation())(x), 1e-9)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 2), (2, 2), (3, 2), (3, 3)])
def test_the_screened_penalty_has_the_screened_kernel_and_no_polynomial(n, m):
    D = solve(Objective(UNEVEN, *screened_terms(m, 1.3, 0.3)), *parts(n), solver=Collocation())
    points, labels, mass = written_out(n)
    assert D.polynomial is None
    assert D.stats["rate"] == pytest.approx(1.3, rel=1e-15)
    system = screened(m, n, 1.3)(D.centres, D.centres).numpy() + np.diag(0.3 / mass)
    close(D.weights, torch.from_numpy(np.linalg.solve(system, labels)), 1e-10)
    assert np.abs(D(torch.from_numpy(points)).numpy() - labels + 0.3 / mass * D.weights.numpy()).max() <= 1e-11


def test_collocation_keeps_the_dtype_and_says_what_it_did():
    real, fake = empirical(7, 2, 1, torch.float32), empirical(11, 2, 2, torch.float32)
    D = solve(Objective(LEAST_SQUARES, GradientPenalty(2)), real, fake, solver=Collocation())
    assert D(real.points).dtype == D.gradient(real.points).dtype == torch.float32
    assert {k: D.stats[k] for k in ("solver", "order", "rate", "centres")} == {
        "solver": "Collocation",
        "order": 2,
        "rate": 0.0,
        "centres": 18,
    }


def test_a_heavy_penalty_makes_least_squares_the_wasserstein_discriminator():
    """With constants only (n = m = 1), labels ±1 and λ large, D ≈ c + 2·D_W at 2λ (poly_gan.md, A6)."""
    real, fake, x = empirical(17, 1, 1), empirical(12, 1, 2, shift=0.3), normal(9, 1, 7)
    D = solve(Objective(LEAST_SQUARES, 1e5 * GradientPenalty(1)), real, fake, solver=Collocation())(x)
    W = solve(Objective(WASSERSTEIN, 1e5 * GradientPenalty(1)), real, fake, solver=GreensFunction())(x)
    close(D - D.mean(), W - W.mean(), 1e-4)


on_a_line = Empirical(torch.stack([torch.arange(9.0), 2 * torch.arange(9.0) + 1], 1).double())
REFUSED_BY_COLLOCATION = {
    "2m = n": (LEAST_SQUARES, [GradientPenalty(1)], parts(2), "2m > n.*got m = 1, n = 2. Use order ≥ 2"),
    "2m < n": (LEAST_SQUARES, [GradientPenalty(1)], parts(3), "2m > n.*Use order ≥ 2"),
    "screened, 2m = n": (LEAST_SQUARES, screened_terms(1, 1.0), parts(2), "2m > n"),
    "on a line": (LEAST_SQUARES, [GradientPenalty(2)], (on_a_line, on_a_line), "unisolvent"),
    "two points": (LEAST_SQUARES, [GradientPenalty(2)], parts(2, sizes=(1, 1)), "3 polynomial terms need at least 3 points"),
    "Wasserstein": (WASSERSTEIN, [GradientPenalty(2)], parts(2), "Collocation needs a least-squares loss"),
    "Pearson": (PEARSON, [GradientPenalty(2)], parts(2), "Collocation needs a least-squares loss"),
    "logistic": (LOGISTIC, [GradientPenalty(2)], parts(2), "Collocation needs a least-squares loss"),
    "concave": (Loss(real=-(y**2), fake=y**2), [GradientPenalty(2)], parts(2), "convex least-squares loss"),
    "over p": (LEAST_SQUARES, [GradientPenalty(2, over=p)], parts(2), "Collocation solves.*Use FiniteDifferences"),
    "symbolic labels": (least_squares(0, lam), [GradientPenalty(2)], parts(2), "the loss as a number"),
    "symbolic weight": (LEAST_SQUARES, [lam * GradientPenalty(2)], parts(2), "the weight λ as a number"),
}


@pytest.mark.parametrize("case", REFUSED_BY_COLLOCATION)
def test_collocation_refuses_what_it_cannot_solve(case):
    loss, terms, (real, fake), words = REFUSED_BY_COLLOCATION[case]
    with pytest.raises(Refusal, match=words):
        solve(Objective(loss, *terms), real, fake, solver=Collocation())


def test_collocation_refuses_more_points_than_memory_holds():
    many = Empirical(torch.zeros(LARGEST, 1, dtype=torch.float64))
    with pytest.raises(Refusal, match=f"at most {LARGEST} points; got {LARGEST + 7}. Use a subsample"):
        solve(Objective(LEAST_SQUARES, GradientPenalty(1)), many, empirical(7, 1, 1), solver=Collocation())


def test_as_many_points_as_polynomials_are_interpolated():
    real, fake = empirical(1, 2, 1), empirical(2, 2, 2)
    D = solve(Objective(LEAST_SQUARES, GradientPenalty(2)), real, fake, solver=Collocation())
    close(D(D.centres), torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64), 1e-12)
    assert (D.weights == 0).all()


# ---- gradient(D, x), over every kind of field


def oracle():
    return solve(WGAN, *pair(1), solver=GaussianOracle())


SAMPLED = {
    "three dimensions": lambda: solve(Objective(WASSERSTEIN, GradientPenalty(2)), *parts(3), solver=GreensFunction()),
    "softened": lambda: solve(WGAN, *parts(2), solver=GreensFunction(softening=0.3)),
    "spline": lambda: collocated(1, 2),
    "thin plate": lambda: collocated(2, 2),
}
FIELDS = SAMPLED | {
    "oracle": oracle,
    "grid": lambda: solve(WGAN, *pair(1), solver=FiniteDifferences(LINE, oracle())),
    "function": lambda: lambda x: torch.sin(x).prod(1),
}
DIMENSIONS = {"three dimensions": 3, "softened": 2, "thin plate": 2, "function": 2}


@pytest.mark.parametrize("name", FIELDS)
def test_the_gradient_is_one_function_for_every_field(name):
    D, x = FIELDS[name](), 0.4 * normal(5, DIMENSIONS.get(name, 1), 21)
    close(gradient(D, x), differences(D, x), 1e-7)


@pytest.mark.parametrize("name", SAMPLED)
def test_closed_forms_and_autograd_agree_to_the_second_derivative(name):
    D, x = FIELDS[name](), 0.4 * normal(5, DIMENSIONS.get(name, 1), 21)
    close(gradient(lambda z: D(z), x), gradient(D, x), 1e-13)
    assert not gradient(lambda z: D(z), x).requires_grad
    live = x.clone().requires_grad_()
    for slope in (gradient(D, live), gradient(lambda z: D(z), live)):
        (second,) = torch.autograd.grad(slope.sum(), live)
        close(second, differences(lambda z: gradient(D, z).sum(1), x), 1e-6)


def test_a_field_that_is_not_differentiable_is_refused():
    with pytest.raises(Refusal, match=r"differentiable in x; got function. Give it a .gradient"):
        gradient(lambda x: torch.ones(len(x)), normal(3, 1, 1))


def both_numerical_fields():
    line = GaussianOracle().solve(WGAN, Gaussian(torch.zeros(1).double(), torch.eye(1).double()),
                                  Gaussian(torch.ones(1).double(), torch.eye(1).double()))  # fmt: skip
    grid = BoxGrid((-3.0,), (3.0,), (41,))
    return line, GridField(grid, line(grid.nodes).numpy(), {})


@pytest.mark.parametrize("which", [0, 1])
def test_numerical_fields_join_the_graph_once_and_refuse_twice(which):
    D = both_numerical_fields()[which]
    x = torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None].requires_grad_()
    (slope,) = torch.autograd.grad((D(x) + x[:, 0] ** 2).sum(), x)
    assert torch.allclose(slope, D.gradient(x.detach()) + 2 * x.detach(), atol=1e-12)
    with pytest.raises(Refusal, match="has first derivatives; got a second derivative"):
        torch.autograd.grad(gradient(D, x).sum(), x)


def test_the_oracle_refuses_logarithms_outside_the_plane():
    four = Gaussian(torch.zeros(4).double(), torch.eye(4).double())
    with pytest.raises(Refusal, match="powers"):
        GaussianOracle().solve(Objective(WASSERSTEIN, GradientPenalty(2)), four, four)


def test_finite_differences_refuse_a_concave_loss():
    real = Gaussian(torch.zeros(1).double(), torch.eye(1).double())
    concave = Objective(Loss(-(y**2), y), GradientPenalty(1))
    with pytest.raises(Refusal, match="convex in D"):
        FiniteDifferences(LINE, lambda x: x[:, 0]).solve(concave, real, real)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"objective": None}, r"solve takes an Objective; got None. Use Objective\(loss"),
        ({"objective": WASSERSTEIN}, "solve takes an Objective; got Loss"),
        ({"solver": None}, "solver= is an object with a method solve; got None"),
        ({"solver": GreensFunction}, "solver= is an object with a method solve; got <class"),
        ({"real": None}, "real is a measure, with dim and sample; got NoneType. Use Empirical"),
        ({"fake": torch.zeros(3, 1)}, "fake is a measure, with dim and sample; got Tensor"),
        ({"reference": 1.0}, "reference is a measure, with dim and sample; got float"),
    ],
)
def test_what_is_no_problem_is_refused_before_a_solver_sees_it(given, words):
    real, fake = pair(1)
    problem = {
        "objective": WGAN,
        "real": real,
        "fake": fake,
        "solver": FiniteDifferences(LINE, line),
        "reference": None,
    } | given
    with pytest.raises(Refusal, match=words):
        solve(problem.pop("objective"), problem.pop("real"), problem.pop("fake"), **problem)
