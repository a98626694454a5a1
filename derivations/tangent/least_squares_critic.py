"""The critic of least squares after a time: on the samples, off them, with shared atoms; and two readings that fail."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from scipy.linalg import expm

from derivations.tangent._routes import arrays, clouds, elsewhere, erf, kernels, trained
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import KernelGradient, solve
from gantheory.kernels import ERF, tangent_kernel
from gantheory.measures import Empirical
from gantheory.objectives import LEAST_SQUARES, Loss, Objective
from gantheory.symbolic import y

TIME = 1.3
WHOLE = Loss(real=(y - 1) ** 2, fake=(y + 1) ** 2, generator=y**2)  # without the factors ½, as in the paper
NETWORK = (2, 1.2, 0.6)
KERNEL = tangent_kernel(NETWORK[0], ERF, *NETWORK[1:])
SIGNS = np.where(np.arange(13) < 5, 1.0, -1.0)

t = sp.Symbol("t", positive=True)
l1, l2, m1, m2 = sp.symbols("lambda1 lambda2 m1 m2", positive=True)  # rates, and roots of the masses
h1, h2, r1, r2, D0 = sp.symbols("h1 h2 r1 r2 D0", real=True)  # r = D_0 − label at the two atoms
p1, q1 = sp.symbols("p1 q1", positive=True)


def spectral() -> tuple[sp.Matrix, sp.Matrix]:
    """(V, M^½) of two atoms of any masses and rates: M^½ K M^½ = V diag(λ1, λ2) Vᵀ, V the rotation with cosine 5/13."""
    return sp.Matrix([[5, -12], [12, 5]]) / 13, sp.diag(m1, m2)


def closed(at: sp.Matrix, first: sp.Expr) -> sp.Expr:
    """D_0(x) − k(x, ·) M^½ V ψ(Λ) Vᵀ M^½ (D_0 − labels), ψ(λ) = (1 − e^{−tλ})/λ; at: the row k(x, s_i)."""
    V, half = spectral()
    psi = sp.diag(*((1 - sp.exp(-t * rate)) / rate for rate in (l1, l2)))
    return first - (at * half * V * psi * V.T * half * sp.Matrix([r1, r2]))[0]


def moving() -> sp.Expr:
    """D/dt of the closed form at a point off the atoms."""
    return sp.diff(closed(sp.Matrix([[h1, h2]]), D0), t)


def descent() -> sp.Expr:
    """−Σ m_i k(x, s_i) (D_t(s_i) − label_i), with D_t(s_i) by the closed form at the atoms."""
    V, half = spectral()
    gram = half.inv() * V * sp.diag(l1, l2) * V.T * half.inv()
    residuals = [closed(gram[i, :], first) for i, first in enumerate((r1, r2))]
    return -(h1 * m1**2 * residuals[0] + h2 * m2**2 * residuals[1])


def by_solver(loss: Loss, at: torch.Tensor) -> np.ndarray:
    """The critic by KernelGradient."""
    return solve(Objective(loss), *clouds(2), solver=KernelGradient(KERNEL, TIME))(at).numpy()


def by_ode(factor: float, at: torch.Tensor) -> np.ndarray:
    """The same by DOP853: forces factor (label − D)."""
    both, w = arrays(*clouds(2))
    kernel = lambda x, z: kernels(erf, *NETWORK, x, z)[1]  # noqa: E731
    return trained(kernel, both, w, lambda D: factor * (SIGNS - D), at.numpy(), TIME)


def by_exponential(factor: float) -> np.ndarray:
    """(I − e^{−τT}) ρ at the samples, T = factor K diag(weights), by SciPy's matrix exponential."""
    both, w = arrays(*clouds(2))
    gram = kernels(erf, *NETWORK, both, both)[1]
    return SIGNS - expm(-TIME * factor * gram * w) @ SIGNS


def samples() -> torch.Tensor:
    """Both samples."""
    return torch.from_numpy(arrays(*clouds(2))[0])


LSGAN = Claim(
    name="least-squares-critic",
    says="With ρ the labels ±1 and T = K diag(γ), γ = (p + q)/2, the wide LSGAN critic is D₀ − (I − e^{−4tT})(D₀ − ρ) on its "
    "samples and follows from its kernel off them; with the factors ½ in the loss the exponent is −2tT.",
    equation=r"D_t(x) = D_0(x) - 4 \sum_i \gamma_i k(x, s_i) \left[\psi(4T)(D_0-\rho)\right]_i,"
    r"\quad \psi(\lambda) = \frac{1 - e^{-t\lambda}}{\lambda}",
    source="franceschi2022neural, infinite-width critics of the LSGAN loss",
    proof=(
        Step("two atoms of any masses, rates and residuals: the closed form moves as the gradient flow does", moving, descent),
        Step("and begins at D₀", lambda: closed(sp.Matrix([[h1, h2]]), D0).subs(t, 0), lambda: D0),
        Step(
            "the factor 4: −ℓ_real′ = 2(1 − D) under the weight 2γ",
            lambda: -sp.diff(WHOLE.real, y) * 2 * p1,
            lambda: 4 * p1 * (1 - y),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"{name}: {place}", left, right, Rivals(1e-9))
            for name, loss, factor in (("without ½", WHOLE, 2.0), ("with ½", LEAST_SQUARES, 1.0))
            for place, left, right in (
                (
                    "off 5 data and 8 fakes, DOP853",
                    partial(by_solver, loss, elsewhere(2)),
                    partial(by_ode, factor, elsewhere(2)),
                ),
                ("on them, SciPy's exponential", lambda loss=loss: by_solver(loss, samples()), partial(by_exponential, factor)),
            )
        )
    ),
)

n, m = sp.symbols("n m", positive=True, integer=True)


def with_equal_masses() -> float:
    """D at the first datum if T is taken as K/(n + m)."""
    both, _ = arrays(*clouds(2))
    gram = kernels(erf, *NETWORK, both, both)[1]
    return float((SIGNS - expm(-TIME * 4 * gram / 13) @ SIGNS)[0])


def with_own_masses() -> float:
    """D at the first datum for equal weights within each side."""
    real, fake = clouds(2)
    D = solve(Objective(WHOLE), Empirical(real.points), Empirical(fake.points), solver=KernelGradient(KERNEL, TIME))
    return float(D(real.points)[0])


UNEQUAL = Claim(
    name="gram-over-sample-size",
    says="T is K/(n + m), as gantk2 has it, only for samples of equal size: the mass of a datum is 1/2n, not 1/(n + m).",
    equation=r"\gamma_i - \frac{1}{n+m} = \frac{m-n}{2n(n+m)}",
    source="franceschi2022neural, GAN(TK)² (gantk2), the closed form of inf_lsgan in its code",
    proof=(
        Step(
            "the mass of a datum under (p + q)/2, less 1/(n + m)",
            lambda: sp.Rational(1, 2) * (1 / n) - 1 / (n + m),
            lambda: (m - n) / (2 * n * (n + m)),
        ),
    ),
    witness=Refutation("5 data, 8 fakes, D at the first datum", with_equal_masses, with_own_masses, 1e-2),
)


def merged(kind: str) -> np.ndarray:
    """D with atoms that both sides share, held once: ρ = (p − q)/(p + q) on them; on the atoms or off them."""
    x, p, q = _shared()
    gram = kernels(erf, *NETWORK, x.numpy(), x.numpy())[1]
    rho, mass = (p - q) / (p + q), p + q
    values, vectors = np.linalg.eig(gram * mass)
    on = rho - (vectors @ np.diag(np.exp(-TIME * 2 * values)) @ np.linalg.inv(vectors) @ rho).real
    if kind == "on":
        return on
    return kernels(erf, *NETWORK, elsewhere(2).numpy(), x.numpy())[1] @ np.linalg.solve(gram, on)


def _shared() -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
    """Four atoms; the second and third belong to both sides, the third with equal masses."""
    return elsewhere(2, 4), np.array([0.5, 0.25, 0.25, 0.0]), np.array([0.0, 0.35, 0.25, 0.4])


def doubled(kind: str) -> np.ndarray:
    """D with the shared atoms in both samples, labels ±1."""
    x, p, q = _shared()
    real, fake = (Empirical(x[w > 0], torch.from_numpy(w[w > 0])) for w in (p, q))
    D = solve(Objective(WHOLE), real, fake, solver=KernelGradient(KERNEL, TIME))
    return D(x if kind == "on" else elsewhere(2)).numpy()


SHARED = Claim(
    name="shared-atoms",
    says="An atom of both samples may be held once with the label ρ = (p − q)/(p + q), 0 where its masses agree, or twice with "
    "the labels ±1: the critic is the same everywhere.",
    equation=r"\rho = \frac{\mathrm{d}(p-q)}{\mathrm{d}(p+q)}",
    source="franceschi2022neural, infinite-width critics of the LSGAN loss",
    proof=(
        Step(
            "the two pushes at one atom are one",
            lambda: -p1 * sp.diff(WHOLE.real, y) - q1 * sp.diff(WHOLE.fake, y),
            lambda: -2 * (p1 + q1) * (y - (p1 - q1) / (p1 + q1)),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"{kind} the atoms: held twice against held once", partial(doubled, kind), partial(merged, kind), Rivals(1e-10)
            )
            for kind in ("on", "off")
        )
    ),
)

rho_x, f0_x, change = sp.symbols("rho f0 c", real=True)


def read_spectrally() -> float:
    """E^{−4tT}(D_0 − ρ) + ρ at a point off the samples, D_0 = 0: eigenfunctions extended by the kernel, ρ by 0."""
    both, w = arrays(*clouds(2))
    gram, at = kernels(erf, *NETWORK, both, both)[1], elsewhere(2).numpy()[:1]
    T = 2 * gram * w
    extended = 2 * kernels(erf, *NETWORK, at, both)[1] * w
    return float((extended @ np.linalg.solve(T, expm(-TIME * T) @ -SIGNS))[0])


FIRST_FORM = Claim(
    name="least-squares-first-form",
    says="The first printed form, e^{−4tT}(D₀ − ρ) + ρ, holds on the samples only: read off them by eigenfunctions, with ρ = 0 "
    "where it is undefined, it is wrong. In the second, D₀ + (e^{−4tT} − id)(D₀ − ρ), ρ off the samples does not occur.",
    equation=r"D_t = D_0 + \left(e^{-4tT} - \mathrm{id}\right)(D_0 - \rho)",
    source="franceschi2022neural, the two forms of the LSGAN critic",
    proof=(
        Step(
            "with e^{−4tT} h = h + c, c by the kernel, ρ at a point off the samples cancels",
            lambda: (f0_x - rho_x) + change + rho_x,
            lambda: f0_x + change,
        ),
    ),
    witness=Refutation(
        "off 5 data and 8 fakes in the plane", read_spectrally, lambda: float(by_solver(WHOLE, elsewhere(2)[:1])[0]), 1e-2
    ),
)
