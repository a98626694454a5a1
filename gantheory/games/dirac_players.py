"""The losses of the Dirac-GAN's two players in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.dirac_mean import nodes, rectified_mean
from gantheory.games.dirac_regularisers import Pair, noise, psi, theta
from gantheory.games.game import Game
from gantheory.lowering import Lowered, lower


def dirac_game(players: Pair, count: int) -> Game:
    """Both losses, averaged over the noise by `count` nodes (0: there is no noise), as a Game of two numbers."""
    generator, discriminator = (AveragedLoss(signed(refuse_symbols(expr)), count) for expr in players)
    return Game(lambda x, y: (generator(x, y), discriminator(x, y)), (1, 1))


@dataclass(frozen=True, eq=False)
class AveragedLoss:
    """(θ, ψ) ↦ E ℓ(θ, ψ, ξ), a scalar: kinks (A + Bξ)₊ in closed form, the smooth rest by a Gauss–Hermite rule."""

    expr: sp.Expr
    count: int

    def __call__(self, x: Float[Tensor, " 1"], y: Float[Tensor, " 1"]) -> Float[Tensor, ""]:
        """The loss at one θ and one ψ."""
        if not self.count:
            return self._plain(x, y).sum()
        rest, kinks = self._parts
        points, weights = nodes(self.count, x)
        total = (weights * rest(x, y, points)).sum()
        for factor, middle, spread in kinks:
            total = total + (factor(x, y) * rectified_mean(middle(x, y), spread(x, y))).sum()
        return total

    @cached_property
    def _plain(self) -> Lowered:
        return lower(self.expr, theta, psi)

    @cached_property
    def _parts(self) -> tuple[Lowered, list[tuple[Lowered, ...]]]:
        """The smooth rest, and (c, A, B) for each term c (A + Bξ)₊."""
        names = {kink: sp.Dummy() for kink in self.expr.atoms(sp.Max) if kink.has(noise)}
        rest = sp.expand(self.expr.subs(names))
        kinks = []
        for kink, name in names.items():
            factor = sp.diff(rest, name)
            inner = [arg for arg in kink.args if arg != 0]
            if factor.has(noise, *names.values()) or len(inner) != 1 or len(kink.args) != 2 or not _affine(inner[0]):
                need = "under instance noise a kinked loss is a sum of terms c·Max(0, α + βy)"
                raise Refusal(need, kink, "Write it so, as HINGE is.")
            parts = (factor, inner[0].subs(noise, 0), sp.diff(inner[0], noise))
            kinks.append(tuple(lower(part, theta, psi) for part in parts))
        rest = rest.subs({name: 0 for name in names.values()})
        return lower(rest, theta, psi, noise), kinks


def _affine(expr: sp.Expr) -> bool:
    return not sp.diff(expr, noise).has(noise)


def refuse_symbols(expr: sp.Expr, *known: sp.Symbol) -> sp.Expr:
    """The expression, unless it holds symbols that have no number."""
    free = sorted(map(str, expr.free_symbols - {theta, psi, noise, *known}))
    if free:
        need = "a Dirac-GAN is integrated with numbers for every weight and label"
        raise Refusal(need, f"the symbols {', '.join(free)}", "Give numbers to the loss and to the regulariser.")
    return expr


def signed(expr: sp.Expr) -> sp.Expr:
    """Jumps written as (1 + sign)/2, which has a derivative almost everywhere in torch, as Heaviside has not."""
    return expr.replace(sp.Heaviside, lambda e, *half: (1 + sp.sign(e)) / 2)
