"""`gantheory flow --flow poly`: particles follow the discriminator of Poly-WGAN or Poly-LSGAN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gantheory._errors import Refusal
from gantheory.cli import read
from gantheory.cli.derive import LOSSES, chosen
from gantheory.cli.flow_kinds import Built, given
from gantheory.discriminators import Collocation, GreensFunction, Solver
from gantheory.flows import ParticleFlow
from gantheory.kernels import Direct
from gantheory.measures import Empirical
from gantheory.objectives import GradientPenalty, Loss, Objective, Posedness, Space, Standing, screened_terms

SOFT = 0.1  # the default softening where a sampled force has infinite variance, in deviations of the data
RIDGE = 0.01  # the default λ of least squares, in units of deviation^{2m−n}


@dataclass(frozen=True)
class Words:
    """The words of a Poly-GAN as numbers."""

    name: str
    loss: Loss
    order: int
    weight: float | None
    rate: float
    softening: float | None

    def weighted(self, scale: float, dim: int) -> float:
        """λ: as given; by default 1, or for least squares RIDGE · scale^{2m−n}, which has the units of λ."""
        if self.weight is not None:
            return self.weight
        return 1.0 if self.loss.linear else float(f"{RIDGE * scale ** (2 * self.order - dim):.3g}")

    def objective(self, weight: float) -> Objective:
        """The loss under λ∫|∇^m D|², or under its screened form."""
        if self.rate > 0:
            return Objective(self.loss, *screened_terms(self.order, self.rate, weight))
        return Objective(self.loss, weight * GradientPenalty(self.order))

    def built(self, data: Empirical, scale: float) -> Built:
        """The flow of the objective that is well-posed in the data's dimension."""
        weight = self.weighted(scale, data.dim)
        objective = self.objective(weight)
        verdict = _posed(objective, self.order, data.dim)
        softening = self.softening
        if softening is None:
            softening = SOFT * scale if verdict.standing is Standing.MARGINAL else 0.0
        solver: Solver = GreensFunction(Direct(), softening=softening) if self.loss.linear else Collocation()
        facts = {
            "objective": str(objective), "equation": str(objective.euler_lagrange()), "posedness": str(verdict),
            "loss": self.name, "order": self.order, "weight": weight, "rate": self.rate, "softening": softening,
        }  # fmt: skip
        says = f"the discriminator of {objective}; softening {softening:g}"
        cure = ", or a larger --softening." if self.loss.linear else "."
        return Built(ParticleFlow(objective, data, solver), says, facts=facts, cure=cure)


@dataclass(frozen=True)
class Poly:
    """A loss under a gradient penalty of order m."""

    flags: tuple[str, ...] = ("loss", "order", "weight", "rate", "softening")

    def read(self, words: Mapping[str, Any]) -> Callable[[Empirical, float], Built]:
        """--loss, --order, --weight, --rate, --softening."""
        name = given(words, "loss", "wasserstein")
        loss: Any = chosen(LOSSES, name, "--loss")
        order, rate = read.order(given(words, "order", "1")), read.nonnegative(given(words, "rate", "0"), "--rate")
        weight = None if words["weight"] is None else read.positive(words["weight"], "--weight")
        softening = None if words["softening"] is None else read.nonnegative(words["softening"], "--softening")
        if softening and not loss.linear:
            need = "--softening belongs to the Wasserstein loss, since least squares has its ridge"
            raise Refusal(need, f"--softening {softening:g}", "Leave it out.")
        return Words(name, loss, order, weight, rate, softening).built


def _posed(objective: Objective, order: int, dim: int) -> Posedness:
    """The verdict in R^n, unless it is ILL_POSED."""
    verdict = objective.euler_lagrange().well_posedness(Space(dim))
    if verdict.standing is Standing.ILL_POSED:
        need, cure = f"the objective is well-posed in R^{dim}", "Here a --rate > 0 gives the screened terms."
        raise Refusal(need, f"--order {order}: {verdict.reason}", *verdict.cures, cure)
    return verdict
