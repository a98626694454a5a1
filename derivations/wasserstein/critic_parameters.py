"""The flow of a generator's parameters is the gradient flow of its loss, the discriminator frozen."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.wasserstein.persistent_steps import cloud
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GreensFunction
from gantheory.flows import ParameterFlow, ParticleFlow
from gantheory.measures import Empirical
from gantheory.objectives import GradientPenalty, Loss, Objective
from gantheory.symbolic import y

a, b = sp.symbols("a b", real=True)
x = sp.Symbol("x", real=True)
k = sp.symbols("k1:3", real=True)
LATENTS, REAL = cloud(7, 2, 1) - 1.4, cloud(11, 1, 2)
WEIGHTS = np.arange(1.0, 8.0) / 28
LOSS = Loss(-y, y, generator=sp.exp(-y / 2))
PENALTY = 0.35


def discriminator(place: sp.Expr) -> sp.Expr:
    """A generic quadratic D."""
    return k[0] * place + k[1] * place**2


def samples() -> list[sp.Expr]:
    """G_θ at two latents, linear in nothing."""
    return [a * z + b * z**2 + a * b for z in sp.symbols("z1 z2", real=True)]


def pulled(generator: sp.Expr) -> list[sp.Expr]:
    """Σ_i w_i ∂y_i/∂θ · v(y_i), v = −γ′(D)D′, for two samples of the weights w, 1 − w."""
    w = sp.Symbol("w", positive=True)
    velocity = -sp.diff(generator, y).subs(y, discriminator(x)) * sp.diff(discriminator(x), x)
    pairs = list(zip((w, 1 - w), samples(), strict=True))
    return [sp.expand(sum(m * sp.diff(made, part) * velocity.subs(x, made) for m, made in pairs)) for part in (a, b)]


def descended(generator: sp.Expr) -> list[sp.Expr]:
    """−∇_θ Σ_i w_i γ(D(y_i))."""
    w = sp.Symbol("w", positive=True)
    loss = sum(m * generator.subs(y, discriminator(made)) for m, made in zip((w, 1 - w), samples(), strict=True))
    return [sp.expand(-sp.diff(loss, part)) for part in (a, b)]


def network() -> torch.nn.Module:
    """2-3-1 with tanh, its parameters generic."""
    made = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)).double()
    rng = np.random.default_rng(5)
    with torch.no_grad():
        for part in made.parameters():
            part.copy_(torch.from_numpy(rng.normal(size=tuple(part.shape))))
    return made


def flow(weighted: bool) -> np.ndarray:
    """θ̇ by ParameterFlow, D by GreensFunction on the line."""
    latents = torch.from_numpy(LATENTS)
    particles = ParticleFlow(Objective(LOSS, PENALTY * GradientPenalty(1)), Empirical(torch.from_numpy(REAL)), GreensFunction())
    held = ParameterFlow(network(), Weighted(particles) if weighted else particles, Empirical(latents, weights(weighted)))
    velocity = held(torch.zeros((), dtype=torch.float64), held.parameters)
    return np.concatenate([part.numpy().ravel() for part in velocity])


class Weighted:
    """(y, w) ↦ (the velocity of y as particles of equal weight, 0)."""

    def __init__(self, particles: ParticleFlow) -> None:
        self.particles = particles

    def __call__(self, t: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights rest."""
        return self.particles(t, state[0]), torch.zeros_like(state[1])


def weights(weighted: bool) -> torch.Tensor | None:
    """WEIGHTS, or none."""
    return torch.from_numpy(WEIGHTS) if weighted else None


def generated(theta: np.ndarray) -> np.ndarray:
    """The network's samples in NumPy."""
    W, c, V, e = theta[:6].reshape(3, 2), theta[6:9], theta[9:12], theta[12]
    return np.tanh(LATENTS @ W.T + c) @ V + e


def differences(weighted: bool) -> np.ndarray:
    """−∇_θ Σ w exp(−D(G_θ)/2) by central differences; D(x) = (1/4λ)(E_q|x − y| − E_p|x − y|) in NumPy, its fakes frozen."""
    theta = np.concatenate([part.detach().numpy().ravel() for part in network().parameters()])
    fakes, w = generated(theta), WEIGHTS if weighted else np.full(7, 1 / 7)

    def loss(place: np.ndarray) -> float:
        made = generated(place)
        gaps = [abs(made[:, None] - other[None, :]).mean(1) for other in (fakes, REAL[:, 0])]
        return float(w @ np.exp(-(gaps[0] - gaps[1]) / (4 * PENALTY) / 2))

    unit, h = np.eye(len(theta)), 1e-6
    return -np.array([loss(theta + h * e) - loss(theta - h * e) for e in unit]) / (2 * h)


GRADIENT = Claim(
    name="parameter-flow-gradient",
    says="Pulling the particles' velocities back to the parameters is the gradient flow of the generator's loss, D frozen.",
    equation=r"\dot\theta = \sum_i w_i J_\theta G_\theta(z_i)^T v(G_\theta(z_i)) ="
    r" -\nabla_\theta \sum_i w_i \gamma(D(G_\theta(z_i)))",
    source="franceschi2023unifying, the generator's flow",
    proof=tuple(
        Step(f"γ = {side}: two samples of unequal weight", partial(pulled, side), partial(descended, side))
        for side in (-y, (y - sp.Rational(1, 3)) ** 2 / 2)
    ),
    witness=Agreement(
        tuple(
            Step(
                f"a network, {name} weights: differences in NumPy",
                partial(flow, weighted),
                partial(differences, weighted),
                Rivals(1e-6),
            )
            for name, weighted in (("equal", False), ("unequal", True))
        )
    ),
)
