"""Euler's method for the flow of ½W2²: exact on its rays, of order 1 in time; and the implicit step."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import minimize

from derivations.wasserstein.w2_distance import EYE, A, S, assigned, clouds, frechet, normal_law, path, squared_overlap
from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.flows import BuresFlow, WassersteinFlow
from gantheory.integration import euler, integrate
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import gaussian_wasserstein

eps, share, t = sp.symbols("epsilon s t", positive=True)
u, v = sp.symbols("u v", positive=True)
n = sp.Symbol("n", positive=True)
tau, there, back = sp.symbols("tau a b", positive=True)


def next_step() -> list[sp.Expr]:
    """((1 − ε)I + ε A C⁻¹) C: a step from the point `share` of the geodesic, with its own optimal map."""
    C = path(share)
    return [sp.cancel(entry) for entry in ((1 - eps) * EYE + eps * A * C.inv()) * C]


def steps(step: float, count: int, dim: int = 2) -> list[torch.Tensor]:
    """The particles after 0, 1, …, count steps of Euler."""
    x, y = clouds(10, dim)
    times = step * torch.arange(count + 1, dtype=torch.float64)
    return list(integrate(WassersteinFlow(2, Empirical(y)), x, times, method=euler(1.5 * step)).x)


def euler_distances(step: float, count: int, dim: int) -> list[float]:
    """W2 to the data after each step but the first."""
    return [assigned(x, clouds(10, dim)[1]) for x in steps(step, count, dim)[1:]]


def geometric(step: float, count: int, dim: int) -> list[float]:
    """(1 − ε)^n W2(0)."""
    return [(1 - step) ** k * assigned(*clouds(10, dim)) for k in range(1, count + 1)]


def normal_steps(step: float, count: int) -> list[Gaussian]:
    """The normal laws in R³ after 0, …, count steps of particles, each with its own map."""
    laws = [normal_law(3, 1)]
    for _ in range(count):
        laws.append(BuresFlow(normal_law(3, 2)).pushed(laws[-1], step))
    return laws


def lag(step: float) -> float:
    """max over n of W2(μ_n, μ(nε))/W2(0), normal laws in R³, the flow in closed form."""
    flow, start = BuresFlow(normal_law(3, 2)), normal_law(3, 1)
    laws = normal_steps(step, round(2 / step))
    return max(frechet(law, flow.solution(start, k * step)) for k, law in enumerate(laws) if k) / frechet(start, flow.real)


def expected_lag(step: float) -> float:
    """max over n of |e^{−nε} − (1 − ε)^n|."""
    k = np.arange(1, round(2 / step) + 1)
    return float(np.abs(np.exp(-k * step) - (1 - step) ** k).max())


def lag_in_first_order() -> sp.Expr:
    """The coefficient of ε in e^{−t} − (1 − ε)^{t/ε}, by expanding the logarithm."""
    exponent = sp.series(sp.log(1 - eps) / eps, eps, 0, 3).removeO() * t
    return sp.diff(sp.exp(-t) - sp.exp(exponent), eps).subs(eps, 0)


def worst_time() -> sp.Expr:
    """Where t e^{−t}/2 is stationary."""
    return sp.solve(sp.diff(t * sp.exp(-t) / 2, t), t)[0]


def proximal_share() -> sp.Expr:
    """b/(a + b) at the minimum of ½a² + b²/2τ over a + b = W2_n: what is left of the geodesic is a, what is walked b."""
    total = sp.Symbol("W", positive=True)
    least = sp.solve(sp.diff((total - back) ** 2 / 2 + back**2 / (2 * tau), back), back)[0]
    return sp.simplify(least / total)


def proximal_by_multiplier() -> sp.Expr:
    """The same from ½a² + b²/2τ − ℓ(a + b): a = ℓ, b = τℓ."""
    ell = sp.Symbol("ell", positive=True)
    lagrangian = there**2 / 2 + back**2 / (2 * tau) - ell * (there + back)
    found = sp.solve([sp.diff(lagrangian, z) for z in (there, back)], (there, back), dict=True)[0]
    return sp.cancel(found[back] / (found[there] + found[back]))


def minimised(step: float) -> np.ndarray:
    """argmin ½W2²(·, data) + W2²(·, now)/2τ over means and lower factors in R², by quasi-Newton steps."""
    now, data = normal_law(2, 5), normal_law(2, 6)

    def law(z: np.ndarray) -> Gaussian:
        L = np.array([[z[2], 0], [z[3], z[4]]])
        return Gaussian(torch.from_numpy(z[:2].copy()), torch.from_numpy(L @ L.T))

    def objective(z: np.ndarray) -> float:
        return gaussian_wasserstein(law(z), data) ** 2 / 2 + gaussian_wasserstein(law(z), now) ** 2 / (2 * step)

    guess = np.concatenate([now.mean.numpy(), np.linalg.cholesky(now.covariance.numpy())[np.tril_indices(2)]])
    found = law(minimize(objective, guess, method="BFGS", options={"gtol": 1e-7, "xrtol": 1e-9}).x)
    return np.concatenate([found.mean.numpy(), found.covariance.numpy().ravel()])


def pushed(step: float) -> np.ndarray:
    """The geodesic at τ/(1 + τ), by the flow's own map."""
    law = BuresFlow(normal_law(2, 6)).pushed(normal_law(2, 5), step / (1 + step))
    return np.concatenate([law.mean.numpy(), law.covariance.numpy().ravel()])


EULER = Claim(
    name="w2-euler",
    says="Euler's method for the flow of ½W2² stays on the geodesic: W2 after n steps ε ≤ 1 is (1 − ε)^n W2(0), exactly.",
    equation=r"W_2(\mu_n, \mu_d) = (1-\epsilon)^n\, W_2(\mu_0, \mu_d)",
    source="huang2024generative, the Euler scheme",
    proof=(
        Step("a step takes the point s of the geodesic to (1 − ε)s (d = 2)", next_step, lambda: list(path((1 - eps) * share))),
        Step(
            "there the squared distance is s² times the first",
            lambda: ((A - path(share)) * S * (A - path(share))).trace(),
            lambda: share**2 * ((A - EYE) * S * (A - EYE)).trace(),
        ),
    ),
    witness=Agreement(
        (
            *(
                Step(f"{k} steps {h} in R^{d}", partial(euler_distances, h, k, d), partial(geometric, h, k, d), Rivals(1e-10))
                for h, k, d in ((0.1, 6, 2), (0.3, 5, 3), (0.75, 4, 1))
            ),
            Step(
                "normal laws in R³, 5 steps 0.3",
                lambda: [frechet(law, normal_law(3, 2)) for law in normal_steps(0.3, 5)[1:]],
                lambda: [0.7**k * frechet(normal_law(3, 1), normal_law(3, 2)) for k in range(1, 6)],
                Rivals(1e-10),
            ),
        )
    ),
)

LAG = Claim(
    name="w2-euler-against-flow",
    says="Euler and flow differ by W2(μ_n, μ(nε)) = |e^{−nε} − (1 − ε)^n| W2(0), at most about ε/2e: order 1, for all times.",
    equation=r"W_2(\mu_n, \mu_{n\epsilon}) = |e^{-n\epsilon} - (1-\epsilon)^n|\, W_2(\mu_0, \mu_d) "
    r"\le \frac{\epsilon}{2e} W_2(\mu_0, \mu_d) + O(\epsilon^2)",
    source="huang2024generative, the Euler scheme",
    proof=(
        Step(
            "two points of the geodesic: the overlap (d = 2)",
            squared_overlap,
            lambda: (path(u) * S * path(v)).trace() ** 2,
        ),
        Step("the difference in first order of ε at time t", lag_in_first_order, lambda: t * sp.exp(-t) / 2),
        Step("is largest at t = 1", worst_time, lambda: sp.S.One),
    ),
    witness=(
        Agreement(
            tuple(
                Step(f"the largest difference at ε = {h}", partial(lag, h), partial(expected_lag, h), Rivals(1e-9))
                for h in (0.3, 0.1)
            )
        ),
        Convergence(lag, (1 / 4, 1 / 8, 1 / 16, 1 / 32), 1, 7e-3, (1 / 64,), size="step $\\epsilon$", quantity="$W_2$ lag"),
    ),
)

IMPLICIT = Claim(
    name="w2-implicit-euler",
    says="The implicit step argmin ½W2²(μ, μ_d) + W2²(μ, μ_n)/2τ is the geodesic at τ/(1 + τ): W2 shrinks by 1/(1 + τ).",
    equation=r"W_2(\mu_{n+1}, \mu_d) = \frac{1}{1+\tau} W_2(\mu_n, \mu_d)",
    source="ambrosio2008gradient, chapter 4",
    proof=(
        Step("the least ½a² + b²/2τ with a + b ≥ W2_n, the triangle inequality", proximal_share, lambda: tau / (1 + tau)),
        Step("the same with a multiplier", proximal_by_multiplier, lambda: tau / (1 + tau)),
    ),
    witness=Agreement(
        tuple(
            Step(f"least over normal laws in R², τ = {step}", partial(minimised, step), partial(pushed, step), Rivals(1e-5))
            for step in (0.5, 2.0)
        )
    ),
)
