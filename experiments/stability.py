"""Which steps and weights of R1 bring the Dirac-GAN to rest: the boundary that eigenvalues predict over the measured map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import torch
from matplotlib.axes import Axes

from gantheory import Refusal
from gantheory.games import (
    DiracField,
    DiracGAN,
    Growth,
    StabilityMap,
    Update,
    alternating,
    alternating_growth,
    r1,
    runge_kutta_growth,
    simultaneous,
    stability_map,
)
from gantheory.integration import FixedStep, euler, heun, integrate, rk4
from gantheory.objectives import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING
from gantheory.plots import Drawing, Venue, heading

LINE = "games"
QUICK = {"cells": 16, "steps": 40, "losses": 2}
DEMO = {"cells": 40, "steps": 200, "losses": 2}
LOSSES = {"logistic": LOGISTIC, "non-saturating": NON_SATURATING, "least squares": LEAST_SQUARES, "hinge": HINGE}
METHODS: dict[str, tuple[Update | FixedStep, Growth]] = {
    "simultaneous": (simultaneous(1.0), runge_kutta_growth(euler(1.0))),
    "alternating": (alternating(1.0), alternating_growth()),
    "Heun": (heun(1.0), runge_kutta_growth(heun(1.0))),
    "RK4": (rk4(1.0), runge_kutta_growth(rk4(1.0))),
}
REACH = (3.5, 4.0)  # h a and γ/a, in which all losses have one map
WEIGHT = sp.Symbol("gamma", positive=True)
NEAR = 1e-3  # a start at distance √2 that comes so near has converged
FAR = 1e2  # beyond it a path is stopped, before the four cubed velocities of an RK4 step overflow
DECIDED = 0.9  # cells whose predicted factor per step is below it have converged well before the end


@dataclass(frozen=True, eq=False)
class Stability:
    """maps[loss][method], scaled by a = f′(0); far[loss][method]: the share of quick cells that converges from (1, 1)."""

    maps: dict[str, dict[str, StabilityMap]]
    far: dict[str, dict[str, float]]
    speeds: dict[str, float]

    @property
    def agreement(self) -> float:
        """The least share of cells on the predicted side."""
        return min(m.agreement for row in self.maps.values() for m in row.values())

    @property
    def agrees(self) -> bool:
        """For every loss and method the smallest step converges at each weight above Euler's limit for that step."""
        found = [m.measured[0][m.weights > m.steps[0]] for row in self.maps.values() for m in row.values()]
        return all(bool((part < 1).all()) for part in found)

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        shares = ", ".join(f"{name} {m.stable_share:.0%}" for name, m in next(iter(self.maps.values())).items())
        least = min(share for row in self.far.values() for share in row.values())
        return (
            f"In each map {self.agreement:.1%} of the cells or more lie on the side that the eigenvalues predict; "
            f"of steps up to {REACH[0]:g}/f′(0) and weights up to {REACH[1]:g}f′(0) these shares converge: {shares}. "
            f"From (1, 1) at least {least:.0%} of the cells with a predicted factor below {DECIDED:g} converge."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "With R1 every small enough step converges locally (mescheder2018which, section 4); of the largest step nothing is "
            "published for alternating descent, Heun and RK4."
        )

    @property
    def table(self) -> list[dict[str, Any]]:
        """Loss, method, shares of cells, and the largest difference."""
        return [
            {
                "loss": loss,
                "f'(0)": f"{self.speeds[loss]:g}",
                "method": name,
                "converging cells": f"{m.stable_share:.1%}",
                "on the predicted side": f"{m.agreement:.2%}",
                "largest difference": f"{m.gap:.1e}",
                "converging from (1, 1)": f"{self.far[loss][name]:.1%}",
            }
            for loss, row in self.maps.items()
            for name, m in row.items()
        ]


def converging(field: DiracField, method: Update | FixedStep, predicted: torch.Tensor, steps: int) -> float:
    """The share of the cells predicted to converge quickly that do so from (1, 1), in `steps` steps."""
    b = field.sizes[0]
    z = torch.ones(2 * b, dtype=torch.float64)
    for _ in range(steps):
        after = torch.as_tensor(integrate(field, z, (0.0, 1.0), method=method).final)
        going = torch.hypot(*after.split(b)) < FAR
        z = torch.where(going.repeat(2), after, z)
    quick = predicted.reshape(-1) < DECIDED
    return float((torch.hypot(*z.split(b))[quick] < NEAR).double().mean())


def run(*, cells: int = 80, steps: int = 300, losses: int = 4, progress: Callable[[float], object] | None = None) -> Stability:
    """Maps of cells × cells for the first of four losses and for four methods, measured over `steps` steps."""
    if cells < 4 or steps < 40 or not 1 <= losses <= len(LOSSES):
        need = f"stability takes at least 4 cells a side, 40 steps, and 1 to {len(LOSSES)} losses"
        raise Refusal(need, f"{cells}, {steps} and {losses}")
    maps: dict[str, dict[str, StabilityMap]] = {}
    far: dict[str, dict[str, float]] = {}
    speeds = {}
    for i, (name, loss) in enumerate(list(LOSSES.items())[:losses]):
        dirac, maps[name], far[name] = DiracGAN(loss, r1(WEIGHT)), {}, {}
        a = speeds[name] = float(dirac.a)
        h, w = (reach * (torch.arange(cells, dtype=torch.float64) + 0.5) / cells for reach in REACH)
        for j, (title, (method, growth)) in enumerate(METHODS.items()):
            found = stability_map(dirac, WEIGHT, h / a, w * a, method=method, growth=growth, count=steps)
            step, weight = (part.reshape(-1) for part in torch.meshgrid(h / a, w * a, indexing="ij"))
            field = DiracField(dirac.drift, parameter=WEIGHT, values=weight, steps=step)
            maps[name][title] = StabilityMap(h, w, found.predicted, found.measured)
            far[name][title] = converging(field, method, found.predicted, steps)
            if progress is not None:
                progress((i * len(METHODS) + j + 1) / (losses * len(METHODS)))
    return Stability(maps, far, speeds)


def plot(result: Stability, venue: Venue) -> dict[str, Drawing]:
    """The measured factor per step of the first loss, one panel for each method."""
    loss, row = next(iter(result.maps.items()))
    figure, axes = venue.figure(1, len(row), 1.25, wide=True)
    image: Any = None
    for ax, (name, found) in zip(axes, row.items(), strict=True):
        image = _panel(ax, found)
        heading(ax, name)
        ax.label_outer()
    bar = figure.colorbar(image, ax=list(axes), extend="max", aspect=25, pad=0.02)
    bar.set_label(
        "factor per step $|z^+|/|z|$", fontsize=venue.points, family=list(venue.family), math_fontfamily=venue.mathematics
    )
    bar.set_ticks([0, 0.5, 1, 1.5])
    bar.ax.tick_params(labelsize=venue.small, labelfontfamily=list(venue.family))
    rows = [
        {"method": name, "h a": float(h), "gamma / a": float(w), "measured": float(m), "predicted": float(p)}
        for name, found in row.items()
        for h, line, other in zip(found.steps, found.measured, found.predicted, strict=True)
        for w, m, p in zip(found.weights, line, other, strict=True)
    ]
    caption = (
        f"By which factor a step of the Dirac-GAN ({loss} loss, R1) changes the distance to the equilibrium, measured on the "
        f"nonlinear game (colour), and where the eigenvalues predict 1 (black line; smaller factors converge). Steps h and "
        f"weights γ in units of a = f′(0), in which every loss has the same map. {result.says} "
        "Remake: gantheory experiment stability."
    )
    return {"stability_maps": Drawing(figure, rows, caption)}


def _panel(ax: Axes, found: StabilityMap) -> Any:
    edges = [reach * np.linspace(0, 1, len(part) + 1) for reach, part in zip(REACH, (found.steps, found.weights), strict=True)]
    image = ax.pcolormesh(*edges, found.measured.T.numpy(), cmap="viridis", vmin=0, vmax=1.5, rasterized=True)
    ax.contour(found.steps, found.weights, found.predicted.T.numpy(), levels=[1.0], colors="black", linewidths=1.2)
    ax.set(xlabel=r"step $h\,f'(0)$", ylabel=r"weight $\gamma/f'(0)$", xticks=[0, 1, 2, 3], yticks=[0, 1, 2, 3, 4])
    return image
