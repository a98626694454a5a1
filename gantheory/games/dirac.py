"""The Dirac-GAN: one point against another, the smallest GAN that shows who converges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from gantheory._errors import Refusal
from gantheory.games.dirac_field import DiracField
from gantheory.games.dirac_mean import derivative_at, gaussian_mean
from gantheory.games.dirac_players import dirac_game
from gantheory.games.dirac_regularisers import UNREGULARISED, InstanceNoise, Penalised, Regulariser, psi, size, theta
from gantheory.games.game import Game
from gantheory.objectives import GradientPenalty, Loss, Term
from gantheory.objectives.penalty import exact
from gantheory.symbolic import y

_ORIGIN = (0, 0)


@dataclass(frozen=True)
class DiracGAN:
    """Data δ₀, fakes δ_θ, D(x) = ψx: θ̇ = −∂_θ γ(ψθ), ψ̇ = −∂_ψ [ℓ_real(0) + ℓ_fake(ψθ) + penalty], state z = (θ, ψ).

    Everything is derived from the loss and the regulariser (or weight * GradientPenalty(…)); weights may be symbols. The
    equilibrium is (0, 0). mescheder2018which writes f(t) = −ℓ_fake(−t) and D for our −D, which maps ψ to −ψ and keeps
    eigenvalues; a = f′(0), b = f″(0) below are its letters. Source: mescheder2018which, section 2.
    """

    loss: Loss | Any
    regulariser: Regulariser | Term | GradientPenalty | Any = UNREGULARISED

    def __post_init__(self) -> None:
        if not isinstance(self.loss, Loss):
            raise Refusal("a DiracGAN starts with a Loss", repr(self.loss), "Use LOGISTIC, or Loss(real=…, fake=…).")
        if isinstance(self.regulariser, Term | GradientPenalty):
            object.__setattr__(self, "regulariser", Penalised(self.regulariser))
        if not isinstance(self.regulariser, Regulariser) or isinstance(self.regulariser, type):
            cure = "Use r1(weight), wgan_gp(weight), InstanceNoise(deviation), Consensus(weight) or GeneratorSlope(weight)."
            raise Refusal("a regulariser gives the losses of both players", repr(self.regulariser), cure)

    @cached_property
    def players(self) -> tuple[sp.Expr, sp.Expr]:
        """The generator's and the discriminator's loss in theta, psi and noise, before the average over the noise."""
        return self.regulariser.players(self.loss)  # type: ignore[union-attr]

    @cached_property
    def drift(self) -> tuple[sp.Expr, sp.Expr]:
        """(θ̇, ψ̇) before the average over the noise."""
        generator, discriminator = self.players
        return -sp.diff(generator, theta), -sp.diff(discriminator, psi)

    @property
    def velocity(self) -> tuple[sp.Expr, sp.Expr]:
        """(θ̇, ψ̇) in theta and psi; an integral over the noise where SymPy cannot average."""
        return gaussian_mean(self.drift[0]), gaussian_mean(self.drift[1])

    def jacobian(self, at: tuple[Any, ...] = _ORIGIN) -> sp.Matrix:
        """∂(θ̇, ψ̇)/∂(θ, ψ) at a point, the equilibrium unless told. A Refusal where the velocity has a kink there."""
        if not isinstance(at, tuple) or len(at) != 2:
            raise Refusal("a state of the Dirac-GAN is a tuple (θ, ψ)", repr(at))
        point = {s: exact(v, f"the coordinate {s}") for s, v in zip((theta, psi), at, strict=True)}
        rows = [[gaussian_mean(derivative_at(v, s, point)) for s in (theta, psi)] for v in self.drift]
        return sp.Matrix(rows).applyfunc(sp.simplify)

    def eigenvalues(self, rates: tuple[Any, ...] = (1, 1)) -> tuple[sp.Expr, sp.Expr]:
        """(τ/2 − √(τ²/4 − δ), τ/2 + √(τ²/4 − δ)) of diag(rates) times the Jacobian at the equilibrium.

        τ its trace, δ its determinant. rates: the learning rates of generator and discriminator (two time scales).
        """
        trace, determinant = self._invariants(rates)
        root = sp.sqrt(sp.expand(trace**2 / 4 - determinant))
        return trace / 2 - root, trace / 2 + root

    def critical(self, symbol: sp.Symbol) -> tuple[sp.Expr, ...]:
        """The positive values of a free symbol at which the eigenvalues meet and rotation ends; () if there is none."""
        if not isinstance(symbol, sp.Symbol):
            raise Refusal("a critical value is that of a SymPy symbol", repr(symbol), "Use sp.Symbol('gamma', positive=True).")
        trace, determinant = self._invariants((1, 1))
        roots = sp.solve(trace**2 - 4 * determinant, symbol) if (trace**2 - 4 * determinant).has(symbol) else []
        return tuple(sp.simplify(root) for root in roots if root.is_positive)

    @property
    def a(self) -> sp.Expr:
        """a = √(−γ′(0) ℓ_fake′(0)), the angular speed of the unregularised game at its equilibrium: f′(0)."""
        square = -self._at_rest(self.loss.generator, 1) * self._at_rest(self.loss.fake, 1)
        if square.is_negative:
            need = "an angular speed belongs to players who oppose each other, γ′(0) ℓ_fake′(0) ≤ 0"
            raise Refusal(need, f"γ′(0) ℓ_fake′(0) = {-square}", "Look at the sign of the generator's loss.")
        return sp.sqrt(square)

    @property
    def b(self) -> sp.Expr:
        """b = −½(ℓ_real″(0) + ℓ_fake″(0)), the curvature that instance noise brings to bear: f″(0)."""
        return -(self._at_rest(self.loss.real, 2) + self._at_rest(self.loss.fake, 2)) / 2

    @cached_property
    def game(self) -> Game:
        """The losses of both players as a Game of two numbers, its velocity by autograd."""
        return dirac_game(self.players, self.nodes)

    @cached_property
    def field(self) -> DiracField:
        """The velocity of `game` by SymPy's derivatives: a flow, and what updates move, without autograd."""
        return DiracField(self.drift, self.nodes)

    @property
    def nodes(self) -> int:
        """Of the Gauss–Hermite rule that averages over instance noise; 0 where there is none."""
        return self.regulariser.nodes if isinstance(self.regulariser, InstanceNoise) else 0

    def _invariants(self, rates: tuple[Any, ...]) -> tuple[sp.Expr, sp.Expr]:
        if not isinstance(rates, tuple) or len(rates) != 2:
            raise Refusal("learning rates of the Dirac-GAN are a tuple (generator, discriminator)", repr(rates))
        scale = sp.diag(*(size(rate, "a learning rate") for rate in rates))
        matrix = scale * self.jacobian()
        return sp.simplify(matrix.trace()), sp.simplify(matrix.det())

    def _at_rest(self, expr: sp.Expr, order: int) -> sp.Expr:
        return derivative_at(sp.diff(expr, y, order - 1), y, {y: sp.S.Zero})
