"""The SAN objective: any GAN loss trains the function, a weighted gap of means trains the direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import finite, flag, probabilities
from gantheory._errors import Refusal
from gantheory.discriminators.layers.sliced_linear import Sliced
from gantheory.lowering import Lowered, lower
from gantheory.objectives import Loss
from gantheory.symbolic import y

_REAL, _FAKE = sp.log(1 + sp.exp(1 - y)) ** 2, sp.log(1 + sp.exp(y)) ** 2

SOFTPLUS_LEAST_SQUARES = Loss(real=_REAL, fake=_FAKE, generator=_REAL)
"""E_p[softplus(1−D)²] + E_q[softplus(D)²], the generator E_q[softplus(1−D)²]: least squares whose force never turns.

Source: shibuya2024bigvsan.
"""

_FAR = 1e6  # values of D between −_FAR and _FAR are tried for the sign of r


@dataclass(frozen=True)
class SlicedObjective:
    """min over h, s, ω of E_p[ℓ_real(f⁻ω)] + E_q[ℓ_fake(f⁻ω)] − λ(E_p̃⟨ω, h⁻⟩ − E_q̃⟨ω, h⁻⟩), with p̃ ∝ r p, q̃ ∝ r q.

    r = −γ′(f⁻) ≥ 0 is what pushes a particle, so that the generator follows Σ r ∇f; x⁻ has no gradient. The first two terms
    train features and scale through Sliced.function, the last trains ω alone. normalised=False leaves p̃ = r p and q̃ = r q
    unnormalised, as BigVSAN does: not invariant under h ↦ h + c, and the same where r is constant. Losses whose r changes
    sign (least squares) are refused. Source: takida2024san; shibuya2024bigvsan.
    """

    loss: Loss
    weight: float = 1.0
    normalised: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.loss, Loss):
            raise Refusal("a SlicedObjective needs a Loss", f"a {type(self.loss).__name__}", "Use HINGE, or Loss(…).")
        number = isinstance(self.weight, int | float) and not isinstance(self.weight, bool)
        if not (number and isfinite(self.weight) and self.weight > 0):
            raise Refusal("the weight λ of the direction term is a finite number > 0", repr(self.weight))
        flag(self.normalised, "normalised")
        free = (self.loss.real + self.loss.fake + self.loss.generator).free_symbols - {y}
        if free:
            raise Refusal("a SlicedObjective needs numbers in its loss", f"{self.loss} with {free}", "Substitute them.")
        self._refuse_turning()

    def _refuse_turning(self) -> None:
        """Refuse r that is negative somewhere, or 0 everywhere."""
        D = torch.linspace(-1, 1, 4001, dtype=torch.float64) * torch.asinh(torch.tensor(_FAR, dtype=torch.float64))
        values = self.force(D.sinh())
        need = "SAN weighs samples by r = −γ′(D) ≥ 0"
        cure = "Use SOFTPLUS_LEAST_SQUARES, the form of least squares that never turns."
        if bool((values < 0).any()):
            worst = D.sinh()[int(torch.where(values < 0, D.abs(), torch.inf).argmin())].item()
            raise Refusal(need, f"r = {self.ratio}, which is negative at D = {worst:.3g}", cure)
        if not bool((values > 0).any()):
            raise Refusal(need, f"r = {self.ratio}", "Give the generator a loss that depends on D.")

    @cached_property
    def ratio(self) -> sp.Expr:
        """r = −γ′(y), as SymPy differentiates it: simplified, its exponentials would no longer be seen as stable forms."""
        return -sp.diff(self.loss.generator, y)

    @cached_property
    def _lowered(self) -> tuple[Lowered, Lowered, Lowered, Lowered]:
        """ℓ_real, ℓ_fake, γ and log r."""
        logarithm = sp.expand_log(sp.log(self.ratio), force=True)
        return tuple(lower(side, y) for side in (self.loss.real, self.loss.fake, self.loss.generator, logarithm))  # type: ignore[return-value]

    @cached_property
    def force(self) -> Lowered:
        """r as a function of values of f."""
        return lower(self.ratio, y)

    def shares(self, function: Float[Tensor, " n"], weights: Float[Tensor, " n"] | None = None) -> Float[Tensor, " n"]:
        """The weights of p̃ on the samples of p (1/n each unless given): wᵢ r(fᵢ)/Σ w r, without a gradient.

        By logarithms, so that nothing underflows; all alike where r vanishes on every sample. w r if not normalised.
        """
        f = function.detach()
        w = _weights(f, weights)
        logarithm = self._lowered[3](f)
        if not self.normalised:
            return w * logarithm.exp()
        logarithm = torch.where(w > 0, logarithm, -torch.inf)  # a sample of weight 0 sets no scale
        largest = logarithm.amax(-1, keepdim=True)
        r = torch.where(largest == -torch.inf, 1.0, (logarithm - largest).exp())
        return w * r / (w * r).sum(-1, keepdim=True)

    def discriminator(
        self,
        real: Sliced,
        fake: Sliced,
        real_weights: Float[Tensor, " n"] | None = None,
        fake_weights: Float[Tensor, " m"] | None = None,
    ) -> Float[Tensor, ""]:
        """What the discriminator minimises, on a batch of each; weights of the samples are equal unless given."""
        for reading in (real, fake):
            _refuse_unfit(reading)
        on_real, on_fake, _, _ = self._lowered
        first = _weights(real.function, real_weights) @ on_real(real.function)
        first = first + _weights(fake.function, fake_weights) @ on_fake(fake.function)
        gap = self.shares(real.function, real_weights) @ real.direction
        return first - self.weight * (gap - self.shares(fake.function, fake_weights) @ fake.direction)

    def generator(self, fake: Sliced, weights: Float[Tensor, " m"] | None = None) -> Float[Tensor, ""]:
        """E_q[γ(f)]: what the generator minimises, as in the plain GAN."""
        _refuse_unfit(fake)
        return _weights(fake.function, weights) @ self._lowered[2](fake.function)


def _refuse_unfit(reading: Sliced) -> None:
    """Refuse what is no pair of finite readings of one batch."""
    if not isinstance(reading, Sliced):
        need = "a SlicedObjective takes Sliced readings, of function and direction"
        raise Refusal(need, type(reading).__name__, "Use SlicedDiscriminator.readings(x).")
    if reading.direction.shape != reading.function.shape:
        given = f"shapes {tuple(reading.function.shape)} and {tuple(reading.direction.shape)}"
        raise Refusal("both readings are of one batch", given)
    finite(reading.direction.detach(), "readings of the direction")


def _weights(function: Tensor, weights: Tensor | None) -> Tensor:
    """Weights of sum 1, equal unless given; a Refusal for an empty or infinite batch, or weights that do not fit."""
    if function.ndim != 1 or not len(function):
        raise Refusal("readings hold one value for each sample, at least one", f"shape {tuple(function.shape)}")
    finite(function.detach(), "readings of the function")
    given = function.new_ones(len(function)) if weights is None else weights
    return probabilities(given, function, len(function), "weights of samples")
