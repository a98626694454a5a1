"""Phase portraits of the Dirac-GAN: which losses and regularisers bring training to rest, and which do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
import torch

from gantheory import Refusal
from gantheory.games import (
    Consensus,
    DiracGAN,
    InstanceNoise,
    Update,
    alternating,
    clipped,
    psi,
    r1,
    simultaneous,
    wgan_gp,
)
from gantheory.integration import integrate
from gantheory.objectives import LOGISTIC, NON_SATURATING, WASSERSTEIN
from gantheory.plots import Drawing, Venue, heading, portrait

LINE = "games"
QUICK = {"steps": 60}
DEMO = {"steps": 400}
START = (1.0, 1.0)
BOUND = 1.0  # of clipping
RESTED = 1e-3  # the radius, in units of the start's, below which training counts as converged
REACH = 2.0


@dataclass(frozen=True)
class Method:
    """A name, the game, the bound of clipping (None: none), and whether mescheder2018which finds that it converges."""

    name: str
    dirac: DiracGAN
    published: bool
    bound: float | None = None


METHODS = (
    Method("GAN", DiracGAN(LOGISTIC), False),
    Method("NSGAN", DiracGAN(NON_SATURATING), False),
    Method("WGAN", DiracGAN(WASSERSTEIN), False),
    Method("WGAN, clipped", DiracGAN(WASSERSTEIN), False, BOUND),
    Method("WGAN-GP", DiracGAN(WASSERSTEIN, wgan_gp(0.7, 1)), False),
    Method("instance noise", DiracGAN(LOGISTIC, InstanceNoise(0.7)), True),
    Method("consensus", DiracGAN(LOGISTIC, Consensus(1)), True),
    Method(r"$R_1$, $\gamma$ = 0.3", DiracGAN(LOGISTIC, r1(0.3)), True),
    Method(r"$R_1$, $\gamma$ = 1", DiracGAN(LOGISTIC, r1(1)), True),
    Method(r"NSGAN, $R_1$", DiracGAN(NON_SATURATING, r1(0.3)), True),
)
UPDATES: dict[str, Callable[[float], Update]] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "alternating 1:5": lambda step: alternating(step, (1, 5)),
}
DRAWN = ("simultaneous", "alternating")


@dataclass(frozen=True, eq=False)
class DiracPortraits:
    """paths[method][update] of shape (steps + 1, 2), and the step."""

    paths: dict[str, dict[str, np.ndarray]]
    step: float

    def radius(self, method: str, update: str) -> float:
        """|z| at the end over |z| at the start."""
        path = self.paths[method][update]
        return float(np.linalg.norm(path[-1]) / np.linalg.norm(path[0]))

    def converges(self, method: str) -> bool:
        """Simultaneous and alternating descent both end below RESTED."""
        return all(self.radius(method, update) < RESTED for update in DRAWN)

    @property
    def steps(self) -> int:
        """Of each path."""
        return len(next(iter(next(iter(self.paths.values())).values()))) - 1

    @property
    def agrees(self) -> bool | None:
        """Ours against the paper's verdict, for every method; None where there were too few steps to tell."""
        same = all(self.converges(m.name) == m.published for m in METHODS)
        return same if same or self.steps >= 500 else None

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        rested = [_plain(m.name) for m in METHODS if self.converges(m.name)]
        escaped = [_plain(m.name) for m in METHODS if self.converges(m.name) and self.radius(m.name, "alternating 1:5") > 1]
        slow, cycle = self.radius("NSGAN", "alternating"), 2 * self.radius("NSGAN", "simultaneous") ** 2
        return (
            f"From (1, 1), {self.steps} steps of {self.step:g}: simultaneous and alternating descent come within {RESTED:g} of "
            f"the start's distance for {'; '.join(rested) or 'none'}. "
            + (
                f"With {'; '.join(escaped)} they escape where the discriminator moves 5 times for once: it is local. "
                if escaped
                else ""
            )
            + f"Alternating NSGAN is at {slow:.2f} and falls as t^(-1/2), simultaneous NSGAN at r² = {cycle:.3f}, near 2h."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "R1, R2, consensus optimisation and instance noise converge locally; unregularised GANs, WGAN with clipping and "
            "WGAN-GP do not (mescheder2018which)."
        )

    @property
    def table(self) -> list[dict[str, Any]]:
        """Method, eigenvalues, distance at the end under each update, and both verdicts."""
        return [
            {
                "method": _plain(m.name),
                "eigenvalues": _eigenvalues(m),
                **{update: f"{self.radius(m.name, update):.2e}" for update in UPDATES},
                "converges": "yes" if self.converges(m.name) else "no",
                "published": "yes" if m.published else "no",
            }
            for m in METHODS
        ]


def _plain(name: str) -> str:
    return name.replace("$", "").replace(r"\gamma", "γ").replace("R_1", "R1")


def _eigenvalues(method: Method) -> str:
    try:
        low, high = (complex(sp.N(v)) for v in method.dirac.eigenvalues())
    except Refusal:
        return f"none: a jump at {psi} = 0"
    text = f"{high.real:.4g}".replace("-0", "0") if high.real == 0 else f"{high.real:.4g}"
    if high.imag:
        return f"{text} ± {abs(high.imag):.4g}i"
    return f"{low.real:.4g}, {text}" if low != high else f"{text} (double)"


def run(*, steps: int = 500, step: float = 0.2, progress: Callable[[float], object] | None = None) -> DiracPortraits:
    """Every method from (1, 1) under every update, `steps` steps of length `step`."""
    if steps < 1:
        raise Refusal("dirac_portraits takes at least one step", steps)
    times = step * torch.arange(steps + 1, dtype=torch.float64)
    start = torch.tensor(START, dtype=torch.float64)
    paths: dict[str, dict[str, np.ndarray]] = {}
    for i, method in enumerate(METHODS):
        paths[method.name] = {}
        for name, maker in UPDATES.items():
            update = maker(step) if method.bound is None else clipped(maker(step), method.bound)
            path = integrate(method.dirac.field, start, times, method=update)
            paths[method.name][name] = torch.as_tensor(path.x).numpy()
        if progress is not None:
            progress((i + 1) / len(METHODS))
    return DiracPortraits(paths, step)


def flow(method: Method) -> Callable[[np.ndarray], np.ndarray]:
    """The velocity of the method's flow on rows of states; NaN beyond the bound of clipping."""

    def velocity(z: np.ndarray) -> np.ndarray:
        v = method.dirac.field.velocity(torch.from_numpy(z)).numpy()
        return v if method.bound is None else np.where(np.abs(z[:, 1:]) <= method.bound, v, np.nan)

    return velocity


def plot(result: DiracPortraits, venue: Venue) -> dict[str, Drawing]:
    """One panel for each method."""
    figure, axes = venue.figure(2, 5, 1.28, wide=True)
    rows = []
    for ax, method in zip(axes.flat, METHODS, strict=True):
        shown = {name: result.paths[method.name][name] for name in DRAWN}
        portrait(ax, flow(method), shown, reach=REACH)
        heading(ax, method.name)
        ax.label_outer()
        rows += [
            {"method": _plain(method.name), "update": name, "step": k, "theta": x, "psi": y}
            for name, path in shown.items()
            for k, (x, y) in enumerate(path)
        ]
    lines = axes.flat[0].get_lines()
    handles = [line for line in lines if line.get_label() in DRAWN]
    font = {"family": list(venue.family), "size": venue.small}
    figure.legend(handles=handles, loc="outside lower center", ncols=2, prop=font, frameon=False)
    caption = (
        f"The Dirac-GAN under {result.steps} steps of length {result.step:g} from (1, 1), circle; cross: the equilibrium; "
        "grey: the flow that the steps follow. Upper row: what does not converge; lower row: what does. WGAN-GP with γ = 0.7 "
        f"and g₀ = 1, noise s = 0.7, consensus γ = 1, NSGAN with R1 of γ = 0.3; clipping at |ψ| = {BOUND:g}. {result.says} "
        "Remake: gantheory experiment dirac-portraits."
    )
    return {"dirac_portraits": Drawing(figure, rows, caption)}
