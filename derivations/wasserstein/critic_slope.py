"""A critic under a gradient penalty is steeper than a Kantorovich potential: slopes, values, and the flow it induces."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.optimize import minimize
from torch import nn

from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.discriminators import GradientDescent, Network, NeuralField
from gantheory.flows import CriticFlow
from gantheory.integration import euler, integrate
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, nu, p, q

lam, gap, excess = sp.symbols("lambda Delta e", positive=True)  # λ, the distance of the translation, |w| − 1
t = sp.Symbol("t", nonnegative=True)
w = sp.Symbol("w", positive=True)
GP = GradientPenalty(over=nu, centre=1)
LP = GradientPenalty(over=nu, centre=1, one_sided=True)
R1 = GradientPenalty(over=p)
WEIGHT = 0.8


def linear_critic(penalty: GradientPenalty, slope: sp.Expr = w) -> sp.Expr:
    """J of D = slope · x between a law at 0 (fakes) and its translation by Δ (data), from the Lagrangian."""
    (x,) = coordinates(1)
    L = sp.expand(Objective(WASSERSTEIN, lam * penalty).lagrangian(slope * x, p, q, (x,), nu).doit())
    return L.coeff(p).subs(x, gap) + L.coeff(q).subs(x, 0) + L.coeff(nu)


def stationary(penalty: GradientPenalty) -> list[sp.Expr]:
    """The slopes above 1 at which J is stationary: SymPy's solutions, one-sided penalties written with |w| − 1 > 0."""
    slope = 1 + excess
    J = linear_critic(penalty).subs(w, slope)
    return [slope.subs(excess, root) for root in sp.solve(sp.diff(J, excess), excess)]


def value(penalty: GradientPenalty, slope: sp.Expr) -> sp.Expr:
    """−J at the slope."""
    return sp.expand(-linear_critic(penalty).subs(w, slope))


def hessian(dim: int) -> list[sp.Expr]:
    """λ(|w| − 1)² − Δ w₁ at w = (1 + Δ/2λ) e₁ of R^d: its second derivatives, on the diagonal."""
    parts = sp.symbols(f"w1:{dim + 1}", real=True)
    J = lam * (sp.sqrt(sum(part**2 for part in parts)) - 1) ** 2 - gap * parts[0]
    there = {part: (1 + gap / (2 * lam) if i == 0 else 0) for i, part in enumerate(parts)}
    return [sp.factor(sp.diff(J, part, 2).subs(there)) for part in parts]


SHIFT = np.array([1.1, -0.8, 0.6])


def translated(dim: int) -> tuple[Empirical, Empirical, float]:
    """13 weighted points and their translation by SHIFT, and its length."""
    rng = np.random.default_rng(dim)
    points, weights = rng.normal(size=(13, dim)), torch.from_numpy(rng.random(13))
    shift = SHIFT[:dim]
    moved = Empirical(torch.from_numpy(points + shift), weights)
    return moved, Empirical(torch.from_numpy(points), weights), float(np.linalg.norm(shift))


def trained(penalty: GradientPenalty, dim: int) -> NeuralField:
    """A linear critic by gradient descent of rate 1/2λ, which is Newton's method along w."""
    module = nn.Linear(dim, 1, bias=False).double()
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[2.0, 0.3, -0.2]])[:, :dim])
    real, fake, _ = translated(dim)
    network = Network(module, 80, GradientDescent(1 / (2 * WEIGHT)))
    return network.solve(Objective(WASSERSTEIN, WEIGHT * penalty), real, fake)


def slope_of(penalty: GradientPenalty, dim: int) -> np.ndarray:
    """w of the trained critic."""
    return trained(penalty, dim).parameters[0][0].numpy()


def by_formula(centre: float, dim: int) -> np.ndarray:
    """(centre + Δ/2λ) times the direction of the shift."""
    shift = SHIFT[:dim]
    size = float(np.linalg.norm(shift))
    return (centre + size / (2 * WEIGHT)) * shift / size


def trained_value(penalty: GradientPenalty, dim: int) -> float:
    """−J of the trained critic."""
    return -trained(penalty, dim).stats["objective"]


def value_by_formula(dim: int) -> float:
    """Δ + Δ²/4λ."""
    size = translated(dim)[2]
    return size + size**2 / (4 * WEIGHT)


def by_scipy(dim: int) -> np.ndarray:
    """The minimiser of λ(|w| − 1)² − w·shift, by quasi-Newton steps in NumPy."""
    shift = SHIFT[:dim]
    return minimize(lambda z: WEIGHT * (np.linalg.norm(z) - 1) ** 2 - z @ shift, np.full(dim, 0.9), tol=1e-12).x


def moved_gaps(penalty: GradientPenalty, step: float, end: float = 1.2) -> np.ndarray:
    """Distances of the means after each step of Euler, the critic trained before each."""
    real, fake, _ = translated(1)
    flow = CriticFlow(Objective(WASSERSTEIN, WEIGHT * penalty), real, Network(unit(), 1, GradientDescent(1 / (2 * WEIGHT))))
    count = round(end / step)
    times = step * torch.arange(count + 1, dtype=torch.float64)
    # particles of equal weight: the points themselves, whose mean is not the weighted one
    path = torch.as_tensor(integrate(flow, fake.points, times, method=euler(1.5 * step)).x)
    return (real.mean - path.mean(1))[:, 0].numpy()


def unit() -> nn.Module:
    """D(x) = x."""
    module = nn.Linear(1, 1, bias=False).double()
    nn.init.ones_(module.weight)
    return module


def lag(step: float) -> float:
    """|Δ_n − ((Δ_0 + 2λ) e^{−t/2λ} − 2λ)|/Δ_0 at t = 1.2."""
    found = moved_gaps(GP, step)
    exact = (found[0] + 2 * WEIGHT) * np.exp(-1.2 / (2 * WEIGHT)) - 2 * WEIGHT
    return abs(found[-1] - exact) / found[0]


def decaying(step: float) -> np.ndarray:
    """(1 − h/2λ)^n Δ_0 of an R1 critic."""
    start = moved_gaps(R1, step)[0]
    return start * (1 - step / (2 * WEIGHT)) ** np.arange(round(1.2 / step) + 1)


FLOWED = (gap + 2 * lam) * sp.exp(-t / (2 * lam)) - 2 * lam

SLOPE = Claim(
    name="gp-critic-slope",
    says="Between a law and its translation by Δ a linear critic of WGAN-GP has slope 1 + Δ/2λ, not 1.",
    equation=r"\arg\min_w \; \lambda(|w| - 1)^2 - \langle w, c\rangle = \left(1 + \frac{|c|}{2\lambda}\right)\frac{c}{|c|}",
    source="gulrajani2017improved, equation 3",
    proof=(
        Step("the stationary slope above 1", partial(stationary, GP), lambda: [1 + gap / (2 * lam)]),
        Step(
            "it is a minimum in R³: curvature 2λ along c, 2λΔ/(2λ + Δ) across",
            partial(hessian, 3),
            lambda: [2 * lam, 2 * lam * gap / (2 * lam + gap), 2 * lam * gap / (2 * lam + gap)],
        ),
    ),
    witness=Agreement(
        (
            *(
                Step(f"n = {d}: a trained network", partial(slope_of, GP, d), partial(by_formula, 1, d), Rivals(1e-10))
                for d in (1, 2, 3)
            ),
            Step("n = 3: quasi-Newton steps of SciPy", partial(by_scipy, 3), partial(by_formula, 1, 3), Rivals(1e-6)),
        )
    ),
)

ONE_SIDED = Claim(
    name="lp-critic-slope",
    says="The one-sided penalty (|∇D| − 1)₊² does not change it: the slope is 1 + Δ/2λ as well.",
    equation=r"\arg\min_w \; \lambda(|w| - 1)_+^2 - \langle w, c\rangle = \left(1 + \frac{|c|}{2\lambda}\right)\frac{c}{|c|}",
    source="petzka2018regularization, the penalty of WGAN-LP",
    proof=(Step("the stationary slope above 1", partial(stationary, LP), lambda: [1 + gap / (2 * lam)]),),
    witness=Agreement(
        tuple(
            Step(f"n = {d}: a trained network", partial(slope_of, LP, d), partial(by_formula, 1, d), Rivals(1e-10))
            for d in (1, 3)
        )
    ),
)

VALUE = Claim(
    name="gp-critic-value",
    says="Its value is Δ + Δ²/4λ: as an estimate of W1 = Δ it is too large by Δ²/4λ.",
    equation=r"-\min_w J = \Delta + \frac{\Delta^2}{4\lambda} > W_1 = \Delta",
    source="gulrajani2017improved, equation 3",
    proof=(
        Step(
            "−J at the optimal slope",
            partial(value, GP, 1 + gap / (2 * lam)),
            lambda: gap + gap**2 / (4 * lam),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"n = {d}, {name}: the objective of a trained network",
                partial(trained_value, penalty, d),
                partial(value_by_formula, d),
                Rivals(1e-10),
            )
            for d, name, penalty in ((1, "WGAN-GP", GP), (3, "WGAN-LP", LP))
        )
    ),
)

FLOW = Claim(
    name="gp-critic-flow",
    says="Particles that follow it arrive early: Δ(t) = (Δ_0 + 2λ) e^{−t/2λ} − 2λ, where the W1 flow has Δ_0 − t.",
    equation=r"\dot\Delta = -\left(1 + \frac{\Delta}{2\lambda}\right), \quad \Delta(t)"
    r" = (\Delta_0 + 2\lambda)e^{-t/2\lambda} - 2\lambda",
    source="malik2024differential, the flow with the critic of WGAN-GP",
    proof=(
        Step(
            "its derivative is minus the slope",
            lambda: sp.diff(FLOWED, t),
            lambda: -stationary(GP)[0].subs(gap, FLOWED),
        ),
        Step(
            "it vanishes at 2λ log(1 + Δ_0/2λ)",
            lambda: sp.solve(FLOWED, t),
            lambda: [2 * lam * sp.log(1 + gap / (2 * lam))],
        ),
    ),
    witness=Convergence(lag, (0.1, 0.05, 0.025, 0.0125), 1, 1e-2, (0.00625,), size="step $h$", quantity="relative error of Δ"),
)

ZERO_CENTRED = Claim(
    name="r1-critic-flow",
    says="A critic under R1 has slope Δ/2λ, so that its particles never arrive: Δ(t) = Δ_0 e^{−t/2λ}.",
    equation=r"\arg\min_w \; \lambda |w|^2 - \langle w, c\rangle ="
    r" \frac{c}{2\lambda}, \quad \Delta(t) = \Delta_0 e^{-t/2\lambda}",
    source="mescheder2018which, the penalty R1",
    proof=(
        Step(
            "the stationary slope",
            lambda: sp.solve(sp.diff(linear_critic(R1), w), w),
            lambda: [gap / (2 * lam)],
        ),
        Step(
            "the solution of Δ′ = −Δ/2λ",
            lambda: sp.diff(gap * sp.exp(-t / (2 * lam)), t),
            lambda: -sp.solve(sp.diff(linear_critic(R1), w), w)[0].subs(gap, gap * sp.exp(-t / (2 * lam))),
        ),
    ),
    witness=Agreement(
        (
            *(
                Step(f"n = {d}: a trained network", partial(slope_of, R1, d), partial(by_formula, 0, d), Rivals(1e-10))
                for d in (1, 3)
            ),
            Step("a CriticFlow by Euler, step 0.1", partial(moved_gaps, R1, 0.1), partial(decaying, 0.1), Rivals(1e-10)),
        )
    ),
)
