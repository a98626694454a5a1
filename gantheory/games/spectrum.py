"""Eigenvalues that decide what players do near a rest point: of the velocity, and of one step of an update."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from gantheory._errors import Refusal
from gantheory.games.game import Played
from gantheory.games.linearised import jacobian
from gantheory.games.updates import Memory, Update
from gantheory.integration import FixedStep, Velocity

Stepping = Update | FixedStep  # what has a step: an update, or a Runge–Kutta method, which moves all players jointly


def spectrum(game: Played, z: Float[Tensor, "*b n"]) -> Complex[Tensor, " n"]:
    """The eigenvalues of ∂v/∂z at z, the largest real part first, then the largest imaginary part.

    All real parts < 0: the flow ż = v(z) is drawn to the rest point z. A double eigenvalue that lacks an eigenvector is
    known to √eps only, others to eps times the condition of their eigenvectors.
    """
    return ordered(torch.linalg.eigvals(jacobian(game, _single(z))))


def ordered(values: Complex[Tensor, " n"]) -> Complex[Tensor, " n"]:
    """Largest real part first, then largest imaginary part; parts that differ by roundoff count as equal."""
    resolution = 1e-9 * float(values.abs().max().clamp_min(1e-300))  # above the roundoff of a normal matrix, not of others
    keys = [(-round(float(v.real) / resolution), -float(v.imag), i) for i, v in enumerate(values)]
    return values[[i for *_, i in sorted(keys)]]


def step_map(method: Stepping, game: Played, z: Float[Tensor, " n"]) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    """(F, s): one step as a map s ↦ F(s) of the extended state s = (z, memory), and s at z with what a first step remembers."""
    if not isinstance(method, Update | FixedStep):
        given = getattr(method, "name", repr(method))
        raise Refusal("the map of a step belongs to an update, or to a Runge–Kutta method of fixed step", given)
    memory = method.advance_state(game, z)[1] if isinstance(method, Update) else ()
    sizes = [part.numel() for part in (z, *memory)]

    def stepped(extended: Tensor) -> Tensor:
        first, *rest = extended.split(sizes)
        return torch.cat(_advanced(method, game, first, tuple(rest)))

    return stepped, torch.cat([z, *(part.reshape(-1) for part in memory)]).detach()


def update_matrix(method: Stepping, game: Played, z: Float[Tensor, "*b n"]) -> Float[Tensor, "m m"]:
    """∂F/∂s: the Jacobian at z of one step of an update, or of euler(h), heun(h), rk4(h), as a map of the extended state.

    An update with memory has s = (z, memory), so that m > n; at a rest point this is the linearised iteration.
    """
    F, s = step_map(method, game, _single(z))
    with torch.enable_grad():
        s.requires_grad_()
        after = F(s)
        rows = [torch.autograd.grad(part, s, retain_graph=True, materialize_grads=True)[0] for part in after]
    return torch.stack(rows)


def growth_factor(method: Stepping, game: Played, z: Float[Tensor, " n"]) -> float:
    """The spectral radius of update_matrix: below 1 the iteration is drawn to the rest point z, by this factor a step."""
    return float(torch.linalg.eigvals(update_matrix(method, game, z)).abs().max())


def _advanced(method: Stepping, game: Played, z: Tensor, memory: Memory) -> list[Tensor]:
    if isinstance(method, Update):
        after, remembered = method.advance_state(game, z, memory)
        return [after, *remembered]
    velocity = Velocity(lambda t, state: game.velocity(state), z)
    return list(method.advance(velocity, (z,), 0.0, method.step))


def _single(z: Tensor) -> Tensor:
    if not isinstance(z, Tensor) or z.ndim != 1:
        given, cure = type(z).__name__, "Use torch.as_tensor."
        if isinstance(z, Tensor):
            given, cure = f"shape {tuple(z.shape)}", "Take the rows of a batch one by one."
        raise Refusal("a spectrum belongs to one state", given, cure)
    return z
