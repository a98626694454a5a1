"""The critic of a linear loss is the scaled witness of the MMD, everywhere and at every time; and what it gains."""

from functools import partial

import numpy as np
import sympy as sp

from derivations.tangent._routes import arrays, clouds, elsewhere, erf, kernels, relu, trained
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.discriminators import KernelGradient, solve
from gantheory.kernels import ERF, RELU, tangent_kernel
from gantheory.metrics import mmd_squared
from gantheory.objectives import WASSERSTEIN, Objective
from gantheory.symbolic import y

TIME = 1.7
IPM = Objective(WASSERSTEIN)
NETWORKS = {1: (ERF, erf, 1, 1.2, 0.6), 2: (RELU, relu, 3, 1.0, 1.0), 3: (ERF, erf, 2, 1.3, 0.3)}

t = sp.Symbol("t", positive=True)
w1, w2, v1, v2, v3 = sp.symbols("w1 w2 v1 v2 v3", positive=True)
at_real, at_fake = sp.symbols("a1:3", real=True), sp.symbols("b1:4", real=True)  # k(x, ·) at the atoms of both sides
start = sp.Symbol("D0", real=True)


def closed() -> sp.Expr:
    """D_0 + t (E_p k − E_q k) at a point."""
    return start + t * (w1 * at_real[0] + w2 * at_real[1] - sum(v * b for v, b in zip((v1, v2, v3), at_fake, strict=True)))


def descent() -> sp.Expr:
    """−Σ w_i k(x, x_i) ℓ_real′ − Σ v_j k(x, y_j) ℓ_fake′, from the loss."""
    real = sum(w * a for w, a in zip((w1, w2), at_real, strict=True))
    fake = sum(v * b for v, b in zip((v1, v2, v3), at_fake, strict=True))
    return -real * sp.diff(WASSERSTEIN.real, y) - fake * sp.diff(WASSERSTEIN.fake, y)


def by_solver(dim: int) -> np.ndarray:
    """The critic by KernelGradient, off the samples."""
    activation, _, depth, weight, bias = NETWORKS[dim]
    real, fake = clouds(dim)
    return solve(IPM, real, fake, solver=KernelGradient(tangent_kernel(depth, activation, weight, bias), TIME))(
        elsewhere(dim)
    ).numpy()


def by_ode(dim: int) -> np.ndarray:
    """The same by DOP853 and arccosines."""
    _, dual, depth, weight, bias = NETWORKS[dim]
    both, w = arrays(*clouds(dim))
    kernel = lambda x, z: kernels(dual, depth, weight, bias, x, z)[1]  # noqa: E731
    return trained(kernel, both, w, lambda D: np.where(np.arange(13) < 5, 1.0, -1.0), elsewhere(dim).numpy(), TIME)


WITNESS_CRITIC = Claim(
    name="linear-critic-is-the-witness",
    says="Trained on a linear loss for a time t, an infinitely wide critic is D₀ + t (E_p k − E_q k), on and off the samples.",
    equation=r"D_t(x) = D_0(x) + t \left(\mathbb{E}_{y\sim p}\,k(x,y) - \mathbb{E}_{y\sim q}\,k(x,y)\right)",
    source="franceschi2022neural, infinite-width critics of the IPM loss",
    proof=(
        Step("the closed form moves as the gradient flow does", lambda: sp.diff(closed(), t), descent),
        Step("and begins at D₀", lambda: closed().subs(t, 0), lambda: start),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {d}: KernelGradient against DOP853 on arccosines",
                partial(by_solver, d),
                partial(by_ode, d),
                Rivals(1e-10),
            )
            for d in NETWORKS
        )
    ),
)

g = sp.Matrix(5, 5, lambda i, j: sp.Symbol(f"k{min(i, j)}{max(i, j)}", real=True))
MASS = sp.Matrix([w1, w2, v1, v2, v3])


def gained() -> sp.Expr:
    """E_p(D_t − D_0) − E_q(D_t − D_0) with the closed form at each atom."""
    change = [sum(t * w * g[i, j] * s for j, (w, s) in enumerate(zip(MASS, (1, 1, -1, -1, -1), strict=True))) for i in range(5)]
    return sp.expand(sum(s * w * c for s, w, c in zip((1, 1, -1, -1, -1), MASS, change, strict=True)))


def t_times_mmd() -> sp.Expr:
    """T (E k(X, X′) − 2 E k(X, Y) + E k(Y, Y′))."""
    p, q = MASS[:2, :], MASS[2:, :]
    return t * (p.T * g[:2, :2] * p - 2 * p.T * g[:2, 2:] * q + q.T * g[2:, 2:] * q)[0]


def gain(dim: int) -> float:
    """E_p D − E_q D by the solver's values at the samples."""
    activation, _, depth, weight, bias = NETWORKS[dim]
    real, fake = clouds(dim)
    D = solve(IPM, real, fake, solver=KernelGradient(tangent_kernel(depth, activation, weight, bias), TIME))
    return float(real.weights @ D(real.points) - fake.weights @ D(fake.points))


def mmd_by_metric(dim: int) -> float:
    """T MMD² by the metric."""
    activation, _, depth, weight, bias = NETWORKS[dim]
    return TIME * mmd_squared(*clouds(dim), tangent_kernel(depth, activation, weight, bias))


def mmd_by_arccosines(dim: int) -> float:
    """T MMD² as one quadratic form in NumPy."""
    _, dual, depth, weight, bias = NETWORKS[dim]
    both, w = arrays(*clouds(dim))
    signed = np.where(np.arange(13) < 5, w, -w)
    return float(TIME * signed @ kernels(dual, depth, weight, bias, both, both)[1] @ signed)


CRITIC_GAIN = Claim(
    name="linear-critic-gains-mmd",
    says="In a time t an infinitely wide critic of a linear loss lowers its loss by t MMD².",
    equation=r"J[D_0] - J[D_t] = t\,\mathrm{MMD}_k^2(p, q)",
    source="franceschi2022neural, infinite-width critics of the IPM loss",
    proof=(
        Step("2 data, 3 fakes, any Gram matrix and weights: the double sums agree", gained, lambda: sp.expand(t_times_mmd())),
    ),
    witness=Agreement(
        tuple(
            Step(f"d = {d}: values of the critic against {what}", partial(gain, d), partial(other, d), Rivals(tolerance))
            for d in NETWORKS
            for what, other, tolerance in (("the metric", mmd_by_metric, 1e-12), ("NumPy", mmd_by_arccosines, 1e-6))
        )
    ),
)
