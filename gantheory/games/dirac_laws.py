"""What is known of the Dirac-GAN in closed form: periods, cycles, decay, and the largest steps that converge."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.games.dirac_regularisers import size


def logistic_period(radius: Any) -> sp.Expr:
    """2π (1 + I₀(r²/2)): the time of one turn on the circle θ² + ψ² = r² under the saturating logistic loss, unregularised.

    The angle moves at the speed σ(θψ), whose reciprocal is 1 + e^{−θψ}.

    >>> float(logistic_period(sp.sqrt(2)).n())
    14.238111828192432
    """
    r = size(radius, "a radius", zero=True)
    return 2 * sp.pi * (1 + sp.besseli(0, r**2 / 2))


def non_saturating_decay(radius: Any, t: Any) -> sp.Expr:
    """8/(t + 8/r₀²): the r² that the unregularised non-saturating game approaches, averaged over a turn, from r₀ small.

    The law is Ė = −u tanh(u/2), u = θψ, E = r²/2; the average of u² over a circle is r⁴/8.
    """
    r = size(radius, "a radius")
    return 8 / (size(t, "a time", zero=True) + 8 / r**2)


def wgan_gp_cycle(weight: Any, centre: Any = 1) -> sp.Expr:
    """max |θ| = γ g₀ coth(γπ/4ω), ω = √(1 − γ²/4): the limit cycle of the Wasserstein loss with wgan_gp(γ, g₀), γ < 2.

    4g₀/π for γ → 0.
    """
    g, g0 = size(weight, "the weight γ"), size(centre, "the centre g₀")
    if (2 - g).is_nonpositive:
        need = "a cycle in closed form belongs to γ < 2, where the motion on either side of ψ = 0 oscillates"
        raise Refusal(need, f"γ = {g}", "Integrate the game.")
    return g * g0 * sp.coth(g * sp.pi / (4 * sp.sqrt(1 - g**2 / 4)))


def simultaneous_limit(weight: Any, speed: Any) -> sp.Expr:
    """The step h below which simultaneous descent with R1 of weight γ converges, a = f′(0) the speed.

    γ/a² for γ ≤ 2a, where the eigenvalues −γ/2 ± √(γ²/4 − a²) are complex; (γ − √(γ² − 4a²))/a² beyond.
    """
    g, a = size(weight, "the weight γ"), size(speed, "the speed a")
    return sp.Piecewise((g / a**2, g <= 2 * a), ((g - sp.sqrt(g**2 - 4 * a**2)) / a**2, True))


def alternating_limit(weight: Any, speed: Any) -> sp.Expr:
    """(√(γ² + 4a²) − γ)/a²: the step h below which alternating descent with R1 of weight γ > 0 converges, a = f′(0).

    It is the root of h²a² + 2hγ = 4. For γ → 0 it tends to 2/a, where simultaneous descent allows no step at all.
    """
    g, a = size(weight, "the weight γ"), size(speed, "the speed a")
    return (sp.sqrt(g**2 + 4 * a**2) - g) / a**2
