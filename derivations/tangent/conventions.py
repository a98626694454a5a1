"""Where papers and codes differ: the sign of a linear critic, and a closed form that is none."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.special import wrightomega

from derivations.tangent._routes import arrays, clouds, erf, kernels
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import KernelGradient
from gantheory.flows import ParticleFlow
from gantheory.integration import dopri5, euler, integrate
from gantheory.kernels import ERF, tangent_kernel
from gantheory.measures import Empirical
from gantheory.metrics import mmd_squared
from gantheory.objectives import LOGISTIC, WASSERSTEIN, Loss, Objective
from gantheory.symbolic import p, q, y

TIME, DEPTH, WEIGHT, BIAS = 1.4, 2, 1.2, 0.6
KERNEL = tangent_kernel(DEPTH, ERF, WEIGHT, BIAS)
ZERO = torch.zeros((), dtype=torch.float64)
f = sp.Symbol("f", real=True)  # the paper's critic, −D


def in_the_paper() -> sp.Expr:
    """−(E_q a(f) − E_p b(f)) with a = b = id: what its discriminator minimises."""
    return -(q * f - p * f)


def in_ours() -> sp.Expr:
    """E_p ℓ_real(D) + E_q ℓ_fake(D) at D = −f."""
    return p * WASSERSTEIN.real.subs(y, -f) + q * WASSERSTEIN.fake.subs(y, -f)


def velocity(loss: Loss, dim: int) -> np.ndarray:
    """V of the particles."""
    real, fake = clouds(dim)
    return ParticleFlow(Objective(loss), real, KernelGradient(KERNEL, TIME))(ZERO, fake.points).numpy()


def by_paper(dim: int) -> np.ndarray:
    """−∇c(f) with c = id, f = t (E_q k − E_p k): by fourth-order differences of arcsines."""
    real, fake = clouds(dim)
    x = fake.points.numpy()
    kernel = lambda at, to: kernels(erf, DEPTH, WEIGHT, BIAS, at, to)[1]  # noqa: E731

    def critic(at: np.ndarray) -> np.ndarray:
        return TIME * (kernel(at, x).mean(1) - kernel(at, real.points.numpy()) @ real.weights.numpy())

    h, found = 1e-3, np.zeros_like(x)
    for a in range(dim):
        e = h * np.eye(dim)[a]
        found[:, a] = (8 * (critic(x + e) - critic(x - e)) - critic(x + 2 * e) + critic(x - 2 * e)) / (12 * h)
    return -found


def after(loss: Loss) -> float:
    """MMD² of the particles after a short time, over that at first."""
    real, fake = clouds(2)
    flow = ParticleFlow(Objective(loss), real, KernelGradient(KERNEL, TIME))
    moved = integrate(flow, fake.points, [0.0, 0.05], method=euler(0.01)).final
    squares = [mmd_squared(real, Empirical(x), KERNEL) for x in (fake.points, moved)]  # type: ignore[arg-type]
    return squares[1] / squares[0]


CONVENTION = Claim(
    name="ipm-sign",
    says="The linear critic of the NTK paper is high on fakes and its generator lowers E c(f), c = id; ours is high on data, "
    "D = −f, and lowers E(−D): the particles move alike.",
    equation=r"D = -f,\qquad \dot x = -\nabla c(f)(x) = \nabla D(x)",
    source="franceschi2022neural, the IPM loss; becker2022instability, whose critic is high on data",
    proof=(
        Step("its loss is ours at D = −f", in_the_paper, in_ours),
        Step(
            "the slope of its generator in f is that of ours",
            lambda: sp.diff(f, f),
            lambda: sp.diff(WASSERSTEIN.generator.subs(y, -f), f),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {d}: our flow against its formula", partial(velocity, WASSERSTEIN, d), partial(by_paper, d), Rivals(1e-8)
            )
            for d in (1, 2, 3)
        )
    ),
)

MIXED = Claim(
    name="ipm-sign-mixed",
    says="A critic that is high on data with the generator c(f) = f of a critic that is high on fakes: MMD² grows.",
    equation=r"\dot x = -\nabla D \;\Rightarrow\; \frac{\mathrm{d}}{\mathrm{d}t}\mathrm{MMD}^2 > 0",
    source="franceschi2022neural, GAN(TK)², whose infinite and finite ipm losses differ in sign",
    proof=(
        Step(
            "the slope of the mixed generator is minus the right one",
            lambda: sp.diff(y, y),
            lambda: -sp.diff(WASSERSTEIN.generator, y),
        ),
    ),
    witness=Refutation(
        "MMD² after a short flow, over that at first",
        lambda: after(Loss(-y, y, generator=y)),
        lambda: after(WASSERSTEIN),
        1e-2,
    ),
)

LONG = 100.0
w = sp.Symbol("w", positive=True)


def labels() -> tuple[np.ndarray, np.ndarray]:
    """Samples of equal size, 6 and 6 in the plane, and ±1."""
    both, _ = arrays(*clouds(2, 6, 6))
    return both, np.where(np.arange(12) < 6, 1.0, -1.0)


def by_eigenbasis() -> float:
    """Max |D| on the samples if each eigenvalue of K/n has the scalar solution u(λt), on the coefficients of the labels."""
    both, signs = labels()
    gram = kernels(erf, DEPTH, WEIGHT, BIAS, both, both)[1] / 6
    values, vectors = np.linalg.eigh(gram)
    heights = values.clip(0) * LONG + 1 - wrightomega(values.clip(0) * LONG + 1).real
    return float(np.abs(vectors @ (heights * (vectors.T @ signs))).max())


def by_flow() -> float:
    """The same by KernelGradient's ODE."""
    both, _ = labels()
    x = torch.from_numpy(both)
    solver = KernelGradient(KERNEL, LONG, method=dopri5(1e-8, 1e-9))
    return float(solver.solve(Objective(LOGISTIC), Empirical(x[:6]), Empirical(x[6:]))(x).abs().max())


EIGENBASIS = Claim(
    name="logistic-critic-has-no-eigenbasis",
    says="The scalar solution λt + 1 − W(e^{λt+1}) of the logistic flow, applied to each eigenvalue of the Gram matrix, "
    "solves it only for labels that are an eigenvector, as of two atoms; for general data it is a heuristic, off once |D| ~ 1.",
    equation=r"u' = \lambda\,\sigma(-u) \;\not\Rightarrow\; D_t = u(tK)\rho",
    source="franceschi2022neural, GAN(TK)², inf_vanilla in its code",
    proof=(
        Step(
            "one eigenvector: du/d(λt) = σ(−u) with s = λt + 1 = w + log w, u = log w",
            lambda: sp.diff(sp.log(w), w) / sp.diff(w + sp.log(w), w),
            lambda: sp.simplify(-sp.diff(LOGISTIC.real, y).subs(y, sp.log(w))),
        ),
    ),
    witness=Refutation("max |D| on 6 data and 6 fakes at t = 100", by_eigenbasis, by_flow, 1e-2),
)
