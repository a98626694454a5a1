"""Euler's method for the flow of W1 does not stop: it ends in a 2-cycle about the data, within a step of it."""

from functools import partial
from itertools import permutations

import numpy as np
import sympy as sp
import torch
from scipy.stats import wasserstein_distance

from derivations.wasserstein.w2_distance import assigned, clouds
from gantheory.claims import Agreement, Claim, Convergence, Refutation, Rivals, Step
from gantheory.flows import WassersteinFlow
from gantheory.integration import euler, integrate
from gantheory.measures import Empirical

eps, z = sp.symbols("epsilon z", positive=True)
PART = 1 / (1 + z)  # r*/ε, any number of (0, 1)
WHOLE = 2  # steps until a particle is within one step of its point


def iterated(count: int) -> list[sp.Expr]:
    """r ↦ |r − ε|, `count` times from (WHOLE + r*/ε) ε."""
    r, found = (WHOLE + PART) * eps, []
    for _ in range(count):
        r = sp.factor(sp.Abs(sp.factor(r - eps)))
        found.append(r)
    return found


def cycle(count: int) -> list[sp.Expr]:
    """What is left of WHOLE steps, then r*, ε − r*, r*, … ."""
    falling = [(WHOLE - n + PART) * eps for n in range(1, WHOLE + 1)]
    return (falling + [(1 - PART) * eps, PART * eps] * count)[:count]


def errors(count: int) -> list[sp.Expr]:
    """|r_n − (r_0 − nε)₊| with the iterates."""
    exact = [sp.Max(0, sp.factor((WHOLE - n + PART) * eps)) for n in range(1, count + 1)]
    return [sp.factor(sp.Abs(sp.factor(r - e))) for r, e in zip(iterated(count), exact, strict=True)]


def errors_by_hand(count: int) -> list[sp.Expr]:
    """0 before the arrival, then ε − r*, r*, … : below ε."""
    return ([sp.S.Zero] * WHOLE + [(1 - PART) * eps, PART * eps] * count)[:count]


SHIFT = torch.tensor([1.2, -0.5])  # |c| = 1.3


def translated(step: float, count: int) -> list[float]:
    """W1 of 8 particles of the plane to their copy, translated by c, after each step; by SciPy's assignment."""
    x, _ = clouds(8, 2)
    data = x + SHIFT
    times = step * torch.arange(count + 1, dtype=torch.float64)
    path = integrate(WassersteinFlow(1, Empirical(data)), x, times, method=euler(1.5 * step))
    return [assigned(y, data, 1) for y in path.x[1:]]


def expected(step: float, count: int) -> list[float]:
    """|c| − nε while that is positive, then ε − r*, r*, … in turn."""
    size = float(SHIFT.double().norm())
    whole = int(size // step)
    rest = size - whole * step
    return [size - n * step if n <= whole else (rest, step - rest)[(n - whole) % 2] for n in range(1, count + 1)]


def euler_path(x: np.ndarray, y: np.ndarray, step: float, count: int) -> list[np.ndarray]:
    """The sorted particles of the line after 0, 1, …, count steps."""
    times = step * torch.arange(count + 1, dtype=torch.float64)
    flow = WassersteinFlow(1, Empirical(torch.from_numpy(y[:, None])))
    path = integrate(flow, torch.from_numpy(x[:, None]), times, method=euler(1.5 * step))
    return [np.sort(state[:, 0].numpy()) for state in path.x]


def floor(x: np.ndarray, y: np.ndarray, step: float, count: int = 12) -> float:
    """The mean of W1 over the last two steps, by SciPy."""
    return float(np.mean([wasserstein_distance(state, y) for state in euler_path(x, y, step, count)[-2:]]))


def exact_pair(count: int) -> list[sp.Expr]:
    """W1 of 0, 1 to 2/5, 3/5 after each step 7/10, by the least of both assignments."""
    x, y, step, found = [sp.S.Zero, sp.S.One], [sp.Rational(2, 5), sp.Rational(3, 5)], sp.Rational(7, 10), []
    for _ in range(count):
        paired = min(permutations(y), key=lambda p: sum(abs(a - b) for a, b in zip(x, p, strict=True)))
        x = sorted(a + step * sp.sign(b - a) for a, b in zip(x, paired, strict=True))
        found.append(min(sum(abs(a - b) for a, b in zip(x, p, strict=True)) / 2 for p in permutations(y)))
    return found


def floors_below_half() -> int:
    """For how many of 30 pairs of laws the two-step mean is at most ε/2, up to roundoff."""
    count = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x, y, step = rng.normal(size=12), rng.normal(0.3, 0.4, 12), rng.uniform(0.3, 1.2)
        count += floor(x, y, step, 16) <= step / 2 * (1 + 1e-12)
    return count


def uniform_error(step: float) -> float:
    """max over n and u of |Q_n − clip(Q_d, Q_0 − nε, Q_0 + nε)| until all have arrived, 150 particles."""
    u = (np.arange(150) + 0.5) / 150
    x, y = 2 * u**2 - 0.3, 0.4 + 0.5 * u
    states = euler_path(x, y, step, round(1.6 / step))
    return max(float(abs(state - np.clip(y, x - n * step, x + n * step)).max()) for n, state in enumerate(states))


PAIR = (np.array([0.0, 1.0]), np.array([0.4, 0.6]))

TWO_CYCLE = Claim(
    name="w1-euler-two-cycle",
    says="With a step ε, Euler's method for W1 ends in a 2-cycle: a translation is left at r*, ε − r*, … , whose mean is ε/2.",
    equation=r"r_{n+1} = |r_n - \epsilon|, \quad r^* = |c| \bmod \epsilon, "
    r"\quad \tfrac12\left(r^* + (\epsilon - r^*)\right) = \frac{\epsilon}{2}",
    source="malik2024differential, the Euler scheme",
    proof=(
        Step("the iterates of r ↦ |r − ε|", partial(iterated, 6), partial(cycle, 6)),
        Step("the mean of two of them", lambda: sp.factor(sum(iterated(6)[-2:]) / 2), lambda: eps / 2),
    ),
    witness=Agreement(
        (
            *(
                Step(f"8 particles of the plane, ε = {h}", partial(translated, h, n), partial(expected, h, n), Rivals(1e-12))
                for h, n in ((0.3, 9), (0.45, 7), (2.0, 5))
            ),
            Step(
                "the two-step mean at ε = 0.3",
                lambda: np.mean(translated(0.3, 10)[-2:]),
                lambda: 0.15,
                Rivals(1e-12),
            ),
        )
    ),
)

RESORTED = Claim(
    name="w1-euler-floor-with-resorting",
    says="Where particles of the line overtake each other, the two-step mean of W1 is below ε/2: 0.25, not 0.35, for two.",
    equation=r"\tfrac12\left(W_1(\mu_n, \mu_d) + W_1(\mu_{n+1}, \mu_d)\right) \le \frac{\epsilon}{2}",
    source="malik2024differential, the Euler scheme",
    proof=(
        Step(
            "0, 1 to 2/5, 3/5 by steps 7/10: exact iterates",
            partial(exact_pair, 4),
            lambda: [sp.Rational(1, 10), sp.Rational(2, 5)] * 2,
        ),
    ),
    witness=(
        Refutation("is it always ε/2? two particles, ε = 0.7", lambda: 0.35, lambda: floor(*PAIR, 0.7)),
        Agreement((Step("at most ε/2 for so many of 30 pairs of laws", floors_below_half, lambda: 30, Rivals(1e-9)),)),
    ),
)

UNIFORM = Claim(
    name="w1-euler-uniform-error",
    says="Euler's quantiles stay within one step of the flow's for all times: max |Q_n − Q(nε)| < ε, order 1.",
    equation=r"\sup_n \|Q_n - Q_{n\epsilon}\|_\infty \le \epsilon",
    source="malik2024differential, the convergence of the Euler scheme",
    proof=(Step("the error of one distance, step after step", partial(errors, 6), partial(errors_by_hand, 6)),),
    witness=Convergence(
        uniform_error, (0.1, 0.05, 0.025, 0.0125), 1, 0.0125, (0.00625,), size="step $\\epsilon$", quantity="error of quantiles"
    ),
)
