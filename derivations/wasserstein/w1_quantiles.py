"""On the line the flow of W1 moves quantiles at unit speed until they arrive; where two laws agree its velocity is a choice."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from derivations.wasserstein.w2_distance import assigned, clouds
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import WassersteinFlow
from gantheory.integration import euler, integrate
from gantheory.measures import Empirical

c, k, t = sp.symbols("c k t", positive=True)
level, x, slope = sp.symbols("u x s", real=True)
START, DATA = level, c + k * level  # quantiles of U(0, 1) and of U(c, c + k), c + k < 1
FIRST, LAST = (c - t) / (1 - k), (c + t) / (1 - k)  # between these levels the quantiles have arrived
EXAMPLE = {c: sp.Rational(3, 10), k: sp.Rational(1, 5), t: sp.Rational(1, 10)}


def by_quantiles() -> sp.Expr:
    """∫₀¹ (|Q_d − Q_0| − t)₊ du."""
    low = sp.integrate(DATA - START - t, (level, 0, FIRST))
    return sp.cancel(low + sp.integrate(START - DATA - t, (level, LAST, 1)))


def by_area() -> sp.Expr:
    """∫ |F_t − F_d| dx: the moved ends x − t and x + t of F_t against F_d = (x − c)/k, outside what has arrived."""
    of_data = (x - c) / k
    low = sp.integrate(x - t, (x, t, FIRST + t)) - sp.integrate(of_data, (x, c, c + k * FIRST))
    high = sp.integrate(of_data, (x, c + k * LAST, c + k)) + (1 - t - c - k) - sp.integrate(x + t, (x, LAST - t, 1 - t))
    return sp.cancel(low + high)


def closed_form() -> sp.Expr:
    """((c − t)² + (1 − k − c − t)²)/2(1 − k), before either end has arrived."""
    return ((c - t) ** 2 + (1 - k - c - t) ** 2) / (2 * (1 - k))


def speeds() -> list[sp.Expr]:
    """−∂_t F/∂_x F of the two moved ends of F_t."""
    return [-sp.diff(F, t) / sp.diff(F, x) for F in (x - t, x + t)]


def signs() -> list[sp.Expr]:
    """sign(F_t − F_d) at a point of each end, in an example."""
    low, high = sp.Rational(1, 5), sp.Rational(4, 5)
    values = ((x - t - 0).subs(x, low), (x + t - 1).subs(x, high))
    return [sp.sign(value.subs(EXAMPLE)) for value in values]


def dyadic(seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thirty unequal masses, and sorted quantiles of particles and data in multiples of 1/16: steps of 1/16 land exactly."""
    rng = np.random.default_rng(seed)
    w = rng.integers(1, 9, 30) / 1.0
    return w / w.sum(), np.sort(rng.integers(-40, 40, 30)) / 16, np.sort(rng.integers(-20, 120, 30)) / 16


TIMES = (0.5, 1.25, 3.0)


def flowed(*times: float) -> list[np.ndarray]:
    """The particles of `dyadic` at the times, in order of their start."""
    w, start, data = dyadic()
    shuffled = np.random.default_rng(1).permutation(30)
    flow = WassersteinFlow(1, Empirical(torch.from_numpy(data[shuffled, None]), torch.from_numpy(w[shuffled])))
    path = integrate(flow, (torch.from_numpy(start[:, None]), torch.from_numpy(w)), [0.0, *times], method=euler(1 / 16))
    return [z[:, 0].numpy() for z in path.x[0][1:]]


def flowed_to(time: float) -> np.ndarray:
    """The same at one time."""
    return flowed(time)[0]


def clipped(time: float) -> np.ndarray:
    """clip(Q_d, Q_0 − t, Q_0 + t)."""
    _, start, data = dyadic()
    return np.clip(data, start - time, start + time)


def distances() -> list[float]:
    """W1 to the data at TIMES, by SciPy."""
    w, _, data = dyadic()
    return [wasserstein_distance(z, data, w, w) for z in flowed(*TIMES)]


def expected_distances() -> list[float]:
    """Σ w (|Q_d − Q_0| − t)₊."""
    w, start, data = dyadic()
    return [float(w @ np.clip(abs(data - start) - time, 0, None)) for time in TIMES]


def translated() -> list[float]:
    """W1 to a translated copy by (1, −2, 0.5) at t = 0.6 and 1.8 in R³, by SciPy's assignment."""
    start, _ = clouds(8, 3)
    data = start + torch.tensor([1.0, -2.0, 0.5])
    path = integrate(WassersteinFlow(1, Empirical(data)), start, [0.0, 0.6, 1.8], method=euler(0.3))
    return [assigned(z, data, 1) for z in path.x[1:]]


def falling(time: float) -> float:
    """(W1(t + h) − W1(t))/h along the flow: W1 is linear between the landings, which are at multiples of h = 1/16."""
    w, _, data = dyadic()
    before, after = flowed(time, time + 1 / 16)
    return 16 * (wasserstein_distance(after, data, w, w) - wasserstein_distance(before, data, w, w))


def moving(time: float) -> float:
    """Minus the mass of {u: |Q_d − Q_0| > t}."""
    w, start, data = dyadic()
    return -float(w[abs(data - start) > time].sum())


ATOMS, OTHERS = np.array([0.0, 2.0, 5.0]), np.array([1.0, 2.0, 3.0])


def dual_value() -> sp.Expr:
    """E_μ φ − E_ν φ for φ' = −1, s, 1 on (0, 1), (1, 3), (3, 5), μ and ν uniform on ATOMS and OTHERS."""
    phi = {0: 0, 1: -1, 2: -1 + slope, 3: -1 + 2 * slope, 5: 1 + 2 * slope}
    return sp.expand(sum(sp.Rational(1, 3) * (phi[int(a)] - phi[int(b)]) for a, b in zip(ATOMS, OTHERS, strict=True)))


def slopes_of_potentials() -> list[float]:
    """The least and the largest φ(3) − φ(1) over all optimal potentials, by a linear programme on the atoms."""
    knots = np.union1d(ATOMS, OTHERS)
    steps = np.diff(knots)
    rise = np.eye(len(knots))[1:] - np.eye(len(knots))[:-1]
    value = (np.isin(knots, ATOMS) * 1.0 - np.isin(knots, OTHERS)) / 3
    total = wasserstein_distance(ATOMS, OTHERS)
    fixed = np.vstack([value, np.eye(len(knots))[0]])
    aim = np.eye(len(knots))[3] - np.eye(len(knots))[1]
    found = [
        linprog(sign * aim, np.vstack([rise, -rise]), np.concatenate([steps, steps]), fixed, [total, 0.0], bounds=(None, None))
        for sign in (1, -1)
    ]
    return [float(aim @ z.x) for z in found]


def uneven() -> tuple[np.ndarray, ...]:
    """Seven particles and eleven data of unequal masses on the line."""
    rng = np.random.default_rng(12)
    a, b = rng.uniform(0.2, 1, 7), rng.uniform(0.2, 1, 11)
    return rng.normal(size=7), a / a.sum(), rng.normal(0.5, 1.4, 11), b / b.sum()


def chosen_velocity() -> np.ndarray:
    """The flow's velocity of `uneven`, then of the particles at ATOMS."""
    start, a, data, b = (torch.from_numpy(z) for z in uneven())
    v, _ = WassersteinFlow(1, Empirical(data[:, None], b))(torch.tensor(0.0), (start[:, None], a))
    real = Empirical(torch.from_numpy(OTHERS[:, None]))
    rest = WassersteinFlow(1, real)(torch.tensor(0.0), torch.from_numpy(ATOMS[:, None]))
    return torch.cat([v, torch.as_tensor(rest)])[:, 0].numpy()


def by_distribution_functions() -> np.ndarray:
    """The mean of sign(F_μ − F_d) over each atom's own levels (F_μ(x⁻), F_μ(x)): 0 where the two agree."""
    found = []
    for start, a, data, b in (uneven(), (ATOMS, np.full(3, 1 / 3), OTHERS, np.full(3, 1 / 3))):
        for z, mass in zip(start, a, strict=True):
            below, above = a[start < z].sum(), a[start <= z].sum()
            left = np.clip(b[data < z].sum() - below, 0, mass)
            right = np.clip(above - b[data <= z].sum(), 0, mass)
            found.append((right - left) / mass)
    return np.array(found)


QUANTILES = Claim(
    name="w1-flow-quantiles",
    says="On the line the flow of W1 moves each quantile at unit speed until it arrives: Q_t = clip(Q_d, Q_0 − t, Q_0 + t).",
    equation=r"W_1(\mu_t, \mu_d) = \int_0^1 \left(|Q_d(u) - Q_0(u)| - t\right)_+ du",
    source="santambrogio2015optimal, chapters 2 and 3",
    proof=(
        Step("U(0, 1) to U(c, c + k): the integral over quantiles", by_quantiles, closed_form),
        Step("the area between F_t and F_d", by_area, closed_form),
        Step("both ends of F_t move with sign(F_t − F_d)", speeds, signs),
    ),
    witness=Agreement(
        (
            *(
                Step(
                    f"30 particles of unequal mass at t = {time}",
                    partial(flowed_to, time),
                    partial(clipped, time),
                    Rivals(1e-13),
                )
                for time in TIMES
            ),
            Step("their W1 by SciPy", distances, expected_distances, Rivals(1e-12)),
            Step(
                "a translation in R³: W1 = |c| − t",
                translated,
                lambda: [float(np.sqrt(5.25)) - time for time in (0.6, 1.8)],
                Rivals(1e-10),
            ),
        )
    ),
)

DISSIPATION = Claim(
    name="w1-dissipation",
    says="Along its flow W1 falls at the rate of the mass that has not arrived; it is 0 at the largest distance of quantiles.",
    equation=r"\frac{d}{dt} W_1(\mu_t, \mu_d) = -\left|\{u : |Q_d(u) - Q_0(u)| > t\}\right|",
    source="santambrogio2015optimal, chapter 2",
    proof=(
        Step("U(0, 1) to U(c, c + k)", lambda: sp.cancel(sp.diff(closed_form(), t)), lambda: -(1 - (LAST - FIRST))),
        Step(
            "the low end arrives at t = c, the largest distance there",
            lambda: sp.solve(FIRST, t)[0],
            lambda: (DATA - START).subs(level, 0),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"30 particles at t = {time}", partial(falling, time), partial(moving, time), Rivals(1e-10))
            for time in (0.25, 1.0, 2.5)
        )
    ),
)

SELECTION = Claim(
    name="w1-potentials-are-many",
    says="Where F_μ = F_d every slope |φ'| ≤ 1 belongs to a W1 potential, the ODE is set-valued there; the flow takes 0.",
    equation=r"-\varphi'(x) = \mathrm{sign}(F_\mu(x) - F_d(x)), \quad \varphi'(x) \in [-1, 1] \text{ where } F_\mu = F_d",
    source="malik2024differential, the gradient flow of W1",
    proof=(
        Step("three atoms to three: the dual value does not depend on the slope s between", dual_value, lambda: sp.S.One),
        Step(
            "and is W1",
            lambda: sum(abs(sp.Integer(int(a - b))) for a, b in zip(ATOMS, OTHERS, strict=True)) / sp.Integer(3),
            dual_value,
        ),
    ),
    witness=Agreement(
        (
            Step("the range of φ(3) − φ(1), by a linear programme", slopes_of_potentials, lambda: [-2.0, 2.0], Rivals(1e-9)),
            Step("7 particles to 11 data, and the atoms", chosen_velocity, by_distribution_functions, Rivals(1e-12)),
        )
    ),
)
