"""The table of MonoFlow: each f-divergence, its first variation by brute force, and the force that moves the particles."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from torch.distributions import MultivariateNormal

from gantheory import objectives
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import MonoFlow
from gantheory.lowering import lower
from gantheory.measures import Gaussian, Mixture
from gantheory.objectives import Divergence, Loss, alpha_divergence, least_squares, shifted_force
from gantheory.symbolic import p, q, r, y

d = sp.Symbol("d", real=True)
a = sp.Symbol("a", positive=True)
k = sp.Symbol("k", positive=True)  # e^C, C a shift of logits
dp, dq = sp.symbols("p' q'", real=True)  # the gradients of the densities, along any direction


def brute_force(f: sp.Expr) -> sp.Expr:
    """−∇ of ∂/∂q (q f(p/q)) by the chain rule: the velocity of the gradient flow."""
    variation = sp.diff(q * f.subs(r, p / q), q)
    return -sp.factor(sp.diff(variation, p)) * dp - sp.factor(sp.diff(variation, q)) * dq


def by_hand(slope: sp.Expr) -> sp.Expr:
    """h′(log r) ∇ log r."""
    return slope.subs(d, sp.log(p) - sp.log(q)) * (dp / p - dq / q)


def tensor(values: object) -> torch.Tensor:
    """In float64."""
    return torch.as_tensor(np.array(values), dtype=torch.float64)


REAL = Gaussian(tensor([0.2, -0.4]), tensor([[1.0, 0.3], [0.3, 0.7]]))
FAKE = Mixture(
    tensor([0.35, 0.65]),
    (
        Gaussian(tensor([-0.5, 0.3]), tensor([[0.9, -0.2], [-0.2, 1.1]])),
        Gaussian(tensor([1.0, 0.1]), 0.8 * torch.eye(2).double()),
    ),
)
POINTS = tensor(np.random.default_rng(2).normal(0.0, 1.0, (9, 2)))


def velocity(force: Divergence | sp.Expr) -> np.ndarray:
    """MonoFlow between the Gaussian and the mixture."""
    return MonoFlow(force, REAL).velocity(POINTS, FAKE).numpy()


def log_ratio_of(points: torch.Tensor) -> torch.Tensor:
    """log p − log q by torch.distributions."""
    parts = [MultivariateNormal(c.mean, c.covariance).log_prob(points) + w.log() for w, c in zip(*_mixture(), strict=True)]
    return MultivariateNormal(REAL.mean, REAL.covariance).log_prob(points) - torch.logaddexp(*parts)


def _mixture() -> tuple[torch.Tensor, tuple[Gaussian, ...]]:
    return FAKE.weights, FAKE.components


def by_autograd(f: sp.Expr) -> np.ndarray:
    """−∇(f(r) − r f′(r)), both derivatives by autograd of f alone; r f′ = df/d log r."""
    points = POINTS.clone().requires_grad_()
    ratio = log_ratio_of(points)
    value = lower(f.subs(r, sp.exp(d)), d)(ratio)
    (slope,) = torch.autograd.grad(value.sum(), ratio, create_graph=True)
    (pull,) = torch.autograd.grad((value - slope).sum(), points)
    return -pull.numpy()


def climbed(h: sp.Expr) -> np.ndarray:
    """∇ h(log r) by autograd."""
    points = POINTS.clone().requires_grad_()
    (slope,) = torch.autograd.grad(lower(h, d)(log_ratio_of(points)).sum(), points)
    return slope.numpy()


SMOOTH = Rivals(1e-10)  # densities by two libraries, two derivatives: roundoff of log-densities of size 10


def row(
    name: str, title: str, f: sp.Expr, divergence: Divergence, slope: sp.Expr, h: sp.Expr, at: dict[sp.Symbol, sp.Expr]
) -> Claim:
    """The claim for f with h′ = slope, both typed by hand; `at` gives numbers to free parameters in the witness."""
    number, shown = Divergence(divergence.generator.subs(at)), sp.sstr(slope).replace("**", "^")
    return Claim(
        name=f"monoflow-{name}",
        says=f"The gradient flow of {title} is ẋ = h′(log r) ∇ log r, r = p/q, with h′(d) = {shown}.",
        equation=rf"f(r) = {sp.latex(f)}, \qquad h'(d) = r^2 f''(r) = {sp.latex(slope)}, \qquad d = \log r",
        source="yi2023monoflow, flows of f-divergences",
        proof=(
            Step("−∇ of the first variation of ∫ q f(p/q), by brute force", partial(brute_force, f), partial(by_hand, slope)),
            Step("h′ is the derivative of h", partial(sp.diff, h, d), lambda: slope),
            Step("Divergence derives the same force", lambda: divergence.force, lambda: slope.subs(d, sp.log(r))),
        ),
        witness=Agreement(
            (
                Step("MonoFlow against autograd of f", partial(velocity, number), partial(by_autograd, f.subs(at)), SMOOTH),
                Step("and against autograd of h", partial(velocity, number), partial(climbed, h.subs(at)), SMOOTH),
            )
        ),
    )


e, half = sp.exp(d), sp.Rational(1, 2)
logistic, softplus = e / (1 + e), sp.log(1 + e)
_js = r * sp.log(r) - (r + 1) * sp.log((r + 1) / 2)
_alpha = (r**a - 1 - a * (r - 1)) / (a * (a - 1))

ROWS = (
    row("reverse-kl", "KL(q‖p)", -sp.log(r), objectives.REVERSE_KL, sp.S.One, d, {}),
    row("forward-kl", "KL(p‖q)", r * sp.log(r), objectives.FORWARD_KL, e, e, {}),
    row("jensen-shannon", "2 JSD(p, q)", _js, objectives.JENSEN_SHANNON, logistic, softplus, {}),
    row(
        *("non-saturating", "KL(q‖p) − 2 JSD(p, q)", -sp.log(r) - _js, objectives.NON_SATURATING_DIVERGENCE),
        *(1 / (1 + e), -sp.log(1 + sp.exp(-d)), {}),
    ),
    row("pearson", "Pearson's χ²", (r - 1) ** 2, objectives.PEARSON, 2 * e**2, e**2, {}),
    row("neyman", "Neyman's χ²", (1 - r) ** 2 / r, objectives.NEYMAN, 2 / e, -2 / e, {}),
    row(
        *("hellinger", "Hellinger's distance ∫ (√p − √q)²", (sp.sqrt(r) - 1) ** 2, objectives.HELLINGER),
        *(sp.exp(d / 2) / 2, sp.exp(d / 2), {}),
    ),
    row("jeffreys", "Jeffreys' divergence", (r - 1) * sp.log(r), objectives.JEFFREYS, 1 + e, d + e, {}),
    row("alpha", "any α-divergence", _alpha, alpha_divergence(a), sp.exp(a * d), sp.exp(a * d) / a, {a: sp.Rational(3, 10)}),
)


def loss_row(
    name: str, title: str, loss: Loss, force: sp.Expr, slope: sp.Expr, h: sp.Expr, f: sp.Expr, at: dict[sp.Symbol, sp.Expr]
) -> Claim:
    """A loss that the table lists without a divergence: the force at its optimal D, and the f it belongs to after all."""
    number, shown = force.subs(at), sp.sstr(slope).replace("**", "^")
    return Claim(
        name=f"monoflow-{name}",
        says=f"{title} moves particles with h′(d) = {shown}: the gradient flow of D_f for the f shown.",
        equation=rf"h'(d) = {sp.latex(slope)}, \qquad f(r) = {sp.latex(f)}",
        source="yi2023monoflow, generator losses",
        proof=(
            Step("−γ′(D*) dD*/d log r at the optimal D*", loss.force, lambda: slope.subs(d, sp.log(r))),
            Step("h′ is the derivative of h", partial(sp.diff, h, d), lambda: slope),
            Step("it is the gradient flow of f, by brute force", partial(brute_force, f), partial(by_hand, slope)),
            Step("the package's expression", lambda: force, lambda: slope.subs(d, sp.log(r))),
        ),
        witness=Agreement(
            (
                Step("MonoFlow against autograd of f", partial(velocity, number), partial(by_autograd, f.subs(at)), SMOOTH),
                Step("and against autograd of h", partial(velocity, number), partial(climbed, h.subs(at)), SMOOTH),
            )
        ),
    )


SHIFTED = Loss(real=sp.log(1 + sp.exp(-y)), fake=sp.log(1 + sp.exp(y)), generator=-sp.log(1 + k * sp.exp(y)))

LOSSES = (
    loss_row(
        *("least-squares", "Least squares with labels 0 and 1", least_squares(0, 1), objectives.LEAST_SQUARES_FORCE),
        *(e / (1 + e) ** 3, -1 / (2 * (1 + e) ** 2)),
        *(r * sp.log(2 * r / (1 + r)) - 1 / (2 * (1 + r)) + sp.Rational(1, 4), {}),
    ),
    loss_row(
        *("shifted", "The saturating loss of logits raised by C = log k", SHIFTED, shifted_force(sp.log(k))),
        *(k * e / (1 + k * e), sp.log(1 + k * e)),
        *(k * r * sp.log(r) - (1 + k * r) * sp.log((1 + k * r) / (1 + k)), {k: sp.Integer(148)}),
    ),
)
