"""Fourier transforms of radial profiles in R^n: ∫ f(|x|) e^{−iω·x} dx as an expression in |ω|, by a table of three kinds.

Powers and logarithms transform as distributions; the result is what stands away from ω = 0, where polynomials leave nothing.
"""

from __future__ import annotations

import sympy as sp

from gantheory._errors import Refusal
from gantheory.symbolic.symbols import Scalar, r

omega = sp.Symbol("omega", positive=True)  # |ω|


def spectrum(order: Scalar, rate: Scalar = 0) -> sp.Expr:
    """(κ² + |ω|²)^{−s}: the Fourier transform of the fundamental solution of (κ²−Δ)^s, in every dimension.

    >>> spectrum(2)
    omega**(-4)
    """
    if sp.sympify(order, strict=True).is_positive is False:
        raise Refusal("the order s of (κ²−Δ)^s is positive", order)
    return (sp.sympify(rate, strict=True) ** 2 + omega**2) ** (-sp.sympify(order, strict=True))


def _gauss(A: sp.Expr, B: sp.Expr, C: sp.Expr, z: sp.Expr) -> sp.Expr:
    """₂F₁(A, B; C; −z), elementary by Euler's transformation where B − C or A − C is in {0, 1, 2, …}."""
    for a, b in ((A, B), (B, A)):
        k = sp.expand(b - C)
        if k.is_Integer and k >= 0:
            terms = (sp.rf(C - a, i) * sp.rf(-k, i) / (sp.rf(C, i) * sp.factorial(i)) * (-z) ** i for i in range(int(k) + 1))
            return (1 + z) ** (-a - k) * sp.Add(*terms)
    return sp.hyper((A, B), (C,), -z)


def _kummer(A: sp.Expr, C: sp.Expr, z: sp.Expr) -> sp.Expr:
    """₁F₁(A; C; −z), elementary by Kummer's transformation where A − C is in {0, 1, 2, …}."""
    k = sp.expand(A - C)
    if k.is_Integer and k >= 0:
        return sp.exp(-z) * sp.Add(*(sp.rf(-k, i) / (sp.rf(C, i) * sp.factorial(i)) * z**i for i in range(int(k) + 1)))
    return sp.hyper((A,), (C,), -z)


def _power(a: sp.Expr, n: sp.Expr, logarithm: bool) -> sp.Expr:
    """r^a: 2^{a+n} π^{n/2} Γ((n+a)/2)/Γ(−a/2) |ω|^{−a−n}; with log r its derivative in a. Source: gelfand1964generalized."""
    scale = 2 ** (a + n) * sp.pi ** (n / 2) * omega ** (-a - n)
    j = a / 2
    if j.is_integer and j.is_nonnegative:  # 1/Γ(−a/2) has a zero there, with slope (−1)^{j+1} j!/2 in a
        return scale * sp.gamma(n / 2 + j) * (-1) ** (j + 1) * sp.factorial(j) / 2 if logarithm else sp.S.Zero
    value = scale * sp.gamma((n + a) / 2) / sp.gamma(-j)
    if not logarithm:
        return value
    return value * (sp.log(2) - sp.log(omega) + (sp.digamma((n + a) / 2) + sp.digamma(-j)) / 2)


def _bessel(a: sp.Expr, order: sp.Expr, b: sp.Expr, n: sp.Expr) -> sp.Expr:
    """r^a K_ν(b r), by the Mellin transform of K_ν against the Hankel kernel. Source: watson1944treatise, section 13.45."""
    A, B = ((n + a + v) / 2 for v in (order, -order))
    if B.is_nonpositive or A.is_nonpositive:
        return sp.nan  # not integrable at 0: refused by the caller
    sphere = 2 * sp.pi ** (n / 2) / sp.gamma(n / 2)
    return sphere * 2 ** (n + a - 2) * b ** (-n - a) * sp.gamma(A) * sp.gamma(B) * _gauss(A, B, n / 2, omega**2 / b**2)


def _multiquadric(c: sp.Expr, beta: sp.Expr, n: sp.Expr) -> sp.Expr:
    """(c² + r²)^β: 2^{1+β} (2π)^{n/2}/Γ(−β) (|ω|/c)^{−β−n/2} K_{n/2+β}(c|ω|). Source: wendland2004scattered, theorem 6.13."""
    front = 2 ** (1 + beta) * (2 * sp.pi) ** (n / 2) / sp.gamma(-beta)
    return front * (omega / c) ** (-beta - n / 2) * sp.besselk(sp.Abs(n / 2 + beta), c * omega)


def _shift(base: sp.Expr) -> tuple[sp.Expr, sp.Expr] | None:
    """(factor, c) of factor · (c² + r²), or None."""
    factor = sp.diff(base, r, 2) / 2
    square = sp.expand(base / factor - r**2) if factor != 0 and not factor.has(r) else None
    return None if square is None or square.has(r) or not square.is_positive else (factor, sp.sqrt(square))


def _factor(f: sp.Expr, a: sp.Expr, n: sp.Expr) -> sp.Expr | None:
    """r^a f for one factor f that is no power of r; None where the table has none."""
    base, beta = f.as_base_exp()
    if f.func is sp.besselk and sp.diff(f.args[1], r).is_positive and sp.diff(f.args[1], r, 2) == 0:
        return _bessel(a, f.args[0], sp.diff(f.args[1], r), n) if f.args[1].subs(r, 0) == 0 else None
    if f.func is sp.exp:
        linear, quadratic = (-sp.cancel(f.args[0] / r**k) for k in (1, 2))
        if not linear.has(r) and linear.is_positive:  # e^{−z} = √(2z/π) K_{1/2}(z)
            return sp.sqrt(2 * linear / sp.pi) * _bessel(a + sp.S.Half, sp.S.Half, linear, n)
        if not quadratic.has(r) and quadratic.is_positive and not (n + a).is_nonpositive:
            front = sp.pi ** (n / 2) * quadratic ** (-(n + a) / 2) * sp.gamma((n + a) / 2) / sp.gamma(n / 2)
            return front * _kummer((n + a) / 2, n / 2, omega**2 / (4 * quadratic))
    if f == sp.log(r):
        return _power(a, n, True)
    if a == 0 and not beta.has(r) and (found := _shift(base)) is not None and not (beta.is_integer and beta.is_nonnegative):
        return found[0] ** beta * _multiquadric(found[1], beta, n)
    if a == 0 and f.func is sp.log and (found := _shift(f.args[0])) is not None:  # d/dβ of (c² + r²)^β at 0
        return -2 * (2 * sp.pi) ** (n / 2) * (omega / found[1]) ** (-n / 2) * sp.besselk(n / 2, found[1] * omega)
    return None


def _term(term: sp.Expr, n: sp.Expr) -> sp.Expr:
    constant, rest = term.as_independent(r, as_Add=False)
    factors = [f for f in sp.Mul.make_args(rest) if f != 1]
    powers = [f for f in factors if f.as_base_exp()[0] == r and not f.as_base_exp()[1].has(r)]
    a = sp.Add(*(f.as_base_exp()[1] for f in powers))
    others = [f for f in factors if f not in powers]
    found = _power(a, n, False) if not others else _factor(others[0], a, n) if len(others) == 1 else None
    if found is None or found.has(sp.zoo, sp.nan, sp.oo):
        raise Refusal(
            "hankel knows r^a, r^a log r, r^a exp(−br), r^a exp(−br²), r^a K_ν(br), (c²+r²)^β and log(c²+r²)",
            f"{term} in R^{n}",
            "Integrate numerically, for instance by a fast transform on a grid.",
        )
    return constant * found


def hankel(f: sp.Expr, dim: Scalar) -> sp.Expr:
    """∫_{R^n} f(|x|) e^{−iω·x} dx as an expression in omega = |ω|, for |ω| > 0; n may be a symbol.

    Raises Refusal for profiles that the table lacks, and for those too singular at 0 to be a distribution by themselves.

    >>> hankel(sp.exp(-(r**2) / 2), 2)
    2*pi*exp(-omega**2/2)
    """
    n = sp.sympify(dim, strict=True)
    f = sp.sympify(f, strict=True)
    roots = [power for power in f.atoms(sp.Pow) if power.base.is_Add and not (power.exp.is_Integer and power.exp > 0)]
    held = {power: sp.Dummy() for power in roots}
    opened = sp.expand(f.xreplace(held), power_base=False, power_exp=False, log=False)
    back = {dummy: power for power, dummy in held.items()}
    return sp.powsimp(sp.Add(*(_term(t.xreplace(back), n) for t in sp.Add.make_args(opened))))
