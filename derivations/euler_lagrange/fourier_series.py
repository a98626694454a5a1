"""The discriminator on a torus as a Fourier series, and five slips in its printed and coded forms."""

from functools import partial

import numpy as np
import sympy as sp

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.objectives import WASSERSTEIN, GradientPenalty, Objective
from gantheory.symbolic import coordinates, torus_coefficient

(x,) = coordinates(1)
lam, T = sp.symbols("lambda T", positive=True)
a, b = sp.symbols("a b", real=True)
k = sp.Symbol("k", integer=True)
UNIT = sp.Integer(1)


def series(source: dict[int, sp.Expr], period: sp.Expr, weight: sp.Expr) -> sp.Expr:
    """D = (1/2λ) Σ T c_k ĝ_k e^{iωx}, c_k the coefficients of p − q and ĝ_k those of the toolkit's Green's function."""
    modes = (
        period * c * torus_coefficient(1, (j,), (period,)) * sp.exp(2 * sp.pi * sp.I * j * x / period)
        for j, c in source.items()
    )
    return sp.Add(*modes) / (2 * weight)


def coefficients(density: sp.Expr, period: sp.Expr, mode: int) -> sp.Expr:
    """(1/T) ∫₀^T (p − q) e^{−iωx} dx: the complex conjugate of the characteristic function over T."""
    wave = sp.exp(-2 * sp.pi * sp.I * mode * x / period).rewrite(sp.cos)
    return sp.integrate(sp.expand(density * wave), (x, 0, period)) / period


WAVE = 2 * sp.pi * x / T
DENSITY = a * sp.cos(WAVE) + b * sp.sin(WAVE)  # p − q, up to the densities' common part


def left_side() -> sp.Expr:
    """2λ(−D″) of the series of DENSITY, through the Euler–Lagrange equation."""
    D = series({j: coefficients(DENSITY, T, j) for j in (1, -1)}, T, lam)
    left, _ = Objective(WASSERSTEIN, lam * GradientPenalty(1)).euler_lagrange().at(D, a, b, (x,))
    return sp.expand(sp.expand(left.doit()).rewrite(sp.cos))


def at_a_place(density: sp.Expr, place: sp.Expr) -> float:
    """D of the toolkit's coefficients, on the circle of length 2π with λ = 1."""
    period = 2 * sp.pi
    D = series({j: coefficients(density, period, j) for j in (1, -1)}, period, UNIT)
    return float(sp.re(sp.N(D.subs(x, place))))


def spectral(density: np.ndarray) -> np.ndarray:
    """D with −2D″ = p − q on [0, 2π] by the fast transform."""
    frequency = np.fft.fftfreq(len(density), 1 / len(density))
    frequency[0] = np.inf
    return np.fft.ifft(np.fft.fft(density) / (2 * frequency**2)).real


GRID = np.arange(16) * 2 * np.pi / 16
COSINE_AT_0 = partial(at_a_place, sp.cos(x), sp.S.Zero)
SINE_AT_QUARTER = partial(at_a_place, sp.sin(x), sp.pi / 2)

FACTOR = Claim(
    name="fourier-factor",
    says="On the torus D = (1/2λ) G*(p − q); printed with 1/λ it is twice too large.",
    equation=r"-2\lambda D'' = p - q \ \Rightarrow\ D = \frac{1}{2\lambda}\sum_{k\ne0}"
    r"\frac{\alpha_k-\beta_k}{\omega_k^2}\,e^{i\omega_k x}",
    source="asokan2023euler, appendix C.2, against its own equation 11",
    proof=(Step("2λ(−D″) = a cos ωx + b sin ωx, by the Euler–Lagrange equation", left_side, lambda: DENSITY),),
    witness=(
        Refutation(example="p − q = cos x on [0, 2π], λ = 1: D(0)", printed=lambda: 1.0, found=COSINE_AT_0),
        Agreement(
            (Step("the series against the fast transform", COSINE_AT_0, lambda: spectral(np.cos(GRID))[0], Rivals(1e-12)),)
        ),
    ),
)


def printed_sine() -> float:
    """(1/λ) Σ_{±1} (Re γ cos + Im γ sin) at π/2, γ from conj(φ) as stated: the sign of the sine as printed."""
    gamma = coefficients(sp.sin(x), 2 * sp.pi, 1) / 2
    return float(2 * (sp.re(gamma) * sp.cos(sp.pi / 2) + sp.im(gamma) * sp.sin(sp.pi / 2)))


SINE = Claim(
    name="fourier-sine-sign",
    says="With γ built from conj(φ), D = (1/λ) Σ (Re γ cos ωx − Im γ sin ωx); printed with +, odd parts have the wrong sign.",
    equation=r"D = \frac1\lambda\sum_{k\ne0}(\mathrm{Re}\,\gamma_k\cos\omega_k x - \mathrm{Im}\,\gamma_k\sin\omega_k x)",
    source="asokan2023euler, equation 5",
    proof=(
        Step(
            "Σ_{±1} γ e^{iωx} = 2 (Re γ cos ωx − Im γ sin ωx)",
            lambda: sp.expand(((a + sp.I * b) * sp.exp(sp.I * x) + (a - sp.I * b) * sp.exp(-sp.I * x)).rewrite(sp.cos)),
            lambda: 2 * (a * sp.cos(x) - b * sp.sin(x)),
        ),
        Step("γ of a sine is −i b/2 · 1/2ω²", lambda: coefficients(b * sp.sin(WAVE), T, 1), lambda: -sp.I * b / 2),
    ),
    witness=(
        Refutation(example="p − q = sin x on [0, 2π], λ = 1: D(π/2)", printed=printed_sine, found=SINE_AT_QUARTER),
        Agreement(
            (Step("the series against the fast transform", SINE_AT_QUARTER, lambda: spectral(np.sin(GRID))[4], Rivals(1e-12)),)
        ),
    ),
)


def constant_term(count: int) -> sp.Expr:
    """The mean of D′² over a period: the constant coefficient of its square, with z = e^{ix}."""
    z = sp.Symbol("z")
    real, imaginary = sp.symbols(f"u1:{count + 1}", real=True), sp.symbols(f"v1:{count + 1}", real=True)
    slope = sum(
        sp.I * j * ((u + sp.I * v) * z**j - (u - sp.I * v) * z**-j)
        for j, (u, v) in enumerate(zip(real, imaginary, strict=True), 1)
    )
    return sp.expand(slope**2).coeff(z, 0)


def parseval(count: int) -> sp.Expr:
    """Σ_{k≠0} ω_k² |γ_k|²."""
    real, imaginary = sp.symbols(f"u1:{count + 1}", real=True), sp.symbols(f"v1:{count + 1}", real=True)
    return 2 * sum(j**2 * (u**2 + v**2) for j, (u, v) in enumerate(zip(real, imaginary, strict=True), 1))


def gammas(count: int) -> tuple[np.ndarray, np.ndarray]:
    """ω_k and γ_k, |k| ≤ M, for two wrapped Gaussians on [0, 2π]."""
    w = np.arange(-count, count + 1).astype(float)
    phi = [np.exp(-1j * w * m - (s * w) ** 2 / 2) for m, s in ((1.0, 0.5), (2.2, 0.7))]
    w[count] = np.inf
    gamma = (phi[0] - phi[1]) / (2 * np.pi) / (2 * w**2)
    w[count] = 0
    return w, gamma


def multiplier(count: int) -> float:
    """λ* with mean |D′|² = 1, D = (1/λ) Σ γ e^{iωx}, by sampling D′ on a grid."""
    w, gamma = gammas(count)
    nodes = np.arange(4 * count + 5) * 2 * np.pi / (4 * count + 5)
    slope = (1j * w * gamma * np.exp(1j * np.outer(nodes, w))).sum(1).real
    return float(np.sqrt((slope**2).mean()))


def worst_case(count: int) -> float:
    """√((2M+1) Σ ω²|γ|²), as printed."""
    w, gamma = gammas(count)
    return float(np.sqrt((2 * count + 1) * (w**2 * np.abs(gamma) ** 2).sum()))


MULTIPLIER = Claim(
    name="fourier-multiplier",
    says="By Parseval λ*² = Σ ω²|γ|²; the printed worst case, by Cauchy–Schwarz, exceeds λ* by exactly √(2M+1), without bound.",
    equation=r"\lambda^{*2} = \sum_{k\ne0}\omega_k^2\,|\gamma_k|^2",
    source="asokan2023euler, section 3, the worst-case multiplier",
    proof=tuple(
        Step(f"mean D′² for {c} generic harmonics", partial(constant_term, c), partial(parseval, c)) for c in (1, 2, 3)
    ),
    witness=(
        Refutation(
            example="M = 1, two wrapped Gaussians: √3 too large", printed=partial(worst_case, 1), found=partial(multiplier, 1)
        ),
        Agreement(
            (
                Step(
                    "M = 40: printed over true multiplier is 9",
                    lambda: worst_case(40) / multiplier(40),
                    lambda: np.sqrt(2 * 40 + 1),
                    Rivals(1e-11),
                ),
            )
        ),
    ),
)


def shifted(frequency: sp.Expr, shift: sp.Expr) -> list[sp.Expr]:
    """cos and sin of jω(x + shift), j = 1, 2, 3."""
    return [f(sp.expand(j * frequency * (x + shift))) for j in (1, 2, 3) for f in (sp.cos, sp.sin)]


PERIOD = Claim(
    name="fourier-period",
    says="Harmonics of period T have ω = 2πk/T; with the coded π k/T the discriminator has period 2T and jumps on the torus.",
    equation=r"\omega_k = \frac{2\pi k}{T}",
    source="asokan2023euler, public code, FourierSolver",
    proof=(
        Step("ω = 2π/T: period T", lambda: shifted(2 * sp.pi / T, T), lambda: shifted(2 * sp.pi / T, sp.S.Zero)),
        Step("ω = π/T: period 2T", lambda: shifted(sp.pi / T, 2 * T), lambda: shifted(sp.pi / T, sp.S.Zero)),
    ),
    witness=(
        Refutation(
            example="the first harmonic at T, which is 0 on the torus",
            printed=lambda: float(np.cos(np.pi * 1.0)),
            found=lambda: float(series({1: UNIT, -1: UNIT}, T, lam).subs(x, T).subs({T: 1, lam: 1}) * 4 * sp.pi**2),
        ),
        Agreement(
            (
                Step(
                    "the toolkit's harmonics satisfy −2λD″ = p − q with ω = 2π/T, T = 3",
                    lambda: [complex(torus_coefficient(1, (j,), (3,))).real for j in (1, 2)],
                    lambda: [(3 / (2 * np.pi * j)) ** 2 / 3 for j in (1, 2)],
                    Rivals(1e-13),
                ),
            )
        ),
    ),
)

Z = coordinates(2)
BLIND = {"cos x": sp.cos(Z[0]), "cos y": sp.cos(Z[1]), "cos(x − y)": sp.cos(Z[0] - Z[1])}


def seen(density: sp.Expr, modes: tuple[tuple[int, int], ...]) -> list[sp.Expr]:
    """(1/4π²) ∫∫ density · cos(k·x) and sin(k·x), for each mode."""
    found = []
    for first, second in modes:
        for f in (sp.cos, sp.sin):
            product = sp.expand_trig(density) * sp.expand_trig(f(first * Z[0] + second * Z[1]))
            inner = sp.integrate(sp.expand(product), (Z[0], 0, 2 * sp.pi))
            found.append(sp.integrate(sp.expand(inner), (Z[1], 0, 2 * sp.pi)) / (4 * sp.pi**2))
    return found


POSITIVE = ((1, 1), (1, 2), (2, 1))
HALF = ((1, 0), (0, 1), (1, -1))


def from_modes(modes: tuple[tuple[int, int], ...], points: int = 16) -> float:
    """D(0) for p − q = cos(x − y), λ = 1, from the listed modes and their mirror images."""
    s, t = np.meshgrid(*[np.arange(points) * 2 * np.pi / points] * 2, indexing="ij")
    transform = np.fft.fft2(np.cos(s - t)) / points**2
    parts = [transform[i, j] * float(4 * sp.pi**2 * torus_coefficient(1, (i, j), (2 * sp.pi,) * 2)) for i, j in modes]
    return float(sum(2 * part.real for part in parts)) / 2


HALF_LATTICE = Claim(
    name="half-lattice-of-harmonics",
    says="A real series on the torus needs a half lattice of Zⁿ∖0; positive wave numbers alone, as coded, are blind "
    "to cos x, cos y and cos(x − y): D = 0 for p ≠ q.",
    equation=r"D = \frac{2}{\lambda}\sum_{k\in H}\mathrm{Re}\left(\gamma_k\,e^{i\langle\omega_k,x\rangle}\right),"
    r"\qquad H \cup (-H) = \mathbb{Z}^n\setminus 0",
    source="asokan2023euler, public code, harmonics of n ≤ 3",
    proof=(
        *(
            Step(f"{name} has no component on the positive modes", partial(seen, f, POSITIVE), lambda: [sp.S.Zero] * 6)
            for name, f in BLIND.items()
        ),
        Step(
            "the half lattice sees each of them once",
            lambda: [sum(seen(f, HALF)) for f in BLIND.values()],
            lambda: [sp.S.Half] * 3,
        ),
    ),
    witness=(
        Refutation(
            example="p − q = cos(x − y), λ = 1: D(0)", printed=partial(from_modes, POSITIVE), found=partial(from_modes, HALF)
        ),
        Agreement((Step("D = cos(x − y)/4 by hand, at 0", partial(from_modes, HALF), lambda: 0.25, Rivals(1e-12)),)),
    ),
)
