"""An update: what one step of training does to the players of a game, and the one loop that repeats it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import sympy as sp
from jaxtyping import Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import NotFinite, Played
from gantheory.integration import Velocity
from gantheory.integration.method import equal_steps, positive
from gantheory.objectives.penalty import exact

Memory: TypeAlias = tuple[Tensor, ...]
Rule: TypeAlias = Callable[[Played, Tensor, Memory, float], tuple[Tensor, Memory]]
Law: TypeAlias = Callable[[sp.Expr], sp.Expr]


@dataclass(frozen=True, eq=False)
class Update:
    """(z, memory) ↦ (z⁺, memory⁺): one step of a training rule. A Method: integrate(game, z0, t, method=update).

    order: as an integrator of ż = v(z), or of the rule's own field where the docstring of the rule names one.
    law: κ ↦ the spectral radius of a step on the bilinear game ẋ = −cy, ẏ = cx, κ = c · step, where it is known.
    stable: the open set of κ > 0 in which iterates on that game stay bounded.
    remembers: whether a step depends on those before; memory is () at first.
    """

    name: str
    order: int
    step: float
    rule: Rule = field(repr=False)
    law: Law | None = field(default=None, repr=False)
    stable: sp.Set | None = field(default=None, repr=False)
    remembers: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "step", positive(self.step, f"the step of {self.name}"))

    def __call__(self, game: Played, z: Float[Tensor, "*b n"]) -> Float[Tensor, "*b n"]:
        """z⁺ of an update without memory."""
        if self.remembers:
            cure = "Use advance_state(game, z, memory), or integrate(game, z, t, method=update)."
            raise Refusal("an update is a function of z alone where it has no memory", f"{self.name}, which remembers", cure)
        return self.advance_state(game, z)[0]

    def advance_state(
        self, game: Played, z: Float[Tensor, "*b n"], memory: Memory = ()
    ) -> tuple[Float[Tensor, "*b n"], Memory]:
        """(z⁺, memory⁺) after one step; differentiable in both where they require gradients."""
        return self.rule(_played(game, self.name), z, memory, self.step)

    def advance(self, velocity: Velocity, x: tuple[Tensor, ...], start: float, end: float) -> tuple[Tensor, ...]:
        """The state at `end`, after the fewest equal steps that are no longer than `step`."""
        game = _Counted(_played(velocity.flow, self.name), velocity)
        count, h = equal_steps(start, end, self.step)
        velocity.largest_step = max(velocity.largest_step, abs(h))
        if not velocity.single:
            raise Refusal(f"{self.name} moves players held in one tensor", "a tuple", "Use torch.cat(players, -1).")
        z = x[0]
        for i in range(count):
            try:
                z, velocity.memory = self.rule(game, z, velocity.memory, h)
            except NotFinite as why:
                given = f"{self.name}: {why.what} is {why.value:g}"
                raise velocity.failure(given, start + i * h, *why.cures) from why
            if not bool(z.isfinite().all()):
                cure = f"Use a step below {self.step:g}, or an update that is stable on this game."
                raise velocity.failure(f"{self.name}: the players are not finite", start + i * h, cure)
            velocity.steps += 1
        return (z,)

    def growth(self, kappa: object) -> sp.Expr:
        """The spectral radius of a step on the bilinear game of κ = strength · step, in closed form."""
        if self.law is None:
            raise Refusal("a growth factor in closed form belongs to an update whose law is known", self.name, _MEASURE)
        return self.law(step_in_turns(kappa))


_MEASURE = "Use growth_factor(update, game, z)."


@dataclass(frozen=True, eq=False)
class _Counted:
    """The same game; each velocity or share asked for counts as an evaluation."""

    game: Played
    tally: Velocity

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.game.sizes

    def velocity(self, z: Tensor) -> Tensor:
        self.tally.evaluations += 1
        return self.game.velocity(z)

    def share(self, z: Tensor, player: int) -> Tensor:
        self.tally.evaluations += 1
        return self.game.share(z, player)


def _played(flow: object, name: str) -> Played:
    if isinstance(flow, Played):
        return flow
    cure = "Write Game(losses, sizes), or use euler(step), heun(step), rk4(step) for any flow."
    raise Refusal(f"{name} moves the players of a Game", f"a {type(flow).__name__}", cure)


def finite_number(value: object, what: str) -> float:
    """The value as a float that is finite and ≥ 0; a Refusal for anything else."""
    return 0.0 if value == 0 and not isinstance(value, bool) else positive(value, what)


def step_in_turns(kappa: object) -> sp.Expr:
    """κ = c · step as SymPy has it; a Refusal unless it is a number ≥ 0 or a symbol."""
    k = exact(kappa, "κ = c · step")
    if k.is_negative:
        raise Refusal("κ = c · step is a number ≥ 0", k, "The growth of −κ is that of κ.")
    return k


def one_for_each(values: tuple[object, ...], game: Played, what: str) -> None:
    """Refuse a tuple that does not hold one value for each player."""
    if len(values) != len(game.sizes):
        need = f"{what} hold one number for each player of the game, {len(game.sizes)}"
        raise Refusal(need, f"{len(values)}: {values}")
