"""What a state is, and what a flow that a user wrote gives back."""

from __future__ import annotations

from torch import Tensor

from gantheory._errors import Refusal


def cloud(state: object, who: str) -> tuple[Tensor, Tensor | None]:
    """(x, weights) of a state x or (x, weights); None for equal weights, and a Refusal for anything else."""
    parts = state if isinstance(state, tuple) else (state,)
    if len(parts) > 2 or not parts or not all(isinstance(part, Tensor) for part in parts):
        given = f"a tuple of {len(parts)}" if isinstance(state, tuple) else f"a {type(state).__name__}"
        raise Refusal(f"the state of {who} is x, or (x, weights)", given, "Use torch.as_tensor.")
    return parts[0], parts[1] if len(parts) == 2 else None


def same_shape(velocity: object, x: Tensor, who: str) -> Tensor:
    """The velocity; a Refusal unless it is a tensor of the shape and dtype of x, which a product with x would hide."""
    if isinstance(velocity, Tensor) and (velocity.shape, velocity.dtype) == (x.shape, x.dtype):
        return velocity
    given = f"shape {tuple(velocity.shape)} of {velocity.dtype}" if isinstance(velocity, Tensor) else type(velocity).__name__
    need = f"{who} {tuple(x.shape)} of {x.dtype} gives a velocity of that shape and dtype"
    raise Refusal(need.replace("torch.", ""), given.replace("torch.", ""))
