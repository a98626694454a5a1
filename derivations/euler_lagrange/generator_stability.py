"""Poly-WGAN with a kernel of higher order pushes the generator away from the data, along its mean or along its scale."""

from functools import partial

import sympy as sp
from scipy.special import gamma, hyp1f1

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.objectives import Motion, generator_hessian, scaling_curvature, translation_curvature
from gantheory.symbolic import fundamental_solution, r

t = sp.Symbol("t", real=True)
s = sp.Symbol("sigma", positive=True)


def mean_kernel(order: int, variance: sp.Expr, shift: sp.Expr) -> sp.Expr:
    """E G(|shift + √variance Z|) in one dimension for the kernel of (−Δ)^m, m = 1 or 2: an integral by hand, with erf."""
    density = sp.exp(-(shift**2) / (2 * variance)) * sp.sqrt(2 * variance / sp.pi)
    inside = sp.erf(shift / sp.sqrt(2 * variance))
    first = density + shift * inside
    if order == 1:
        return -first / 2
    return (density * (shift**2 + 2 * variance) + inside * shift * (shift**2 + 3 * variance)) / 12


def discrepancy(order: int, shift: sp.Expr, scale: sp.Expr) -> sp.Expr:
    """MMD²(N(0, 1), N(shift, scale²))."""
    own = mean_kernel(order, sp.Integer(2), sp.S.Zero) + mean_kernel(order, 2 * scale**2, sp.S.Zero)
    return own - 2 * mean_kernel(order, 1 + scale**2, shift)


def by_differentiation(order: int) -> list[sp.Expr]:
    """∂²/∂t², ∂²/∂σ² and ∂²/∂t∂σ of MMD² at the data, the last plus 1."""
    L = discrepancy(order, t, s)
    there = {t: 0, s: 1}
    return [sp.simplify(d.subs(there)) for d in (sp.diff(L, t, 2), sp.diff(L, s, 2), sp.diff(L, t, s) + 1)]


def by_package(order: int) -> list[sp.Expr]:
    """The Hessian along a translation and a scaling, its mixed entry plus 1."""
    H = generator_hessian(fundamental_solution(order, 1), Motion(1, (1,)), Motion(1, (), ((1,),)))
    return [H[0, 0], H[1, 1], H[0, 1] + 1]


def printed_values(order: int) -> list[sp.Expr]:
    """(−2/√π, 1/√π) for r³/12, (1/√π, 1/2√π) for −r/2, 1."""
    root = sp.sqrt(sp.pi)
    return [-2 / root, 1 / root, sp.S.One] if order == 2 else [1 / root, 1 / (2 * root), sp.S.One]


def even_discrepancy(dim: int, along: str) -> sp.Expr:
    """The second derivative of MMD² for the kernel r⁴, from moments of Gaussians in R^n: E|V|⁴ = (nv + d²)² + 2nv² + 4vd²."""

    def mean(v: sp.Expr, d: sp.Expr) -> sp.Expr:
        return (dim * v + d**2) ** 2 + 2 * dim * v**2 + 4 * v * d**2

    zero = sp.S.Zero
    L = mean(sp.Integer(2), zero) + mean(2 * s**2, zero) - 2 * mean(1 + s**2, t)
    return sp.diff(L, t if along == "mean" else s, 2).subs({t: 0, s: 1})


def distance_power(a: float, dim: int, variance: float, shift: float) -> float:
    """E|V|^a for V ~ N(shift e, variance I), by SciPy."""
    scale = (2 * variance) ** (a / 2) * gamma((dim + a) / 2) / gamma(dim / 2)
    return float(scale * hyp1f1(-a / 2, dim / 2, -(shift**2) / (2 * variance)))


def curvature_by_differences(a: float, dim: int, along: str) -> float:
    """Second difference of MMD² for the kernel r^a, extrapolated from steps h and h/2."""

    def L(shift: float, scale: float) -> float:
        own = distance_power(a, dim, 2, 0) + distance_power(a, dim, 2 * scale**2, 0)
        return own - 2 * distance_power(a, dim, 1 + scale**2, shift)

    def second(h: float) -> float:
        ends = (L(h, 1), L(-h, 1)) if along == "mean" else (L(0, 1 + h), L(0, 1 - h))
        return (sum(ends) - 2 * L(0, 1)) / h**2

    return (4 * second(0.01) - second(0.02)) / 3


def curvature(a: float, dim: int, along: str) -> float:
    """By the package."""
    formula = translation_curvature if along == "mean" else scaling_curvature
    return float(formula(r ** sp.Rational(str(a)), dim))


def claim(order: int, name: str, says: str, equation: str) -> Claim:
    """One order in one dimension; the steps in R^n stand with it."""
    a = 2 * order - 1
    return Claim(
        name=name,
        says=says,
        equation=equation,
        source="asokan2023data, section 3, where the order is free",
        proof=(
            Step(
                "derivatives of MMD² with erf, against Stein's identity",
                partial(by_differentiation, order),
                partial(by_package, order),
            ),
            Step("their values", partial(by_package, order), partial(printed_values, order)),
            *(
                Step(
                    f"n = {n}, k = r⁴, along the {along}: moments against the formula",
                    partial(even_discrepancy, n, along),
                    partial({"mean": translation_curvature, "scale": scaling_curvature}[along], r**4, n),
                )
                for n in (1, 2, 3)
                for along in ("mean", "scale")
            ),
        ),
        witness=Agreement(
            tuple(
                Step(
                    f"n = {n}, k = r^{a}, along the {along}: second differences with Kummer's function",
                    partial(curvature_by_differences, a, n, along),
                    partial(curvature, a, n, along),
                    Rivals(1e-6),
                )
                for n in (1, 2, 3)
                for along in ("mean", "scale")
            )
        ),
    )


UNSTABLE = claim(
    2,
    "generator-hessian-cubic",
    "With the kernel r³/12 of n = 1, m = 2 the data are a saddle of the generator: −2/√π along its mean, 1/√π along its scale.",
    r"\frac{\partial^2 \mathrm{MMD}^2}{\partial\mu^2} = -\frac{2}{\sqrt\pi}, \quad"
    r" \frac{\partial^2 \mathrm{MMD}^2}{\partial\sigma^2} = \frac{1}{\sqrt\pi}",
)
STABLE = claim(
    1,
    "generator-hessian-energy",
    "With the kernel −r/2 of n = m = 1 the data are a strict minimum for the generator: 1/√π along mean, 1/2√π along scale.",
    r"\frac{\partial^2 \mathrm{MMD}^2}{\partial\mu^2} = \frac{1}{\sqrt\pi}, \quad"
    r" \frac{\partial^2 \mathrm{MMD}^2}{\partial\sigma^2} = \frac{1}{2\sqrt\pi}",
)
