"""Adam does not see the size of a gradient: with K = 1 the step ε drops out of persistent training."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.wasserstein.persistent_steps import LATENTS, REAL, cloud, module
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import Adam
from gantheory.flows import Persistent, WassersteinFlow
from gantheory.measures import Empirical

Parts = tuple[torch.Tensor, ...]
eta, size = sp.symbols("eta c", positive=True)
first, second = sp.symbols("beta1 beta2", positive=True)
GRADIENTS = sp.symbols("g1:3", positive=True)
OPTIMISER = Adam(0.03, 0.6, 0.95, 1e-300)


def moves(factor: sp.Expr) -> list[sp.Expr]:
    """θ_k − θ_{k−1} of Adam without a guard, for the gradients c g₁, c g₂."""
    m, v, found = sp.S.Zero, sp.S.Zero, []
    for k, g in enumerate(GRADIENTS, 1):
        m, v = first * m + (1 - first) * factor * g, second * v + (1 - second) * (factor * g) ** 2
        hat, spread = sp.factor(m / (1 - first**k)), sp.factor(v / (1 - second**k))
        found.append(-eta * hat / sp.sqrt(spread))
    return found


def by_package(scale: float) -> np.ndarray:
    """Parameters after five steps of the package's Adam on the gradients times the scale."""
    theta: Parts = (torch.tensor([0.3, -0.7], dtype=torch.float64), torch.tensor([[1.1]], dtype=torch.float64))
    moments = OPTIMISER.moments(theta)
    for row in scale * cloud(5, 3, 7) - scale:
        gradient = (torch.from_numpy(row[:2]), torch.from_numpy(row[2:, None]))
        theta, moments = OPTIMISER.stepped(theta, gradient, moments)
    return np.concatenate([part.numpy().ravel() for part in theta])


def by_torch() -> np.ndarray:
    """The same by torch.optim.Adam, whose guard is 1e-30, on gradients of size 1."""
    theta = [torch.tensor([0.3, -0.7], dtype=torch.float64), torch.tensor([[1.1]], dtype=torch.float64)]
    optimiser = torch.optim.Adam(theta, 0.03, (0.6, 0.95), 1e-30)
    for row in cloud(5, 3, 7) - 1:
        theta[0].grad, theta[1].grad = torch.from_numpy(row[:2]), torch.from_numpy(row[2:, None])
        optimiser.step()
    return np.concatenate([part.numpy().ravel() for part in theta])


def trained(step: float, repeats: int = 1) -> np.ndarray:
    """A generator after three outer steps of W2-FE by Adam, K descents each."""
    flow = Persistent(module(), WassersteinFlow(2, Empirical(torch.from_numpy(REAL))), step, repeats, torch.from_numpy(LATENTS))
    theta, moments = flow.parameters, OPTIMISER.moments(flow.parameters)
    memory: Parts = ()
    time = torch.zeros((), dtype=torch.float64)
    for _ in range(3):
        frozen, memory = flow.freeze(time, theta, memory)
        for _ in range(repeats):
            theta, moments = OPTIMISER.stepped(theta, tuple(-part for part in frozen(time, theta)), moments)
    return np.concatenate([part.numpy().ravel() for part in theta])


def change(repeats: int) -> float:
    """1 + max |θ(ε = 0.9) − θ(ε = 0.1)|."""
    return 1 + float(abs(trained(0.9, repeats) - trained(0.1, repeats)).max())


ADAM = Claim(
    name="adam-forgets-the-step",
    says="Adam's steps do not change when every gradient is multiplied by c: with K = 1 persistent training by Adam forgets ε.",
    equation=r"\theta_k(c g_1, \dots, c g_k) = \theta_k(g_1, \dots, g_k), \quad c > 0",
    source="kingma2015adam, section 1",
    proof=(Step("two steps of generic gradients", partial(moves, size), partial(moves, sp.S.One)),),
    witness=Agreement(
        (
            Step(
                "the package's Adam at 10⁻⁵ of the gradients against torch's",
                partial(by_package, 1e-5),
                by_torch,
                Rivals(1e-11),
            ),
            Step(
                "W2-FE of a network, K = 1: ε = 0.9 against ε = 0.1",
                partial(trained, 0.9),
                partial(trained, 0.1),
                Rivals(1e-10),
            ),
            Step("so that ε changes nothing", partial(change, 1), lambda: 1.0, Rivals(1e-9)),
        )
    ),
)
