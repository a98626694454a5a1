"""The flows that `gantheory flow --flow NAME` offers: which words each takes, and what it makes of them and the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.cli.derive import chosen
from gantheory.directions import orthonormal
from gantheory.discriminators import KernelGradient
from gantheory.flows import MMDFlow, ParticleFlow, SlicedWassersteinFlow, WassersteinFlow
from gantheory.integration import FixedStep, Flow, euler, heun
from gantheory.kernels import ENERGY, RELU, gaussian, tangent_kernel
from gantheory.measures import Empirical
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, Objective

HORIZON, STEPS_PER_UNIT = 60.0, 5.0  # of a flow whose speed is a force: in units of deviation / initial speed
LOSSES = {
    "wasserstein": WASSERSTEIN,
    "least-squares": LEAST_SQUARES,
    "logistic": LOGISTIC,
    "non-saturating": NON_SATURATING,
}
KERNELS = ("energy", "gaussian")


@dataclass(frozen=True, eq=False)
class Built:
    """A flow, the method for it, what to call it in a caption, what to note, and its natural times.

    unit: the time in which particles move by a deviation of the data at the initial speed, where time and step are None.
    """

    flow: Flow
    says: str
    method: Callable[[float], FixedStep] = heun
    facts: dict[str, Any] = field(default_factory=dict)
    time: float | None = None
    step: float | None = None
    pace: float = STEPS_PER_UNIT
    cure: str = ""
    note: str = ""


def given(words: Mapping[str, Any], flag: str, default: str) -> str:
    """The word, or its default where it was left out; an empty word is a word."""
    return default if words[flag] is None else words[flag]


class Kind(Protocol):
    """What stands behind one --flow."""

    @property
    def flags(self) -> tuple[str, ...]:
        """The words that belong to it and not to every flow."""
        ...

    def read(self, words: Mapping[str, Any]) -> Callable[[Empirical, float], Built]:
        """Read the words; what comes back takes the data and their deviation."""
        ...


@dataclass(frozen=True)
class Transport:
    """The gradient flow of W1, or of ½W2²."""

    order: int
    flags: tuple[str, ...] = ()

    def read(self, words: Mapping[str, Any]) -> Callable[[Empirical, float], Built]:
        """Nothing to read."""
        return self.built

    def built(self, data: Empirical, scale: float) -> Built:
        """W1 moves at unit speed for about the distance there is; ½W2² falls like e^{−2t}."""
        time, step = (8.0 * scale, scale / 20) if self.order == 1 else (8.0, 0.1)
        says = f"the gradient flow of {'W1' if self.order == 1 else '½W2²'} by exact plans"
        note = "at unit speed a step of {step:.3g} overshoots: particles end within about that of their targets"
        flow, note = WassersteinFlow(self.order, data), note if self.order == 1 else ""
        return Built(flow, says, euler, time=time, step=step, note=note)


@dataclass(frozen=True)
class Sliced:
    """The gradient flow of half the squared sliced W2."""

    flags: tuple[str, ...] = ("directions",)

    def read(self, words: Mapping[str, Any]) -> Callable[[Empirical, float], Built]:
        """--directions, by default 32 d."""
        count = None if words["directions"] is None else read.integer(words["directions"], "--directions", most=100_000)
        seed = read.integer(words["seed"], "--seed", least=0, most=read.LARGEST_SEED)
        return lambda data, scale: self.built(data, count or 32 * data.dim, seed)

    def built(self, data: Empirical, count: int, seed: int) -> Built:
        """The mean moves at the rate 1/d."""
        directions = orthonormal(count, data.dim, torch.Generator().manual_seed(seed)).to(data.points)
        says = f"the gradient flow of ½SW2² on {len(directions)} directions"
        facts = {"directions": len(directions)}
        return Built(SlicedWassersteinFlow(data, directions), says, facts=facts, time=8.0 * data.dim, step=0.1 * data.dim)


@dataclass(frozen=True)
class Discrepancy:
    """The gradient flow of ½MMD²."""

    flags: tuple[str, ...] = ("kernel", "bandwidth")

    def read(self, words: Mapping[str, Any]) -> Callable[[Empirical, float], Built]:
        """--kernel energy (−|x−y|) or gaussian, whose --bandwidth is one deviation by default."""
        name = given(words, "kernel", "energy")
        if name not in KERNELS:
            raise Refusal(f"--kernel is one of {', '.join(KERNELS)}", repr(name), "Use --kernel energy, for instance.")
        width = None if words["bandwidth"] is None else read.positive(words["bandwidth"], "--bandwidth")
        if width is not None and name == "energy":
            raise Refusal("--bandwidth belongs to --kernel gaussian", f"--kernel {name}", "Leave it out.")
        return lambda data, scale: self.built(data, name, width or scale)

    def built(self, data: Empirical, name: str, width: float) -> Built:
        """The energy kernel has no length of its own."""
        kernel = gaussian(width) if name == "gaussian" else ENERGY
        facts = {"kernel": name} | ({"bandwidth": width} if name == "gaussian" else {})
        cure = ". Try another --bandwidth." if name == "gaussian" else ""
        return Built(MMDFlow(kernel, data), f"the gradient flow of ½MMD² with the {name} kernel", facts=facts, cure=cure)


@dataclass(frozen=True)
class Tangent:
    """Particles follow a discriminator of infinite width, trained for a while from 0."""

    flags: tuple[str, ...] = ("loss", "depth", "bias", "train")

    def read(self, words: Mapping[str, Any]) -> Callable[[Empirical, float], Built]:
        """--loss, --depth, --bias in deviations of the data, --train: the discriminator's own time."""
        name = given(words, "loss", "wasserstein")
        loss = chosen(LOSSES, name, "--loss")
        depth = read.integer(given(words, "depth", "3"), "--depth", most=20)
        bias = read.nonnegative(given(words, "bias", "1"), "--bias")
        train = read.positive(given(words, "train", "1"), "--train")
        return lambda data, scale: self.built(data, scale, (name, loss), depth, bias, train)

    def built(self, data: Empirical, scale: float, loss: tuple[str, Any], depth: int, bias: float, train: float) -> Built:
        """The bias is measured in deviations, so that a change of units changes nothing."""
        kernel = tangent_kernel(depth, RELU, bias=bias * scale)
        flow = ParticleFlow(Objective(loss[1]), data, KernelGradient(kernel, train))
        facts = {"loss": loss[0], "depth": depth, "bias": bias * scale, "train": train}
        says = f"a ReLU discriminator of infinite width, depth {depth}, {loss[0]} loss"
        return Built(flow, says, euler, facts, pace=4.0)  # a step costs ten of another flow's
