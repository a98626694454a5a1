"""The parameter flow of a generator is the particle flow smoothed by its tangent kernel."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from torch import nn

from derivations.tangent._routes import clouds
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import KernelGradient
from gantheory.flows import ParameterFlow, ParticleFlow, TangentFlow
from gantheory.integration import integrate, rk4
from gantheory.kernels import RELU, tangent_blocks, tangent_kernel
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, Objective

w = sp.Matrix(2, 3, sp.symbols("w1:7", real=True))
b = sp.Matrix(sp.symbols("b1:3", real=True))
z1, z2 = (sp.Matrix(sp.symbols(f"{name}1:4", real=True)) for name in "xy")
v1, v2 = (sp.Matrix(sp.symbols(f"{name}1:3", real=True)) for name in "uv")
PARAMETERS = sp.Matrix([*w, *b])


def generated(z: sp.Matrix) -> sp.Matrix:
    """W z + b."""
    return w * z + b


def by_parameters() -> sp.Matrix:
    """J(z1) θ′ with θ′ = ½ Σ J(z_j)ᵀ v_j, the Jacobians by SymPy."""
    jacobians = [generated(z).jacobian(PARAMETERS) for z in (z1, z2)]
    return jacobians[0] * (jacobians[0].T * v1 + jacobians[1].T * v2) / 2


def by_kernel() -> sp.Matrix:
    """½ Σ (1 + z1·z_j) v_j."""
    return ((1 + z1.dot(z1)) * v1 + (1 + z1.dot(z2)) * v2) / 2


def generator() -> nn.Linear:
    """A linear generator R³ → R²."""
    torch.manual_seed(4)
    return nn.Linear(3, 2).double()


def latents() -> torch.Tensor:
    """7 latents."""
    return torch.from_numpy(np.random.default_rng(6).normal(size=(7, 3)))


def pull(loss: object) -> ParticleFlow:
    """A flow of the plane: a wide critic's."""
    return ParticleFlow(Objective(loss), clouds(2)[0], KernelGradient(tangent_kernel(1, RELU, 1.0, 1.0), 1.2))  # type: ignore[arg-type]


def samples_by_parameters(loss: object) -> np.ndarray:
    """The samples after the parameter flow."""
    flow = ParameterFlow(generator(), pull(loss), latents())
    weight, bias = integrate(flow, flow.parameters, [0.0, 0.6], method=rk4(0.2)).final
    return (latents() @ weight.mT + bias).numpy()


def samples_by_kernel(loss: object, blocks: bool) -> np.ndarray:
    """The samples after the tangent flow, by 1 + z·z′ or by the blocks of the generator."""
    kernel = partial(tangent_blocks, generator()) if blocks else lambda z, other: 1 + z @ other.mT
    with torch.no_grad():
        start = generator()(latents())
    return integrate(TangentFlow(kernel, pull(loss), latents()), start, [0.0, 0.6], method=rk4(0.2)).final.numpy()  # type: ignore[union-attr]


LINEAR = Claim(
    name="generator-tangent-flow",
    says="A generator g(z) = Wz + b, trained by gradient flow, moves its samples by k_g = (1 + z·z′) I: "
    "ẋ_i = (1/n) Σ_j k_g(z_i, z_j) v_j, exactly and for all time.",
    equation=r"\dot x_i = \frac{1}{n} \sum_j (1 + z_i \cdot z_j)\, v(x_j)",
    source="franceschi2022neural, dynamics of the generated law",
    proof=(Step("R³ → R², two latents, any velocities", by_parameters, by_kernel),),
    witness=Agreement(
        tuple(
            Step(f"{name}: ParameterFlow against TangentFlow by {what}", partial(samples_by_parameters, loss),
                 partial(samples_by_kernel, loss, blocks), Rivals(1e-8))
            for name, loss in (("linear loss", WASSERSTEIN), ("least squares", LEAST_SQUARES))
            for what, blocks in (("1 + z·z′", False), ("blocks", True))
        )
    ),
)  # fmt: skip
