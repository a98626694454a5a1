"""The velocity of the Dirac-GAN from SymPy's derivatives: one game, or many at once that differ in a weight and in the step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.dirac_mean import nodes
from gantheory.games.dirac_players import refuse_symbols, signed
from gantheory.games.dirac_regularisers import Pair, noise, psi, theta
from gantheory.games.game import refuse_nobody
from gantheory.lowering import Lowered, lower


@dataclass(frozen=True, eq=False)
class DiracField:
    """(θ̇, ψ̇) of b independent Dirac-GANs, z = (θ_1 … θ_b, ψ_1 … ψ_b): a Flow, and what updates move as a game of two players.

    drift: both velocities in theta, psi and noise, averaged by `count` nodes (0: no noise). parameter, values: a symbol and
    its number in each of the games. steps: factors of the velocities, so that one step of length 1 is a step of its own
    length in each game. Without values there is one game; rows of a batch (k, 2b) move alike.
    """

    drift: Pair
    count: int = 0
    parameter: sp.Symbol | None = None
    values: Float[Tensor, " b"] | None = None
    steps: Float[Tensor, " _"] | None = None

    def __post_init__(self) -> None:
        jumps = (sp.Heaviside, sp.sign, sp.Max)
        if self.count and any(atom.has(noise) for expr in self.drift for atom in expr.atoms(*jumps)):
            need = "a velocity is averaged over instance noise by a rule for smooth losses"
            raise Refusal(need, "a loss with kinks", "Use the .game of the DiracGAN, which averages kinks in closed form.")
        if (self.parameter is None) != (self.values is None):
            raise Refusal("a parameter of a DiracField has values, and values have their parameter", "one without the other")
        if self.values is not None and self.steps is not None and self.values.shape != self.steps.shape:
            given = f"{tuple(self.steps.shape)} for {tuple(self.values.shape)}"
            raise Refusal("steps of a DiracField are as many as its values", given)
        for expr in self.drift:
            refuse_symbols(expr, *self._symbols)

    @property
    def sizes(self) -> tuple[int, int]:
        """b numbers for each player."""
        held = self.steps if self.values is None else self.values
        b = 1 if held is None else len(held)
        return b, b

    def __call__(self, t: Float[Tensor, ""], z: Float[Tensor, "*k n"]) -> Float[Tensor, "*k n"]:
        """The velocity of all games."""
        return self.velocity(z)

    def velocity(self, z: Float[Tensor, "*k n"]) -> Float[Tensor, "*k n"]:
        """All θ̇, then all ψ̇."""
        return torch.cat([self.share(z, 0), self.share(z, 1)], -1)

    def share(self, z: Float[Tensor, "*k n"], player: int) -> Float[Tensor, "*k b"]:
        """θ̇ (player 0) or ψ̇ (player 1)."""
        refuse_nobody(player, self.sizes)
        if z.shape[-1] != sum(self.sizes):
            given = f"shape {tuple(z.shape)}"
            raise Refusal(f"a state of {self.sizes[0]} Dirac-GANs has {sum(self.sizes)} numbers, θ before ψ", given)
        held = [*z.split(self.sizes, -1)] + ([] if self.values is None else [self.values.to(z)])
        if not self.count:
            v = self._lowered[player](*held)
        else:
            points, weights = nodes(self.count, z)
            each = self._lowered[player](*(part.unsqueeze(-1) for part in held), points)
            v = (weights * each).sum(-1)
        return v if self.steps is None else self.steps.to(z) * v

    @property
    def _symbols(self) -> tuple[sp.Symbol, ...]:
        return () if self.parameter is None else (self.parameter,)

    @cached_property
    def _lowered(self) -> tuple[Lowered, Lowered]:
        arguments = (theta, psi, *self._symbols, *((noise,) if self.count else ()))
        generator, discriminator = self.drift
        return lower(signed(generator), *arguments), lower(signed(discriminator), *arguments)
