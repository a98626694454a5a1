"""Laws of FourierSeries: closed forms, the equation itself, spectral accuracy, samples, and refusals by their words."""

from dataclasses import dataclass
from math import pi

import mpmath
import numpy as np
import pytest
import sympy as sp
import torch
from scipy.special import ive

from gantheory._errors import Refusal
from gantheory._types import gradient
from gantheory.discriminators import FourierSeries, Solver, solve
from gantheory.fourier import DirectSum, NonuniformTransform
from gantheory.measures import Density, Empirical, Gaussian, Mixture
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Loss, Objective, Torus, screened_terms
from gantheory.symbolic import circle_solution, r, y

LINE, PLANE, ROOM = Torus((2.6,)), Torus((2.6, 3.4)), Torus((2.6, 3.4, 1.9))
WEIGHT = 0.35
WGAN = Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1))


def tensor(values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype)


def normal(n, d, seed, dtype=torch.float64):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def sample(n, d, seed, dtype=torch.float64, shift=0.0):
    """Weighted points, some of them in other cells."""
    w = 0.2 + torch.rand(n, generator=torch.Generator().manual_seed(seed + 50), dtype=torch.float64)
    return Empirical(normal(n, d, seed, dtype) + shift, w.to(dtype))


def oblong(d, seed, size=0.16):
    """A Gaussian with a full covariance."""
    A = normal(d, d, seed) * 0.4 + torch.eye(d, dtype=torch.float64)
    return Gaussian(normal(1, d, seed + 1)[0] * 0.8 + 1, size * A @ A.mT)


def laws(d):
    """A Gaussian and a mixture of two, nothing symmetric about them."""
    return oblong(d, 3), Mixture(tensor([0.3, 0.7]), (oblong(d, 5, 0.1), oblong(d, 8, 0.25)))


@dataclass(frozen=True, eq=False)
class Opaque:
    """A law of which only the protocol is known, seen from another place."""

    law: object
    shift: float = 0.0

    @property
    def dim(self):
        return self.law.dim

    def sample(self, n, generator):
        return self.law.sample(n, generator) + self.shift

    def density(self, x):
        return self.law.density(x - self.shift)

    def score(self, x):
        return self.law.score(x - self.shift)


@dataclass(frozen=True, eq=False)
class OnTorus:
    """A density given as a formula."""

    dim: int
    formula: object

    def sample(self, n, generator):
        raise NotImplementedError

    def density(self, x):
        return self.formula(x)

    def score(self, x):
        raise NotImplementedError


def images(law, x, torus, shells=7):
    """Σ_k p(x + kT), by brute force."""
    k = torch.cartesian_prod(*[torch.arange(-shells, shells + 1)] * torus.dim).reshape(-1, torus.dim)
    return sum(law.density(x + shift * tensor(torus.periods)) for shift in k)


def lattice_of_nodes(torus, sizes):
    axes = [t * torch.arange(n, dtype=torch.float64) / n for t, n in zip(torus.periods, sizes, strict=True)]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).reshape(-1, torus.dim)


def solved(source, torus, terms):
    """D with 2 Σ λ (−Δ)^s D = source, by NumPy's full complex transform: no half lattice, no code of the package."""
    k = (np.fft.fftfreq(n, 1 / n) * 2 * pi / t for n, t in zip(source.shape, torus.periods, strict=True))
    square = sum(w**2 for w in np.meshgrid(*k, indexing="ij"))
    symbol = 2 * sum(weight * square**s for weight, s in terms)
    symbol[symbol == 0] = np.inf
    return np.fft.ifftn(np.fft.fftn(source) / symbol).real.ravel()


# ---- the equation

EQUATIONS = {
    "order 1": (WGAN, None, [(WEIGHT, 1)]),
    "order 2": (Objective(WASSERSTEIN, 0.2 * GradientPenalty(2)), None, [(0.2, 2)]),
    "order 3": (Objective(WASSERSTEIN, 0.1 * GradientPenalty(3)), None, [(0.1, 3)]),
    "orders 1, 3": (Objective(WASSERSTEIN, 0.3 * GradientPenalty(1), 0.02 * GradientPenalty(3)), None, [(0.3, 1), (0.02, 3)]),
    "screened": (Objective(WASSERSTEIN, *screened_terms(2, 1.3, 0.2)), None, [(0.2 * 1.3**4, 0), (0.4 * 1.3**2, 1), (0.2, 2)]),
    "order 0.7": (WGAN, 0.7, [(WEIGHT, 0.7)]),
    "order 2.4": (WGAN, 2.4, [(WEIGHT, 2.4)]),
}


@pytest.mark.parametrize("case", EQUATIONS)
@pytest.mark.parametrize("d", [1, 2])
def test_the_discriminator_satisfies_its_equation(case, d):
    """2 Σ λ (−Δ)^s D = p − q on a grid, p and q wrapped by brute force, to 1e-12."""
    objective, order, terms = EQUATIONS[case]
    torus, (real, fake) = (LINE, PLANE)[d - 1], laws(d)
    sizes = (65, 80)[:d]
    x = lattice_of_nodes(torus, sizes)
    D = solve(objective, real, fake, solver=FourierSeries(torus, (30, 38)[:d], order))
    source = (images(real, x, torus) - images(fake, x, torus)).numpy()
    exact = solved(source.reshape(sizes), torus, terms)
    assert np.abs(D(x).numpy() - exact).max() <= 1e-12 * np.abs(exact).max()
    assert abs(D(x).mean()) <= 1e-14 * D(x).abs().max() + 1e-15
    assert D.stats["tail"] <= 1e-13


def test_minus_the_second_derivative_is_the_source():
    """−2λΔD = p − q on the circle and in space, by the closed gradient differentiated once more."""
    for torus, d in ((LINE, 1), (ROOM, 3)):
        real, fake = laws(d)
        D = solve(WGAN, real, fake, solver=FourierSeries(torus, 40 if d == 1 else (24, 30, 18)))
        x = normal(7, d, 3).requires_grad_()
        slope = gradient(D, x)
        second = sum(torch.autograd.grad(slope[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(d))
        source = (images(real, x, torus, 4) - images(fake, x, torus, 4)).detach()
        assert (-2 * WEIGHT * second - source).abs().max() <= 1e-12


def test_the_loss_and_the_weights_scale_the_discriminator():
    real, fake, x = *laws(2), normal(9, 2, 1)
    solver = FourierSeries(PLANE, 20)
    base = solve(WGAN, real, fake, solver=solver)(x)
    scaled = Objective(Loss(real=-3 * y + 2, fake=3 * y), 5 * WEIGHT * GradientPenalty(1))
    assert (solve(scaled, real, fake, solver=solver)(x) - 0.6 * base).abs().max() <= 1e-15
    assert (solve(WGAN, fake, real, solver=solver)(x) + base).abs().max() <= 1e-15
    downwards = Objective(Loss(real=y, fake=-y), WEIGHT * GradientPenalty(1))
    assert (solve(downwards, real, fake, solver=solver)(x) + base).abs().max() <= 1e-15
    assert isinstance(solver, Solver)


def test_an_unbalanced_loss_under_a_term_of_order_0_sets_the_mean():
    """2λ₀D − 2λ₁ΔD = p − 3q: the mean is −2/(2λ₀|T|)."""
    objective = Objective(Loss(real=-y, fake=3 * y), 0.4 * GradientPenalty(0), WEIGHT * GradientPenalty(1))
    real, fake = laws(2)
    D = solve(objective, real, fake, solver=FourierSeries(PLANE, 38))
    x = lattice_of_nodes(PLANE, (80, 81))
    assert abs(D(x).mean() + 2 / (0.8 * 2.6 * 3.4)) <= 1e-14
    source = (images(real, x, PLANE) - 3 * images(fake, x, PLANE)).numpy()
    exact = solved(source.reshape(80, 81), PLANE, [(0.4, 0), (WEIGHT, 1)])
    assert np.abs(D(x).numpy() - exact).max() <= 1e-12 * np.abs(exact).max()


def test_a_source_that_is_zero_changes_nothing():
    real, fake = laws(2)
    x = lattice_of_nodes(PLANE, (7, 8))
    found = [solve(WGAN, real, fake, solver=FourierSeries(PLANE, 9, source=f))(x) for f in (None, lambda x: 0 * x[:, 0])]
    assert torch.equal(*found)


@pytest.mark.parametrize("objective", [WGAN, Objective(WASSERSTEIN, *screened_terms(1, 0.9))], ids=("order 1", "screened"))
def test_a_source_is_added_to_the_right_side(objective):
    T = tensor(PLANE.periods)

    def f(x):
        u = 2 * pi * x / T
        return torch.exp(torch.sin(u[:, 0] + u[:, 1])) * torch.cos(2 * u[:, 1] - 0.3) - offset

    sizes, offset = (80, 81), 0.0
    x = lattice_of_nodes(PLANE, sizes)
    offset = float(f(x).mean()) if objective is WGAN else -0.4
    real, fake = laws(2)
    D = solve(objective, real, fake, solver=FourierSeries(PLANE, 38, source=f))
    terms = [(float(t.weight), t.penalty.order) for t in objective.terms]
    source = (images(real, x, PLANE) - images(fake, x, PLANE) + f(x)).numpy()
    exact = solved(source.reshape(sizes), PLANE, terms)
    assert np.abs(D(x).numpy() - exact).max() <= 1e-12 * np.abs(exact).max()


# ---- closed forms


def green_sum(profile, T, x, points, weights):
    """Σ w G((x − y) mod T)."""
    return (profile(torch.remainder(x - points[:, 0], T)) * weights).sum(1)


@pytest.mark.parametrize("m", [1, 2])
def test_samples_on_the_circle_approach_the_sum_of_closed_green_s_functions(m):
    """Truncation after M waves leaves Σ_{k>M} k^{−2m}: M^{½−2m} in the mean square."""
    real, fake, T = sample(7, 1, 1), sample(11, 1, 2, shift=0.4), LINE.periods[0]
    G = sp.lambdify(r, circle_solution(m, sp.Rational(13, 5)))
    x = lattice_of_nodes(LINE, (2999,))
    exact = (green_sum(G, T, x, real.points, real.weights) - green_sum(G, T, x, fake.points, fake.weights)) / (2 * WEIGHT)
    errors = []
    for modes in (16, 32, 64, 128, 256, 512):
        D = solve(Objective(WASSERSTEIN, WEIGHT * GradientPenalty(m)), real, fake, solver=FourierSeries(LINE, modes))
        errors.append(float((D(x) - exact).pow(2).mean().sqrt()))
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(slopes[-2:] - (2 * m - 0.5)).max() <= 0.1, slopes
    assert errors[-1] <= {1: 4e-5, 2: 2e-10}[m]


@pytest.mark.parametrize("s", [0.9, 1.0, 1.7, 2.0])
def test_a_real_order_is_the_polylogarithm(s):
    """G(r) = (2/T)(T/2π)^{2s} Re Li_{2s}(e^{2πir/T}), within the tail of the series."""
    T, M = 2.6, 3000
    real, fake, x = sample(3, 1, 1), sample(2, 1, 2), normal(4, 1, 5)
    scale = 2 / T * (T / (2 * pi)) ** (2 * s)

    def green(away):
        return scale * float(mpmath.re(mpmath.polylog(2 * s, mpmath.expjpi(2 * away / T))))

    D = solve(WGAN, real, fake, solver=FourierSeries(LINE, M, order=s))
    sides = ((real, 1.0), (fake, -1.0))
    exact = [
        sum(sign * w * green(float(at - c)) for law, sign in sides for c, w in zip(law.points[:, 0], law.weights, strict=True))
        for at in x[:, 0]
    ]
    tail = 2 * scale / (2 * WEIGHT) * M ** (1 - 2 * s) / (2 * s - 1)
    assert np.abs(D(x).numpy() - np.array(exact) / (2 * WEIGHT)).max() <= tail + 1e-13
    assert D.stats["orders"] == (s,)
    assert FourierSeries(LINE, 3, order=sp.Rational(17, 10)).order == 1.7
    if s == int(s):
        G = sp.lambdify(r, circle_solution(int(s), sp.Rational(13, 5)))
        assert abs(float(G(0.7)) - green(0.7)) <= 1e-14


@pytest.mark.parametrize("d", [1, 2, 3])
def test_what_a_truncated_series_of_gaussians_leaves_is_below_its_tail(d):
    """|D_M − D| ≤ Σ_{k beyond M} 2 e^{−σ²|ω|²/2}/(2λ|T||ω|²), and the tail falls faster than every power."""
    torus = (LINE, PLANE, ROOM)[d - 1]
    sides = [Gaussian(tensor([0.4, 2.0, 0.3][:d]), s**2 * torch.eye(d, dtype=torch.float64)) for s in (0.31, 0.4)]
    x = normal(20, d, 4)
    fine = (24, 30, 18)[:d]
    exact = solve(WGAN, *sides, solver=FourierSeries(torus, fine))(x)
    k = np.stack(np.meshgrid(*(np.arange(-m, m + 1) for m in fine), indexing="ij"), -1).reshape(-1, d)
    square = ((2 * pi * k / np.array(torus.periods)) ** 2).sum(1)
    errors = []
    for M in (1, 2, 4, 8):
        left_out = np.abs(k).max(1) > M
        size = sum(np.exp(-(s**2) * square[left_out] / 2) for s in (0.31, 0.4))
        bound = (size / square[left_out]).sum() / (2 * WEIGHT * np.prod(torus.periods))
        errors.append(float((solve(WGAN, *sides, solver=FourierSeries(torus, M))(x) - exact).abs().max()))
        assert errors[-1] <= bound + 1e-14
        assert errors[-1] >= 1e-3 * bound or bound < 1e-13
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (np.diff(slopes) > 1).all() or errors[-1] < 1e-14, slopes


@pytest.mark.parametrize(("k", "blind"), [((1, -1), True), ((2, -1), True), ((1, 0), True), ((0, 1), True), ((1, 1), False)])
def test_a_half_lattice_sees_every_wave(k, blind):
    """p − q = c cos(k·u): D = c cos(k·u)/(2λ|ω|²), where positive wave numbers alone give 0 for all but the last."""
    omega = 2 * pi * tensor(k) / tensor(PLANE.periods)
    volume = 2.6 * 3.4
    real = OnTorus(2, lambda x: (1 + 0.4 * torch.cos(x @ omega)) / volume)
    fake = OnTorus(2, lambda x: (1 - 0.2 * torch.cos(x @ omega)) / volume)
    x = normal(11, 2, 1)
    D = solve(WGAN, real, fake, solver=FourierSeries(PLANE, 3))
    exact = 0.6 / volume * torch.cos(x @ omega) / (2 * WEIGHT * (omega @ omega))
    assert (D(x) - exact).abs().max() <= 1e-15
    assert (min(k) <= 0) is blind


# ---- laws


def test_every_kind_of_law_gives_the_same_coefficients():
    """The characteristic function against the trapezoid rule over images, and both against many draws."""
    for d, torus in ((1, LINE), (2, PLANE)):
        real, fake, x = *laws(d), normal(9, d, 1)
        solver = FourierSeries(torus, (24, 30)[:d])
        closed = solve(WGAN, real, fake, solver=solver)
        assert closed.stats["real"] == closed.stats["fake"] == "characteristic function"
        rule = solve(WGAN, Opaque(real), Opaque(fake), solver=solver)
        assert rule.stats["real"].startswith("trapezoid rule on ")
        assert (closed(x) - rule(x)).abs().max() <= 1e-13
        mixed = solve(WGAN, real, Opaque(fake), solver=solver)
        assert (closed(x) - mixed(x)).abs().max() <= 1e-13


def test_a_periodic_density_is_not_wrapped():
    """Von Mises: coefficients I_k(κ)/(I₀(κ) T) e^{−ikθ}."""
    T, kappa, theta = 2.6, 3.0, 0.7
    real = OnTorus(1, lambda x: torch.exp(kappa * (torch.cos(2 * pi * x[:, 0] / T - theta) - 1)) / (T * ive(0, kappa)))
    D = solve(WGAN, real, Gaussian(tensor([0.3]), tensor([[40.0]])), solver=FourierSeries(LINE, 30))
    k = np.arange(1, 31)
    expected = ive(k, kappa) / (ive(0, kappa) * T) * np.exp(-1j * k * theta) / (2 * WEIGHT * (2 * pi * k / T) ** 2)
    assert np.abs(D.coefficients.numpy()[1:] - expected).max() <= 1e-15


@pytest.mark.parametrize("shift", [0.9, -37.3])
def test_the_origin_does_not_matter(shift):
    """A shift of both laws shifts D; a shift of one law by periods changes nothing."""
    x, solver = normal(9, 2, 1), FourierSeries(PLANE, (24, 30))
    a = tensor([shift, -0.6 * shift])

    def moved(law, by):
        if isinstance(law, Mixture):
            return Mixture(law.weights, tuple(moved(c, by) for c in law.components))
        return Gaussian(law.mean + by, law.covariance) if isinstance(law, Gaussian) else Empirical(law.points + by, law.weights)

    turn = tensor(PLANE.periods) * tensor([2.0, -5.0])
    for real, fake in (laws(2), (sample(7, 2, 1), sample(11, 2, 2))):
        D = solve(WGAN, real, fake, solver=solver)
        assert (solve(WGAN, moved(real, a), moved(fake, a), solver=solver)(x + a) - D(x)).abs().max() <= 1e-12
        assert (solve(WGAN, moved(real, turn), fake, solver=solver)(x) - D(x)).abs().max() <= 1e-12
    near = solve(WGAN, Opaque(laws(2)[0], 1.1), laws(2)[1], solver=solver)(x)
    assert (near - solve(WGAN, moved(laws(2)[0], 1.1), laws(2)[1], solver=solver)(x)).abs().max() <= 1e-13


def test_coefficients_of_samples_converge_like_the_root_of_their_number():
    """E |ĉ_k − c_k|² = (1 − |φ(ω_k)|²)/(n|T|²(2λω_k²)²) for the coefficients of n draws."""
    real, fake = laws(1)
    solver, generator = FourierSeries(LINE, 12), torch.Generator().manual_seed(5)
    exact, repeats, sizes = solve(WGAN, real, fake, solver=solver).coefficients, 200, (50, 200, 800, 3200)
    omega = 2 * pi * np.arange(1, 13) / 2.6
    variance = (1 - np.exp(-(omega**2) * float(real.covariance[0, 0]))) / (2.6 * 2 * WEIGHT * omega**2) ** 2
    errors = []
    for n in sizes:
        draws = (solve(WGAN, Empirical(real.sample(n, generator)), fake, solver=solver) for _ in range(repeats))
        squares = torch.stack([(D.coefficients - exact).abs().pow(2).sum() for D in draws])
        assert abs(squares.mean() - variance.sum() / n) <= 4 * squares.std() / repeats**0.5
        errors.append(float(squares.mean().sqrt()))
    slopes = np.log(np.array(errors[1:]) / errors[:-1]) / np.log(4)
    assert np.abs(slopes + 0.5).max() <= 0.15, slopes


def test_fast_and_direct_sums_give_one_discriminator():
    real, fake, x = sample(700, 2, 1), sample(900, 2, 2), normal(50, 2, 3)
    direct, fast = (
        solve(WGAN, real, fake, solver=FourierSeries(PLANE, (31, 24), sums=s)) for s in (DirectSum(), NonuniformTransform())
    )
    assert direct.stats["real"] == "direct sum over 700 points"
    assert fast.stats["fake"] == "finufft sum over 900 points"
    assert (direct(x) - fast(x)).abs().max() <= 1e-12 * direct(x).abs().max()
    assert (direct.gradient(x) - fast.gradient(x)).abs().max() <= 1e-12 * direct.gradient(x).abs().max()


def test_particles_climb_towards_the_data_and_the_gap_is_the_penalty():
    """E_p D − E_q D = 2λ ∫ |∇^m D|²: each by its own route, from samples."""
    real, fake = sample(7, 2, 1, shift=0.6), sample(11, 2, 2)
    D = solve(WGAN, real, fake, solver=FourierSeries(PLANE, (12, 9)))
    gap = float(real.weights @ D(real.points) - fake.weights @ D(fake.points))
    x = lattice_of_nodes(PLANE, (51, 40))
    energy = 2.6 * 3.4 * float((D.gradient(x) ** 2).sum(1).mean())
    assert gap > 0
    assert abs(gap - 2 * WEIGHT * energy) <= 1e-13
    assert abs(D.energy(1) - energy) <= 1e-13


@pytest.mark.parametrize("make", [lambda t: laws(2), lambda t: (sample(7, 2, 1), sample(11, 2, 2))], ids=("laws", "samples"))
def test_the_dtype_is_kept(make):
    real, fake = make(None)

    def single(law):
        if isinstance(law, Mixture):
            return Mixture(law.weights.float(), tuple(map(single, law.components)))
        if isinstance(law, Gaussian):
            return Gaussian(law.mean.float(), law.covariance.float())
        return Empirical(law.points.float(), law.weights.float())

    solver = FourierSeries(PLANE, 8, source=lambda x: torch.sin(2 * pi * x[:, 0] / 2.6))
    D, low, x = solve(WGAN, real, fake, solver=solver), solve(WGAN, single(real), single(fake), solver=solver), normal(5, 2, 1)
    assert D(x).dtype == torch.float64
    assert low(x.float()).dtype == low.gradient(x.float()).dtype == torch.float32
    assert (low(x.float()) - D(x)).abs().max() <= 1e-5
    with pytest.raises(Refusal, match=r"the same dtype and device; got torch\.float64.*torch\.float32"):
        solve(WGAN, real, single(fake), solver=solver)


def test_samples_on_the_meta_device_are_solved_there():
    real, fake, x = (torch.empty(k, 2, device="meta", dtype=torch.float64) for k in (7, 11, 5))
    D = solve(WGAN, Empirical(real), Empirical(fake), solver=FourierSeries(PLANE, 5))
    assert D.stats["real"] == "direct sum over 7 points"
    assert D(x).is_meta
    assert D(x).shape == (5,)
    assert D.gradient(x).shape == (5, 2)
    with pytest.raises(Refusal, match=r"takes points of torch\.float64 on meta; got torch\.float64 on cpu"):
        D(normal(5, 2, 1))


def test_no_gradient_of_the_samples_is_taken():
    points = normal(7, 1, 1).requires_grad_()
    D = solve(WGAN, Empirical(points), sample(5, 1, 2), solver=FourierSeries(LINE, 5))
    assert not D(normal(3, 1, 1)).requires_grad


def test_it_says_what_it_did():
    D = solve(Objective(WASSERSTEIN, *screened_terms(1, 0.5)), *laws(2), solver=FourierSeries(PLANE, (5, 7)))
    facts = {"solver": "FourierSeries", "method": "wave by wave", "modes": (5, 7), "waves": 82, "orders": (0.0, 1.0)}
    assert {k: D.stats[k] for k in facts} == facts
    coarse, fine = (solve(WGAN, *laws(1), solver=FourierSeries(LINE, M)).stats["tail"] for M in (3, 12))
    assert 0.01 < coarse < 1 > 1e3 * fine


# ---- refusals

lam = sp.Symbol("lam", positive=True)
HEAVY = OnTorus(1, lambda x: 1 / (pi * (1 + x[:, 0] ** 2)))
REFUSED = {
    "torus": (lambda: FourierSeries((2.0,), 3), "FourierSeries lives on a Torus; got \\(2.0,\\). Use Torus"),
    "modes": (lambda: FourierSeries(PLANE, (3,)), "one largest wave number for each period"),
    "no waves": (lambda: FourierSeries(PLANE, 0), "largest wave number M is an integer ≥ 1; got 0"),
    "order 0": (lambda: FourierSeries(LINE, 3, order=0), "order s of .* is a real number > 0; got 0"),
    "order nan": (lambda: FourierSeries(LINE, 3, order=float("nan")), "real number > 0; got nan"),
    "source text": (lambda: FourierSeries(LINE, 3, source="f"), "the source of FourierSeries is a Field; got 'f'"),
    "order text": (lambda: FourierSeries(LINE, 3, order="1"), "real number > 0; got '1'"),
    "dimension": (lambda: solve(WGAN, *laws(1), solver=FourierSeries(PLANE, 3)), r"needs measures on R\^2; got R\^1"),
    "unbalanced": (
        lambda: solve(Objective(Loss(real=-y, fake=2 * y), GradientPenalty(1)), *laws(1), solver=FourierSeries(LINE, 3)),
        "right side has mean 0 on a torus.*got mean -0.384615.*Balance the two sides.*Add a term of order 0",
    ),
    "mean of the source": (
        lambda: solve(WGAN, *laws(1), solver=FourierSeries(LINE, 3, source=lambda x: 0.01 + 0 * x[:, 0])),
        "right side has mean 0 on a torus.*got mean 0.01",
    ),
    "source": (
        lambda: solve(WGAN, *laws(1), solver=FourierSeries(LINE, 3, source=lambda x: torch.sin(x[:, 0]))),
        "source is a field on the torus of periods 2.6; got one that changes from x to x \\+ T",
    ),
    "source nan": (
        lambda: solve(WGAN, *laws(1), solver=FourierSeries(LINE, 3, source=lambda x: x[:, 0] * float("nan"))),
        "source is finite; got nan",
    ),
    "source in NumPy": (
        lambda: solve(WGAN, *laws(1), solver=FourierSeries(LINE, 3, source=lambda x: x.numpy()[:, 0])),
        "the source gives a torch tensor; got ndarray",
    ),
    "huge weight": (
        lambda: solve(Objective(WASSERSTEIN, 10**400 * GradientPenalty(1)), *laws(1), solver=FourierSeries(LINE, 3)),
        "the weight λ is within the range of float64; got 1000",
    ),
    "source shape": (lambda: solve(WGAN, *laws(1), solver=FourierSeries(LINE, 3, source=lambda x: x)), "of shape \\(32, 1\\)"),
    "order of two terms": (
        lambda: solve(Objective(WASSERSTEIN, *screened_terms(1, 1)), *laws(1), solver=FourierSeries(LINE, 3, order=1.5)),
        "order= replaces the order of a single penalty.*Leave order out",
    ),
    "symbol": (
        lambda: solve(Objective(WASSERSTEIN, lam * GradientPenalty(1)), *laws(1), solver=FourierSeries(LINE, 3)),
        "the weight λ as a number; got lam",
    ),
    "heavy tail": (
        lambda: solve(WGAN, HEAVY, laws(1)[0], solver=FourierSeries(LINE, 3)),
        r"a density has mass 1 on the torus.*got mass 0\.98.*Use Empirical",
    ),
    "too narrow": (
        lambda: solve(WGAN, Opaque(Gaussian(tensor([1.0]), tensor([[1e-6]]))), laws(1)[0], solver=FourierSeries(LINE, 3)),
        "a density has mass 1 on the torus.*32 nodes. Use more modes",
    ),
    "mass 2": (
        lambda: solve(WGAN, OnTorus(1, lambda x: 2 / 2.6 + 0 * x[:, 0]), laws(1)[0], solver=FourierSeries(LINE, 3)),
        "got mass 2 by the trapezoid rule",
    ),
    "negative": (
        lambda: solve(WGAN, OnTorus(1, lambda x: torch.cos(2 * pi * x[:, 0] / 2.6)), laws(1)[0], solver=FourierSeries(LINE, 3)),
        "the density of a OnTorus is nowhere negative; got -1",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_solved_is_refused(case):
    attempt, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        attempt()


def test_a_measure_without_density_is_refused():
    class Sampler:
        dim = 1

        def sample(self, n, generator):
            return torch.rand(n, 1, dtype=torch.float64)

    with pytest.raises(Refusal, match=r"samples or have a density; got Sampler. Use Empirical"):
        solve(WGAN, Sampler(), laws(1)[0], solver=FourierSeries(LINE, 3))
    assert isinstance(Opaque(laws(1)[0]), Density)
