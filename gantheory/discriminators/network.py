"""Network: the discriminator as a trained module, by descent on the objective's means over samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import seed, whole
from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory._types import gradient
from gantheory.discriminators.optimisers import Adam, Optimiser, Parts
from gantheory.discriminators.reading import same_space, samples
from gantheory.discriminators.sampled_objective import SampledObjective, interpolates, sampled
from gantheory.measures import Empirical, Measure
from gantheory.objectives import Objective

Clouds = tuple[Empirical, Empirical, Empirical | None]


@dataclass(frozen=True, eq=False)
class NeuralField:
    """D(x) = module(x) with given parameters: a Field, as often differentiable in x as the module is."""

    module: Parametric
    parameters: Parts
    stats: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, x: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """The values; the module gives (n, 1) or (n,)."""
        value = self.module(self.parameters, x)
        if value.shape not in ((len(x), 1), (len(x),)):
            need = "a discriminator's module maps (n, d) to (n, 1) or (n,)"
            raise Refusal(need, f"{tuple(x.shape)} to {tuple(value.shape)}", "End it with a layer of one output.")
        return value.reshape(len(x))

    def gradient(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        """∇D by autograd; differentiable once more where x requires a gradient."""
        return gradient(lambda points: self(points), x)


@dataclass(frozen=True, eq=False)
class Network:
    """D = module, trained by `steps` steps of the optimiser on Ĵ, the objective with means over samples for expectations.

    Any loss; penalties of order 0 and 1 over p (on the data), q (on the fakes), nu, and sums of them such as (p + q)/2. nu is
    the law of ux + (1−u)y with independent x ~ p, y ~ q and uniform u, drawn anew at each step (gulrajani2017improved,
    section 4), or the reference that is given. Every step sees all points; with `batch`, so many drawn anew by their
    weights, and data may then be any Measure. Training starts from the module's own parameters and leaves them alone.

    The minimum over networks is reached to the accuracy of the training only: stats holds Ĵ and |∇_θ Ĵ| at the end.
    """

    module: Any
    steps: int = 500
    optimiser: Any = Adam()  # noqa: RUF009  an Optimiser; frozen, without a state
    batch: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        _ = self.parametric  # what is no module is refused now
        whole(self.steps, 1, "the number of training steps of a Network")
        seed(self.seed, "the seed of a Network")
        if self.batch is not None:
            whole(self.batch, 1, "the batch of a Network")
        if not isinstance(self.optimiser, Optimiser) or isinstance(self.optimiser, type):
            raise Refusal("a Network trains by an optimiser", repr(self.optimiser), "Use Adam(1e-3) or GradientDescent(0.1).")

    @cached_property
    def parametric(self) -> Parametric:
        """The module as a function of its parameters."""
        return Parametric(self.module)

    def solve(self, objective: Objective, real: Measure, fake: Measure, reference: Measure | None = None) -> NeuralField:
        """The trained discriminator."""
        memory = self.trained(objective, real, fake, (), reference)
        J, generator = sampled(objective), self._generator(memory)
        value, slope = _descent(J, self.field(memory), self._clouds(J, real, fake, reference, generator))
        size = torch.cat([g.reshape(-1) for g in slope]).norm()
        facts = {"solver": "Network", "steps": self.steps, "optimiser": type(self.optimiser).__name__}
        return NeuralField(
            self.parametric,
            self.field(memory).parameters,
            facts | {"parameters": _count(slope), "objective": float(value), "gradient_norm": float(size)},
        )

    def trained(
        self, objective: Objective, real: Measure, fake: Measure, memory: Parts, reference: Measure | None = None
    ) -> Parts:
        """The memory after `steps` more steps: generator state, parameters, moments. () begins at the module's parameters."""
        J, begun = sampled(objective), memory or self._beginning()
        generator = self._generator(begun)
        parameters, moments = self._split(begun)
        for k in range(self.steps):
            clouds = self._clouds(J, real, fake, reference, generator)
            if k == 0:
                self._refuse_unfit(clouds)
            value, slope = _descent(J, NeuralField(self.parametric, parameters), clouds)
            _refuse_infinite("the objective and its gradient", (value, *slope), k, self.steps)
            parameters, moments = self.optimiser.stepped(parameters, slope, moments)
        _refuse_infinite("the parameters", parameters, self.steps, self.steps)
        return (generator.get_state(), *parameters, *moments)

    def field(self, memory: Parts) -> NeuralField:
        """The discriminator that a memory holds."""
        return NeuralField(self.parametric, self._split(memory)[0])

    def _beginning(self) -> Parts:
        parameters = self.parametric.parameters
        generator = torch.Generator(device=parameters[0].device).manual_seed(self.seed)
        return (generator.get_state(), *parameters, *self.optimiser.moments(parameters))

    def _split(self, memory: Parts) -> tuple[Parts, Parts]:
        """Parameters and moments."""
        count = len(self.parametric.names)
        return memory[1 : count + 1], memory[count + 1 :]

    def _generator(self, memory: Parts) -> torch.Generator:
        generator = torch.Generator(device=memory[1].device)
        generator.set_state(memory[0])
        return generator

    def _clouds(
        self, J: SampledObjective, real: Measure, fake: Measure, reference: Measure | None, generator: torch.Generator
    ) -> Clouds:
        """The samples of p, q and nu of one step."""
        if self.batch is None:
            data, made = samples(real, "a Network without a batch", "real"), samples(fake, "a Network without a batch", "fake")
        else:
            data, made = (Empirical(law.sample(self.batch, generator)) for law in (real, fake))
        same_space(data, made)
        if not J.needs_reference:
            return data, made, None
        count = self.batch or max(len(data), len(made))
        if reference is None:
            return data, made, interpolates(data, made, count, generator)
        whole = isinstance(reference, Empirical) and self.batch is None
        between = reference if whole else Empirical(reference.sample(count, generator))
        same_space(data, between)  # type: ignore[arg-type]
        return data, made, between  # type: ignore[return-value]

    def _refuse_unfit(self, clouds: Clouds) -> None:
        """A module that does not take the points, said before training."""
        points, parameters = clouds[0].points, self.parametric.parameters
        if any((part.dtype, part.device) != (points.dtype, points.device) for part in parameters):
            given = f"{parameters[0].dtype} on {parameters[0].device} and {points.dtype} on {points.device}"
            raise Refusal("a Network and its samples share dtype and device", given, "Convert with module.to(points).")
        NeuralField(self.parametric, parameters)(points)  # a module that does not take them, or gives no values, is refused now


def _descent(J: SampledObjective, D: NeuralField, clouds: Clouds) -> tuple[Tensor, Parts]:
    """Ĵ and ∇_θ Ĵ."""
    with torch.enable_grad():
        live = tuple(part.detach().requires_grad_() for part in D.parameters)
        value = J(NeuralField(D.module, live), clouds)
        slope = torch.autograd.grad(value, live, materialize_grads=True)
    return value.detach(), slope


def _count(parts: Parts) -> int:
    """How many numbers the parts hold."""
    return sum(part.numel() for part in parts)


def _refuse_infinite(what: str, parts: Parts, step: int, steps: int) -> None:
    if not bool(torch.stack([part.isfinite().all() for part in parts]).all()):
        given = f"NaN or infinity at step {step} of {steps}"
        raise Refusal(f"{what} stay finite while a Network trains", given, "Use a smaller rate, or a loss bounded below.")
