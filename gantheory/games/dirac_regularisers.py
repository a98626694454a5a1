"""What makes the Dirac-GAN converge, or was meant to: regularisers as maps from a loss to the losses of its two players.

Data δ₀, fakes δ_θ, discriminator D(x) = ψx; the state is (θ, ψ). A regulariser gives the generator's and the discriminator's
loss as SymPy expressions in theta, psi and noise, a standard normal ξ over which both are averaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import GradientPenalty, Loss, Term
from gantheory.objectives.penalty import exact
from gantheory.symbolic import nu, p, q, y

theta, psi, noise = sp.symbols("theta psi xi", real=True)
_x = sp.Symbol("x", real=True)  # where the discriminator is evaluated
Pair = tuple[sp.Expr, sp.Expr]


@runtime_checkable
class Regulariser(Protocol):
    """loss ↦ (the generator's loss, the discriminator's loss) in theta, psi and noise."""

    def players(self, loss: Loss) -> Pair:
        """Both losses, before the average over the noise."""
        ...


def value(loss: sp.Expr, x: sp.Expr) -> sp.Expr:
    """ℓ(D(x)) = ℓ(ψx)."""
    return loss.subs(y, psi * x)


@dataclass(frozen=True)
class Unregularised:
    """γ(ψθ) for the generator, ℓ_real(0) + ℓ_fake(ψθ) for the discriminator."""

    def players(self, loss: Loss) -> Pair:
        """As they are."""
        return value(loss.generator, theta), value(loss.real, sp.S.Zero) + value(loss.fake, theta)


UNREGULARISED = Unregularised()
"""The game of the loss alone."""


@dataclass(frozen=True)
class Penalised:
    """λ ∫ w (|∂^m D| − K)² dx added to the discriminator's loss, w a combination of p = δ₀, q = δ_θ, and nu of mass 1.

    R1 and R2 are one and the same here, since ∂D = ψ everywhere. With a centre K > 0 (WGAN-GP) the velocity jumps at ψ = 0.
    """

    term: Term | GradientPenalty | Any

    def __post_init__(self) -> None:
        if isinstance(self.term, GradientPenalty):
            object.__setattr__(self, "term", 1 * self.term)
        if not isinstance(self.term, Term):
            raise Refusal("a penalty of the Dirac-GAN is weight * GradientPenalty(…)", repr(self.term), "Use r1(weight).")
        self._mean(sp.S.One if self.penalty.order else _x)

    @property
    def penalty(self) -> GradientPenalty:
        """The penalty without its weight."""
        return self.term.penalty  # type: ignore[union-attr]

    def players(self, loss: Loss) -> Pair:
        """The discriminator pays."""
        generator, discriminator = UNREGULARISED.players(loss)
        paid = self._mean(self.penalty.integrand(psi * _x, (_x,), sp.S.One))
        return generator, discriminator + self.term.weight * paid  # type: ignore[union-attr]

    def _mean(self, integrand: sp.Expr) -> sp.Expr:
        """∫ w g dx with point masses for the densities."""
        over = self.penalty.over
        shares = {g: sp.diff(over, g) for g in (p, q, nu)}
        if sp.expand(over - sum(c * g for g, c in shares.items())) != 0 or any(c.has(p, q, nu) for c in shares.values()):
            need = "a penalty of the Dirac-GAN is averaged over p, q, nu or a weighted sum of them, its measures being points"
            raise Refusal(need, f"over={over}", "Use over=p (R1), over=q (R2), or over=nu (WGAN-GP).")
        if shares[nu] != 0 and integrand.has(_x):
            raise Refusal("a penalty over nu is one of the slope of D", f"order {self.penalty.order}", "Use over=p or over=q.")
        return (shares[p] + shares[nu]) * integrand.subs(_x, 0) + shares[q] * integrand.subs(_x, theta)


def r1(weight: Any) -> Penalised:
    """(γ/2) E_p |∇D|², γ the weight. Source: mescheder2018which, section 4."""
    return Penalised(size(weight, "the weight γ of R1") / 2 * GradientPenalty(over=p))


def r2(weight: Any) -> Penalised:
    """(γ/2) E_q |∇D|², γ the weight. Source: mescheder2018which, section 4."""
    return Penalised(size(weight, "the weight γ of R2") / 2 * GradientPenalty(over=q))


def wgan_gp(weight: Any, centre: Any = 1) -> Penalised:
    """(γ/2) E (|∇D| − g₀)², γ the weight, g₀ the centre. Source: gulrajani2017improved, equation 3, with λ = γ/2."""
    return Penalised(size(weight, "the weight γ of WGAN-GP") / 2 * GradientPenalty(over=nu, centre=centre))


@dataclass(frozen=True)
class InstanceNoise:
    """Data N(0, s²) and fakes N(θ, s²): both players average their losses over the noise; s the deviation.

    real_deviation: another deviation on the data, 0 for none. nodes: of the Gauss–Hermite rule that stands for the average in
    numbers, exact for |ψ|s ≲ 1 (logistic losses: 10⁻¹² at 60 nodes); kinked losses have their own closed form.
    Source: mescheder2018which, section 3.
    """

    deviation: Any
    real_deviation: Any = None
    nodes: int = 60

    def __post_init__(self) -> None:
        object.__setattr__(self, "deviation", size(self.deviation, "the deviation of the instance noise"))
        real = self.deviation if self.real_deviation is None else self.real_deviation
        object.__setattr__(self, "real_deviation", size(real, "the deviation of the noise on the data", zero=True))
        if isinstance(self.nodes, bool) or not isinstance(self.nodes, int) or not 2 <= self.nodes <= 180:
            raise Refusal("the nodes of a Gauss–Hermite rule are an integer from 2 to 180", repr(self.nodes))

    def players(self, loss: Loss) -> Pair:
        """Fakes at θ + sξ, data at sξ."""
        fake, real = theta + self.deviation * noise, self.real_deviation * noise
        return value(loss.generator, fake), value(loss.real, real) + value(loss.fake, fake)


@dataclass(frozen=True)
class Consensus:
    """Both players add (γ/2)|v|², v the velocity of the game without it. Source: mescheder2017numerics, section 4."""

    weight: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", size(self.weight, "the weight of consensus optimisation"))

    def players(self, loss: Loss) -> Pair:
        """Both pay for speed."""
        generator, discriminator = UNREGULARISED.players(loss)
        speed = sp.diff(generator, theta) ** 2 + sp.diff(discriminator, psi) ** 2
        return generator + self.weight / 2 * speed, discriminator + self.weight / 2 * speed


@dataclass(frozen=True)
class GeneratorSlope:
    """λ|∂_θ ℓ_G|² added to the discriminator's loss: the regulariser of ODE-GAN. Source: qin2020training, section 3."""

    weight: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", size(self.weight, "the weight of the generator's slope"))

    def players(self, loss: Loss) -> Pair:
        """The discriminator pays for the generator's gradient."""
        generator, discriminator = UNREGULARISED.players(loss)
        return generator, discriminator + self.weight * sp.diff(generator, theta) ** 2


def size(number: Any, what: str, *, zero: bool = False) -> sp.Expr:
    """A number or symbol > 0 (or 0) as SymPy has it."""
    found = exact(number, what)
    if found.is_negative or (found.is_zero and not zero):
        raise Refusal(f"{what} is a number {'≥' if zero else '>'} 0, or a symbol", found)
    return found
