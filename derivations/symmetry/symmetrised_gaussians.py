"""Divergences from a symmetric Gaussian to a Gaussian that was averaged over the sign."""

from functools import partial
from math import cosh

import numpy as np
import sympy as sp
import torch
from numpy.polynomial.hermite_e import hermegauss
from scipy.integrate import quad

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.groups import sign
from gantheory.measures import Gaussian, symmetrised_measure

x, a = sp.symbols("x a", real=True)
SHIFTS = (0.5, 1.0, 1.6)


def normal(mean: sp.Expr) -> sp.Expr:
    """The density of N(mean, 1)."""
    return sp.exp(-((x - mean) ** 2) / 2) / sp.sqrt(2 * sp.pi)


def ratio() -> sp.Expr:
    """½(N(a, 1) + N(−a, 1)) over N(0, 1)."""
    return sp.powsimp(sp.expand(sp.simplify((normal(a) + normal(-a)) / 2 / normal(0)).rewrite(sp.exp)))


def printed_ratio() -> sp.Expr:
    """e^{−a²/2} cosh(ax)."""
    return sp.powsimp(sp.expand((sp.exp(-(a**2) / 2) * sp.cosh(a * x)).rewrite(sp.exp)))


def square_mean() -> sp.Expr:
    """E_{N(0,1)} of the squared ratio: e^{−a²}(e^{2ax} + 2 + e^{−2ax})/4, with E e^{sX} = e^{s²/2}."""
    s = sp.Symbol("s", real=True)
    moment = sp.exp(s**2 / 2)
    return sp.expand(sp.exp(-(a**2)) * (moment.subs(s, 2 * a) + 2 + moment.subs(s, -2 * a)) / 4)


def densities(shift: float) -> tuple[object, object]:
    """The package's averaged density and N(0, 1), as functions of a number."""
    law = symmetrised_measure(
        Gaussian(torch.tensor([shift], dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64)), sign(1)
    )
    centre = Gaussian(torch.zeros(1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64))
    return tuple(lambda z, m=m: float(m.density(torch.tensor([[z]], dtype=torch.float64))) for m in (law, centre))  # type: ignore[return-value]


def kullback(shift: float) -> float:
    """∫ q log(q/p) by quadrature."""
    q, p = densities(shift)
    return quad(lambda z: q(z) * np.log(q(z) / p(z)), -12, 12, epsabs=1e-11, epsrel=1e-11)[0]  # type: ignore[operator]


def kullback_formula(shift: float) -> float:
    """−a²/2 + E_{N(a,1)} log cosh(aX), with Gauss and Hermite's nodes."""
    z, w = hermegauss(90)
    u = shift * (z + shift)
    return float(-(shift**2) / 2 + w @ (np.logaddexp(u, -u) - np.log(2)) / w.sum())


def chi_squared(shift: float) -> float:
    """∫ (q − p)²/p by quadrature."""
    q, p = densities(shift)
    return quad(lambda z: (q(z) - p(z)) ** 2 / p(z), -11, 11, epsabs=1e-11, epsrel=1e-11)[0]  # type: ignore[operator]


def share_of(name: str, shift: float) -> float:
    """1 + the number of failures of D(S[Q]|P) < D(Q|P), D(Q|P) = a²/2 for KL and e^{a²} − 1 for χ²."""
    below = kullback(shift) < shift**2 / 2 if name == "KL" else chi_squared(shift) < np.exp(shift**2) - 1
    return 1.0 + (not below)


KULLBACK = Claim(
    name="kl-of-averaged-gaussian",
    says="The average of N(a, 1) over the sign is at KL = −a²/2 + E log cosh(aX) from N(0, 1), less than a²/2.",
    equation=r"KL(S^\Sigma[Q]|P) = -\frac{a^2}{2} + \mathbb{E}_{N(a,1)}\log\cosh(aX) \le \frac{a^2}{2}",
    source="birrell2022structure, invariant discriminators",
    proof=(Step("the ratio of densities", ratio, printed_ratio),),
    witness=Agreement(
        (
            *(Step(f"a = {s}: quadrature", partial(kullback, s), partial(kullback_formula, s), Rivals(1e-8)) for s in SHIFTS),
            *(Step(f"a = {s}: 1 + failures of ≤", partial(share_of, "KL", s), lambda: 1.0, Rivals(1e-9)) for s in SHIFTS),
        )
    ),
)

CHI_SQUARED = Claim(
    name="chi-squared-of-averaged-gaussian",
    says="The average of N(a, 1) over the sign is at χ² = cosh(a²) − 1 from N(0, 1), less than e^{a²} − 1.",
    equation=r"\chi^2(S^\Sigma[Q]|P) = \cosh(a^2) - 1 \le e^{a^2} - 1",
    source="birrell2022structure, invariant discriminators",
    proof=(
        Step("the ratio of densities", ratio, printed_ratio),
        Step("its second moment", square_mean, lambda: sp.cosh(a**2).rewrite(sp.exp)),
    ),
    witness=Agreement(
        (
            *(
                Step(f"a = {s}: quadrature", partial(chi_squared, s), partial(lambda s: cosh(s**2) - 1, s), Rivals(1e-9))
                for s in SHIFTS
            ),
            *(Step(f"a = {s}: 1 + failures of ≤", partial(share_of, "χ²", s), lambda: 1.0, Rivals(1e-9)) for s in SHIFTS),
        )
    ),
)
