"""Particles that stand for orbits follow the flow of all images."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.symmetry._shared import GROUPS, X, Y, cloud, exact, moved, orbits, square
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import GreensFunction
from gantheory.flows import ParticleFlow, SymmetrisedFlow
from gantheory.integration import integrate, rk4
from gantheory.kernels import KernelExpansion, SymmetrisedKernel, polyharmonic
from gantheory.measures import Empirical, symmetrised_measure
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective

WEIGHT, SOFT, STEP, STEPS = 0.02, 0.5, 0.1, 12
pull = sp.Function("h", real=True)  # 2φ′ as a function of the squared distance
NAMES = ("C4", "C8", "D3")


def velocity(point: list, name: str) -> sp.Matrix:
    """(1/k) Σ_τ h(|x − T_τ y|²)(x − T_τ y): the pull of the orbit of y."""
    total = sp.zeros(2, 1)
    for T in exact(name):
        gap = sp.Matrix(point) - sp.Matrix(moved(T, Y))
        total += pull(square(point, moved(T, Y))) * gap
    return (total / len(exact(name))).applyfunc(sp.expand)


def at_the_image(name: str, index: int) -> list[sp.Expr]:
    """The velocity at T x."""
    return list(velocity(moved(exact(name)[index]), name))


def image_of_velocity(name: str, index: int) -> list[sp.Expr]:
    """T times the velocity at x."""
    return moved(exact(name)[index], tuple(velocity(list(X), name)))


def start() -> torch.Tensor:
    """Five particles."""
    return cloud(5, 2, 1, -0.2).points


def by_representatives(name: str) -> np.ndarray:
    """The orbits of what SymmetrisedFlow makes of five particles, data symmetrised, order 1 in the plane."""
    group = GROUPS[name]
    real = symmetrised_measure(cloud(6, 2, 0), group)
    objective, solver = Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1)), GreensFunction(softening=SOFT)
    flow = SymmetrisedFlow(ParticleFlow(objective, real, solver), group)
    end = integrate(flow, start(), [0.0, STEP * STEPS], method=rk4(STEP)).final
    return orbits(Empirical(torch.as_tensor(end)), group)[0]


def full_velocity(x: np.ndarray, real: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(1/2λ) ∇(E_real G − E_fake G) for G = −log √(r² + SOFT²)/2π, by NumPy."""
    centres, w = np.concatenate([real, x]), np.concatenate([weights, np.full(len(x), -1 / len(x))])
    gap = x[:, None] - centres
    pulls = -w / (2 * np.pi * ((gap**2).sum(2) + SOFT**2))
    return (pulls[..., None] * gap).sum(1) / (2 * WEIGHT)


def by_all_images(name: str) -> np.ndarray:
    """The classic method of order 4 on all images at once, by NumPy."""
    real, weights = orbits(cloud(6, 2, 0), GROUPS[name])
    x = orbits(Empirical(start()), GROUPS[name])[0]
    for _ in range(STEPS):
        k1 = full_velocity(x, real, weights)
        k2 = full_velocity(x + STEP / 2 * k1, real, weights)
        k3 = full_velocity(x + STEP / 2 * k2, real, weights)
        k4 = full_velocity(x + STEP * k3, real, weights)
        x = x + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return x


def by_averaged_kernel(name: str) -> np.ndarray:
    """One velocity of the particles from the averaged kernel, without any orbit."""
    real, x = cloud(6, 2, 0), start()
    weights = torch.cat([real.weights, torch.full((5,), -0.2, dtype=torch.float64)]) / (2 * WEIGHT)
    K = SymmetrisedKernel(polyharmonic(1, 2).softened(SOFT), GROUPS[name])
    return KernelExpansion(K, torch.cat([real.points, x]), weights).gradient(x).numpy()


def first_block(name: str) -> np.ndarray:
    """The same five rows of the velocity of all images, by NumPy."""
    real, weights = orbits(cloud(6, 2, 0), GROUPS[name])
    return full_velocity(orbits(Empirical(start()), GROUPS[name])[0], real, weights)[:5]


REDUCED = Claim(
    name="reduced-flow",
    says="n particles under the averaged kernel are one copy of the flow of all |Σ| n images: invariance is kept, exactly.",
    equation=r"\dot x_i = \nabla\left(\mathbb{E}_{y\sim p}\,k_\Sigma(x_i,y) - \frac1n\sum_j k_\Sigma(x_i,x_j)\right)"
    r"\iff \{T_\sigma x_i\}\ \text{follow}\ k",
    source="birrell2022structure, equivariant generators",
    proof=tuple(
        Step(f"{n}: the pull at T x, element {i}", partial(at_the_image, n, i), partial(image_of_velocity, n, i))
        for n, i in (("C4", 1), ("D2", 3))
    ),
    witness=Agreement(
        (
            *(
                Step(f"{n}: {STEPS} RK4 steps", partial(by_representatives, n), partial(by_all_images, n), Rivals(1e-10))
                for n in NAMES
            ),
            *(
                Step(f"{n}: the averaged kernel's pull", partial(by_averaged_kernel, n), partial(first_block, n), Rivals(1e-12))
                for n in NAMES
            ),
        )
    ),
)
