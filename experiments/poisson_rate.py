"""Finite differences converge to the closed-form discriminator at the order of their stencils."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from derivations.euler_lagrange.closed_form import relative_error
from gantheory.claims import Study
from gantheory.plots import Drawing, Venue, convergence

LINE = "euler_lagrange"
QUICK = {"levels": 3}
DEMO = {"levels": 4}
COARSEST = 0.1
ACCURACIES = (2, 4)


@dataclass(frozen=True)
class PoissonRate:
    """One study for each accuracy of the stencils."""

    studies: Mapping[int, Study]

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        orders = "; ".join(f"order {a}: {s.slopes[-2]:.3f}, {s.slopes[-1]:.3f}" for a, s in self.studies.items())
        return f"−2λΔD = p − q on a 2-D Gaussian pair; the last two observed slopes are: {orders}."

    published = "Nothing is published: the orders are those of the stencils, 2 and 4."
    agrees = None

    @property
    def table(self) -> list[dict[str, Any]]:
        """Spacing, error and observed order of each accuracy."""
        rows = []
        for accuracy, study in self.studies.items():
            for spacing, error, order in study.rows():
                observed = "" if order is None else f"{order:.3f}"
                rows.append({"stencil": accuracy, "spacing h": spacing, "error": f"{error:.3e}", "observed order": observed})
        return rows


def run(*, levels: int = 5, progress: Callable[[float], object] | None = None) -> PoissonRate:
    """The relative L² error of D for spacings 0.1, 0.05, …, halved levels − 1 times, at accuracies 2 and 4."""
    spacings = tuple(COARSEST / 2**k for k in range(levels))
    studies = {}
    for i, accuracy in enumerate(ACCURACIES):
        errors = []
        for k, spacing in enumerate(spacings):
            errors.append(relative_error(accuracy, spacing))
            if progress is not None:
                progress((i + (4.0 ** (k + 1) - 1) / (4.0**levels - 1)) / len(ACCURACIES))
        studies[accuracy] = Study(spacings, tuple(errors))
    return PoissonRate(studies)


def plot(result: PoissonRate, venue: Venue) -> dict[str, Drawing]:
    """Error against spacing with the triangles of slope 2 and 4."""
    figure, ax = venue.figure()
    named = {f"order {a}": s for a, s in result.studies.items()}
    expected = {f"order {a}": float(a) for a in result.studies}
    labels = {"size_label": "grid spacing $h$", "error_label": "relative $L^2$ error of $D$"}
    convergence(ax, named, expected, rates={name: study.rate() for name, study in named.items()}, **labels)
    fits = "; ".join(f"{name}, {study.rate().words}" for name, study in named.items())
    caption = (
        "Finite differences against the closed form of the Poly-WGAN discriminator (n = 2, m = 1, λ = 0.7, two Gaussians of "
        "different mean and width, Dirichlet data, box [-2, 2.1] × [-1.7, 2]). "
        f"Triangles: slopes 2 and 4. Levels in the fit are filled: {fits}. {result.says} "
        "Remake: gantheory experiment poisson-rate."
    )
    return {"poisson_rate": Drawing(figure, result.table, caption)}
