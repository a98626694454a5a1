"""A cost of the density ratio, differentiated with the ratio frozen: it converges only where −f(e^d) increases."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad, solve_ivp
from scipy.stats import norm
from torch.distributions import Normal, kl_divergence

from derivations.wasserstein.monoflow_table import by_hand, d, dp, dq, tensor
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import AffineMonoFlow
from gantheory.integration import integrate, rk4
from gantheory.measures import Gaussian
from gantheory.symbolic import p, q, r

MEAN, DEVIATION = 0.3, 0.8
FIRST = (1.1, 1.0)  # mean and deviation of the first law
REAL = Gaussian(tensor([MEAN]), tensor([[DEVIATION**2]]))
START = (tensor(FIRST[:1]), tensor([FIRST[1:]]))
HORIZON = 12.0


def frozen_gradient(f: sp.Expr) -> sp.Expr:
    """−∇ f(p/q) by the chain rule: what a particle does that minimises E_q[f(r)] with the ratio r frozen."""
    cost = f.subs(r, p / q)
    return -sp.factor(sp.diff(cost, p)) * dp - sp.factor(sp.diff(cost, q)) * dq


def kl(b: torch.Tensor, A: torch.Tensor) -> torch.Tensor:
    """KL of the generated law to the data, by torch."""
    return kl_divergence(Normal(b[0], A[0, 0].abs()), Normal(REAL.mean[0], tensor(DEVIATION)))


def rate(f: sp.Expr) -> float:
    """dKL/dt at the start: autograd of KL along the package's flow."""
    flow = AffineMonoFlow(sp.simplify(-r * sp.diff(f, r)), REAL)
    leaves = tuple(part.clone().requires_grad_() for part in START)
    slopes = torch.autograd.grad(kl(*leaves), leaves)
    return float(sum((g * v).sum() for g, v in zip(slopes, flow(tensor(0.0), START), strict=True)))


def expected_rate(slope: sp.Expr) -> float:
    """−E_q[h′(log r) |∇ log r|²] by SciPy."""
    weight = sp.lambdify(d, slope, "numpy")

    def at(x: float) -> float:
        ratio = norm.logpdf(x, MEAN, DEVIATION) - norm.logpdf(x, *FIRST)
        pull = (x - FIRST[0]) / FIRST[1] ** 2 - (x - MEAN) / DEVIATION**2
        return float(-norm.pdf(x, *FIRST) * weight(ratio) * pull**2)

    return quad(at, -12, 12, epsabs=1e-11, limit=200)[0]


def arrived(f: sp.Expr) -> list[float]:
    """(s²/s₁², 1 + |m − m₁|) at the horizon."""
    flow = AffineMonoFlow(sp.simplify(-r * sp.diff(f, r)), REAL)
    law = flow.law(integrate(flow, START, [0, HORIZON], method=rk4(0.2)).final)  # type: ignore[arg-type]
    return [float(law.covariance) / DEVIATION**2, 1 + abs(float(law.mean) - MEAN)]


@cache
def state_at(f: sp.Expr, time: float) -> tuple[float, ...]:
    """(b, A) by the package's flow, shortly before the spread A collapses."""
    end = integrate(AffineMonoFlow(sp.simplify(-r * sp.diff(f, r)), REAL), START, [0, time], method=rk4(time / 25)).final
    return tuple(float(part) for part in end)


def state_by_scipy(slope: sp.Expr, time: float) -> list[float]:
    """The same by SciPy's integrator, the mean forces by a plain sum over a grid."""
    x, weight = np.linspace(-6, 6, 601), sp.lambdify(d, slope, "numpy")
    u = (x - MEAN) / DEVIATION

    def velocity(t: float, state: np.ndarray) -> list[float]:
        z = (x - state[0]) / state[1]
        ratio = (z**2 - u**2) / 2 + np.log(state[1] / DEVIATION)
        moved = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * weight(ratio) * (z / state[1] - u / DEVIATION)
        return [moved.sum() * 0.02 / state[1], (moved * z).sum() * 0.02 / state[1]]

    return list(solve_ivp(velocity, (0, time), FIRST, method="DOP853", rtol=1e-7, atol=1e-9).y[:, -1])


def left_behind(f: sp.Expr, time: float) -> float:
    """1 where W2 to the data exceeds what it was at first, else 0."""
    distances = [np.hypot(b - MEAN, abs(A) - DEVIATION) for b, A in (FIRST, state_at(f, time))]
    return float(distances[1] > distances[0])


def detached(name: str, f: sp.Expr, slope: sp.Expr, below: sp.Expr | None = None, time: float = HORIZON) -> Claim:
    """The claim for the cost f: h′ = slope typed by hand; below: its negative value at r = 4, None where h′ > 0.

    time: when the state is looked at, for a negative h′ shortly before the spread A collapses and the velocity blows up.
    """
    shown = sp.sstr(f).replace("**", "^")
    end = "h′ > 0 and it reaches the data" if below is None else "h′ < 0 for some r, and it leaves the data for good"
    if below is None:
        sign = Step(
            "at r = 1 the force is −f′(1), which is positive", lambda: slope.subs(d, 0), lambda: -sp.diff(f, r).subs(r, 1)
        )
        outcome: tuple[Step, ...] = (
            Step("s²/s₁² and 1 + |m − m₁| at the horizon", partial(arrived, f), lambda: [1.0, 1.0], Rivals(9e-4)),
        )
    else:
        sign = Step("at r = 4 the force is negative", lambda: (-r * sp.diff(f, r)).subs(r, 4), lambda: below)
        routes = partial(state_at, f, time), partial(state_by_scipy, slope, time)
        outcome = (
            Step(f"mean and spread at t = {time:g}, by SciPy", *routes, Rivals(1e-5)),
            Step("1 where W2 to the data has grown by then", partial(left_behind, f, time), lambda: 1.0, Rivals(1e-9)),
        )
    return Claim(
        name=f"monoflow-detached-{name}",
        says=f"With the ratio r frozen the cost f = {shown} moves particles with h′(d) = −df(e^d)/dd: {end}.",
        equation=rf"f(r) = {sp.latex(f)}, \qquad \dot x = -\nabla f(r(x)) = h'(\log r)\,\nabla \log r, \qquad "
        rf"h'(d) = -\frac{{d}}{{dd}} f(e^d) = {sp.latex(slope)}",
        source="yi2023monoflow, section 4.3",
        proof=(Step("−∇f(p/q) by the chain rule", partial(frozen_gradient, f), partial(by_hand, slope)), sign),
        witness=Agreement(
            (
                Step("dKL/dt at the start", partial(rate, f), partial(expected_rate, slope), Rivals(1e-6)),
                *outcome,
            )
        ),
    )


e = sp.exp(d)
_js = r * sp.log(r) - (r + 1) * sp.log((r + 1) / 2)
COSTS = (
    detached("reverse-kl", -sp.log(r), sp.S.One),
    detached("non-saturating", sp.log(1 + 1 / r), 1 / (1 + e)),
    detached("vanilla", -sp.log(1 + r), e / (1 + e)),
    detached("power", -(r ** sp.Rational(3, 2)), sp.Rational(3, 2) * e ** sp.Rational(3, 2)),
    detached("forward-kl", r * sp.log(r), -e * (1 + d), -4 * (1 + 2 * sp.log(2)), 0.12),
    detached("pearson", (r - 1) ** 2, -2 * e * (e - 1), sp.Integer(-24), 0.07),
    detached("hellinger", (sp.sqrt(r) - 1) ** 2, -sp.exp(d / 2) * (sp.exp(d / 2) - 1), sp.Integer(-2), 0.65),
    detached("jensen-shannon", _js, -e * (d - sp.log((1 + e) / 2)), -4 * sp.log(sp.Rational(8, 5)), 0.7),
)
