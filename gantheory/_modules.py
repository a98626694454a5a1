"""A network as a function of its parameters: what flows of parameters, critics and games integrate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call

from gantheory._errors import Refusal

_BATCHWISE = (nn.modules.batchnorm._BatchNorm, nn.InstanceNorm1d)
_RANDOM = (nn.modules.dropout._DropoutNd,)


def refuse_batchwise(module: nn.Module) -> None:
    """Refuse a module whose output for a sample depends on the rest of the batch, or on chance."""
    for name, part in module.named_modules():
        if isinstance(part, _BATCHWISE + _RANDOM) and part.training:
            what = f"{type(part).__name__} in training mode" + (f" at {name!r}" if name else "")
            need = "a network maps each sample by itself, the same way each time"
            raise Refusal(need, what, "Call .eval() on the module, or leave that layer out.")


@dataclass(frozen=True, eq=False)
class Parametric:
    """(parameters, input) ↦ module(input), the parameters a tuple of tensors in the order of module.named_parameters().

    Refused: a module without parameters, and one whose output for a sample depends on the rest of the batch or on chance
    (batch normalisation or dropout in training mode), since a flow is a function of time and state alone.
    """

    module: nn.Module | Any

    def __post_init__(self) -> None:
        if not isinstance(self.module, nn.Module):
            raise Refusal("a network is a torch.nn.Module", type(self.module).__name__, "Wrap it in one.")
        if not self.names:
            raise Refusal("a network has parameters", f"a {type(self.module).__name__} without any")
        refuse_batchwise(self.module)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters that require a gradient."""
        return tuple(name for name, part in self.module.named_parameters() if part.requires_grad)

    @property
    def parameters(self) -> tuple[Tensor, ...]:
        """Copies of the module's parameters, outside any graph: the state that a flow starts from."""
        held = dict(self.module.named_parameters())
        return tuple(held[name].detach().clone() for name in self.names)

    def __call__(self, parameters: tuple[Tensor, ...], *inputs: Tensor) -> Tensor:
        """The module's output with these parameters; differentiable in them and in the inputs."""
        try:
            found = functional_call(self.module, self._named(parameters), inputs)
        except RuntimeError as error:
            given = f"inputs of shape {', '.join(str(tuple(x.shape)) for x in inputs)}"
            raise Refusal("a network takes its inputs", f"{given}, and it fails: {str(error).splitlines()[0]}") from error
        if not isinstance(found, Tensor):
            need, cure = "a network gives one tensor", "Wrap it in a module that returns the part you need."
            raise Refusal(need, f"a {type(found).__name__}", cure)
        return found

    def load(self, parameters: tuple[Tensor, ...]) -> None:
        """Copy the parameters into the module."""
        held = dict(self.module.named_parameters())
        for name, value in self._named(parameters).items():
            held[name].data.copy_(value)

    def _named(self, parameters: tuple[Tensor, ...]) -> dict[str, Tensor]:
        if len(parameters) != len(self.names):
            need = f"this {type(self.module).__name__} has {len(self.names)} parameters"
            raise Refusal(need, len(parameters), "Start from .parameters.")
        return dict(zip(self.names, parameters, strict=True))
