"""Gap, penalty and multiplier of a Wasserstein critic on the line are one MMD², in numbers by three routes."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.stats import norm

from gantheory import gradient
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GaussianOracle, solve
from gantheory.lowering import lower
from gantheory.measures import Gaussian
from gantheory.objectives import WASSERSTEIN, Dual, GradientPenalty, Objective, Space
from gantheory.objectives.dual import MMD, budget
from gantheory.symbolic import fundamental_solution, r

lam = sp.Symbol("lambda", positive=True)
WEIGHT, BUDGET = 0.35, 2.3
LAWS = {1: ((0.2, 0.7), (-0.5, 1.1)), 2: ((0.3, 0.7), (0.3, 1.1))}  # (mean, deviation); for m = 2 the means match
REACH = 14.0


def primitive(order: int, x: float) -> float:
    """The m-th primitive of p − q that vanishes at ±∞: F_p − F_q, or ∫_{−∞}^x (F_p − F_q)."""
    total = 0.0
    for sign, (m, s) in zip((1, -1), LAWS[order], strict=True):
        law = norm(m, s)
        total += sign * (law.cdf(x) if order == 1 else (x - m) * law.cdf(x) + s**2 * law.pdf(x))
    return float(total)


def penalty_of_primitives(order: int) -> float:
    """∫|D^{(m)}|², for 2λ(−1)^m D^{(2m)} = p − q gives D^{(m)} = (−1)^m (m-th primitive of p − q)/2λ."""
    return float(quad(lambda x: primitive(order, x) ** 2, -REACH, REACH, epsabs=1e-13)[0]) / (4 * WEIGHT**2)


def squared_norm(order: int) -> float:
    """MMD² = ∬ G(|x−y|) (p−q)(dx) (p−q)(dy), by the normal law of X − Y and the toolkit's G."""
    profile = lower(fundamental_solution(order, 1), r)

    def mean(a: tuple[float, float], b: tuple[float, float]) -> float:
        law = norm(a[0] - b[0], np.hypot(a[1], b[1]))

        def integrand(z: float) -> float:
            return float(law.pdf(z)) * float(profile(torch.tensor(abs(z), dtype=torch.float64)))

        return float(sum(quad(integrand, *ends, epsabs=1e-13)[0] for ends in ((-REACH, 0), (0, REACH))))

    real, fake = LAWS[order]
    return mean(real, real) - 2 * mean(real, fake) + mean(fake, fake)


def in_numbers(order: int, formula: sp.Expr) -> float:
    """A formula of the dual in numbers."""
    return float(formula.subs({MMD: sp.sqrt(squared_norm(order)), lam: WEIGHT, budget: BUDGET}))


def at_the_multiplier() -> sp.Expr:
    """The penalty at λ*."""
    penalty, best = dual(2).penalty, dual(2).multiplier
    return sp.S.NaN if penalty is None else penalty.subs(lam, best)


def dual(order: int) -> Dual:
    """Of λ∫|∇^m D|² in R³, whose formulas hold in every dimension."""
    return Dual(Objective(WASSERSTEIN, lam * GradientPenalty(order)), Space(3))


def of_dual(order: int, name: str) -> float:
    """The dual's formula of that name, in numbers."""
    return in_numbers(order, getattr(dual(order), name))


def critic(order: int, weight: float) -> tuple:
    """The exact D between the two Gaussians, and the Gaussians."""
    sides = [
        Gaussian(torch.tensor([m], dtype=torch.float64), torch.tensor([[s**2]], dtype=torch.float64)) for m, s in LAWS[order]
    ]
    return solve(Objective(WASSERSTEIN, weight * GradientPenalty(order)), *sides, solver=GaussianOracle()), LAWS[order]


def gap_of_critic(order: int) -> float:
    """E_p D − E_q D by Gauss–Hermite quadrature of the exact D."""
    D, laws = critic(order, WEIGHT)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    means = [weights @ D(torch.from_numpy(m + s * nodes)[:, None]).numpy() / weights.sum() for m, s in laws]
    return float(means[0] - means[1])


def penalty_at_the_multiplier() -> float:
    """∫|D′|² of the exact D whose weight is λ* = MMD/2√c."""
    D, _ = critic(1, in_numbers(1, dual(1).multiplier))
    x, step = np.linspace(-REACH, REACH, 4001, retstep=True)
    return float((gradient(D, torch.from_numpy(x)[:, None]).numpy() ** 2).sum() * step)


IDENTITIES = Claim(
    name="penalty-gap-and-multiplier",
    says=(
        "On the line ∫|D^{(m)}|² = MMD²/4λ² and E_p D − E_q D = MMD²/2λ, for m = 1, and for m = 2 with matched means; "
        "with λ* = MMD/2√c the penalty is c."
    ),
    equation=r"\int |D^{(m)}|^2\,dx = \frac{\mathrm{MMD}^2}{4\lambda^2},\qquad "
    r"\mathbb{E}_p D - \mathbb{E}_q D = \frac{\mathrm{MMD}^2}{2\lambda},\qquad \lambda^* = \frac{\mathrm{MMD}}{2\sqrt c}",
    source="asokan2023data, section 3; derived",
    proof=(
        Step("the gap is 2λ times the penalty", lambda: dual(2).gap, lambda: 2 * lam * dual(2).penalty),
        Step("the penalty at λ* is c", at_the_multiplier, lambda: budget),
    ),
    witness=Agreement(
        (
            *(
                Step(
                    f"m = {m}: the penalty, by primitives of p − q against the kernel's energy",
                    partial(penalty_of_primitives, m),
                    partial(of_dual, m, "penalty"),
                    Rivals(1e-10),
                )
                for m in LAWS
            ),
            *(
                Step(
                    f"m = {m}: the gap, of the exact critic against the kernel's energy",
                    partial(gap_of_critic, m),
                    partial(of_dual, m, "gap"),
                    Rivals(1e-8),
                )
                for m in LAWS
            ),
            Step("m = 1: the penalty at λ* is the budget", penalty_at_the_multiplier, lambda: BUDGET, Rivals(1e-10)),
        )
    ),
)
