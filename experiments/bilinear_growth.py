"""How each training rule grows or shrinks per step on the bilinear game, measured against its closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log10, nan
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from scipy.optimize import minimize_scalar

from derivations.games.bilinear_growth import KUTTA
from gantheory import Refusal
from gantheory.games import (
    alternating,
    bilinear_game,
    bilinear_growth,
    consensus,
    decoupled,
    euler_heun,
    extragradient,
    implicit_euler,
    implicit_midpoint,
    measured_growth,
    optimistic,
    simultaneous,
    stable_range,
    symplectic_adjustment,
    two_time_scales,
)
from gantheory.games.spectrum import Stepping
from gantheory.integration import heun, integrate, rk4, rk38
from gantheory.plots import Drawing, Venue
from gantheory.plots.ends import End, end_labels, logarithmic_ticks
from gantheory.plots.venue import GREY, inherited, line_style

LINE = "games"
QUICK = {"points": 5, "seeds": 1, "resolution": 0.01}
DEMO = {"points": 12, "seeds": 1, "resolution": 1e-3}
STEP = 0.3  # κ = strength · STEP
WEIGHT = 0.18  # of consensus and symplectic adjustment: 0.6 of the step
READ_OFF = 5  # iterates from which growth is read
NEUTRAL = 1e-9  # growth this near 1 is bounded
EVALUATIONS = 160  # in the figure of distance against cost
COMMON = 0.4  # κ of that figure
METHODS: dict[str, Stepping] = {
    "simultaneous": simultaneous(STEP),
    "two time scales, 1 : 4": two_time_scales(STEP, (0.5, 2.0)),
    "alternating": alternating(STEP),
    "Heun, joint": heun(STEP),
    "RK3, joint": KUTTA,
    "RK4, joint": rk4(STEP),
    "3/8 rule, joint": rk38(STEP),
    "RK4, decoupled": decoupled(rk4(STEP)),
    "euler_heun, notebook": euler_heun(STEP),
    "extragradient": extragradient(STEP),
    "optimistic": optimistic(STEP),
    "consensus": consensus(STEP, WEIGHT),
    "symplectic adjustment": symplectic_adjustment(STEP, WEIGHT),
    "implicit Euler": implicit_euler(STEP),
    "implicit midpoint": implicit_midpoint(STEP),
}
LOOKS = {  # one look for one method in both figures: colour, marker and dash by index
    "simultaneous": 0,
    "alternating": 1,
    "Heun, joint": 2,
    "RK3, joint": 3,
    "RK4, joint": 4,
    "extragradient": 17,
    "optimistic": 23,
    "implicit Euler": 29,
    "consensus": 11,
}
PLAIN = ("simultaneous", "alternating", "Heun, joint", "RK3, joint", "RK4, joint")
CURED = ("simultaneous", "consensus", "optimistic", "extragradient", "implicit Euler")
RACED = ("simultaneous", "alternating", "RK4, joint", "extragradient", "optimistic")
CONVERGES = {  # on the bilinear game with a small step, as published
    "simultaneous": False,
    "alternating": False,
    "extragradient": True,
    "optimistic": True,
    "consensus": True,
    "symplectic adjustment": True,
}
PUBLISHED = (
    "On bilinear games simultaneous descent diverges and alternating descent circles (mescheder2018which, "
    "gidel2019variational); with small steps extragradient (korpelevich1976extragradient), the last iterate of optimistic "
    "descent (daskalakis2018training), consensus (mescheder2017numerics) and symplectic adjustment (balduzzi2018mechanics) "
    "converge; the factors themselves are not printed together anywhere we know of."
)


@dataclass(frozen=True, eq=False)
class BilinearGrowth:
    """measured[method] has shape (seeds, points): ρ at the kappas, read off iterates; law, stable end, best, evaluations."""

    kappas: np.ndarray
    measured: dict[str, np.ndarray]
    law: dict[str, np.ndarray]
    crossings: dict[str, float]
    best: dict[str, tuple[float, float]]
    evaluations: dict[str, float]
    distances: dict[str, tuple[np.ndarray, np.ndarray]]
    digits: int

    def gap(self, name: str) -> float:
        """The largest |measured − law| over seeds and kappas."""
        return float(abs(self.measured[name] - self.law[name]).max())

    @property
    def converging(self) -> dict[str, bool]:
        """Which methods were seen to shrink at some κ, from every start and by more than can be read off."""
        return {name: bool((rho.max(0) < 1 - NEUTRAL).any()) for name, rho in self.measured.items()}

    @property
    def agrees(self) -> bool:
        """Whether every method that has a published verdict was seen to follow it."""
        return all(self.converging[name] is expected for name, expected in CONVERGES.items())

    @property
    def published(self) -> str:
        """What the literature says."""
        return PUBLISHED

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        count, seeds = sum(self.converging.values()), self.measured["simultaneous"].shape[0]
        rates = {name: self.per_evaluation(name) for name in ("optimistic", "RK4, joint", "extragradient")}
        return (
            f"{count} of {len(METHODS)} methods contract the bilinear game; measured growth is the closed form to "
            f"{max(map(self.gap, METHODS)):.0e} ({seeds} random starts, {len(self.kappas)} values of κ); at their best κ one "
            f"evaluation of the velocity shrinks the distance to {rates['optimistic']:.3f} (optimistic), "
            f"{rates['RK4, joint']:.3f} (RK4 with joint stages), {rates['extragradient']:.3f} (extragradient)."
        )

    def per_evaluation(self, name: str) -> float:
        """The best growth per evaluation of the velocity; explicit methods only."""
        return self.best[name][1] ** (1 / self.evaluations[name]) if self.best[name][1] < 1 - NEUTRAL else nan

    @property
    def table(self) -> list[dict[str, Any]]:
        """Method, range of κ by theory and as measured, best ρ, cost, and the gap."""
        return [
            {
                "method": name,
                "bounded for κ <": _number(float(stable_range(method).sup)) if not stable_range(method).is_empty else "never",
                "measured": _number(self.crossings[name], self.digits) if self.crossings[name] else "never",
                "best ρ": f"{self.best[name][1]:.4f}" if self.best[name][0] else "none",
                "at κ": _number(self.best[name][0], self.digits) if self.best[name][0] else "",
                "evaluations": _number(self.evaluations[name], 0),
                "max |measured − formula|": f"{self.gap(name):.1e}",
            }
            for name, method in METHODS.items()
        ]


def _number(value: float, digits: int = 4) -> str:
    return "∞" if value == inf else f"{value:.{digits}f}"


def run(
    *,
    points: int = 60,
    seeds: int = 5,
    upto: float = 3.0,
    resolution: float = 1e-8,
    progress: Callable[[float], object] | None = None,
) -> BilinearGrowth:
    """Growth per step at `points` values of κ up to `upto`, each from `seeds` random starts, for every method.

    resolution: of the κ at which growth begins, and of the κ that is best.
    """
    if points < 2 or seeds < 1 or not 0.1 <= upto <= 20 or not 1e-12 <= resolution <= 0.1:
        need = "bilinear_growth takes points ≥ 2, seeds ≥ 1, upto in [0.1, 20] and resolution in [1e-12, 0.1]"
        raise Refusal(need, f"{points}, {seeds}, {upto:g} and {resolution:g}")
    kappas = upto * (np.arange(points) + 0.5) / points
    measured, law, crossings, best, evaluations = {}, {}, {}, {}, {}
    for k, (name, method) in enumerate(METHODS.items()):
        measured[name] = np.array([[growth(method, kappa, seed) for kappa in kappas] for seed in range(seeds)])
        law[name] = formula(method, kappas)
        crossings[name] = crossing(method, 10 * upto, resolution)
        best[name] = fastest(method, crossings[name], resolution)
        evaluations[name] = cost(method)
        if progress is not None:
            progress((k + 1) / len(METHODS))
    distances = {name: distance(METHODS[name]) for name in RACED}
    return BilinearGrowth(kappas, measured, law, crossings, best, evaluations, distances, min(4, int(-log10(resolution))))


def start(seed: int) -> torch.Tensor:
    """A random state of two numbers."""
    return torch.randn(2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def growth(method: Stepping, kappa: float, seed: int = 0) -> float:
    """ρ read off iterates."""
    return measured_growth(method, bilinear_game(kappa / STEP), start(seed), READ_OFF)


def formula(method: Stepping, kappas: np.ndarray) -> np.ndarray:
    """ρ by the closed form."""
    return np.array([float(bilinear_growth(method, kappa)) for kappa in kappas])


def crossing(method: Stepping, most: float, resolution: float) -> float:
    """The κ beyond which iterates grow, by bisection: 0 if they grow at every κ, ∞ if they do not at `most`."""
    low, high = 1e-2, most
    if growth(method, low) > 1 + NEUTRAL:
        return 0.0
    if growth(method, high) <= 1 + NEUTRAL:
        return inf
    while high - low > resolution:
        middle = (low + high) / 2
        low, high = (low, middle) if growth(method, middle) > 1 + NEUTRAL else (middle, high)
    return low


def fastest(method: Stepping, end: float, resolution: float) -> tuple[float, float]:
    """(κ, ρ) of the smallest growth read off iterates below the end of the range; (0, 1) for a method that never contracts."""
    if not 0 < end < inf or growth(method, end / 2) >= 1 - NEUTRAL:
        return 0.0, 1.0
    found = minimize_scalar(
        lambda k: growth(method, k), bounds=(end / 50, end), method="bounded", options={"xatol": resolution}
    )
    return float(found.x), float(found.fun)


def cost(method: Stepping) -> float:
    """Evaluations of the velocity of both players per step; a share of one player counts half."""
    steps = 20
    stats = integrate(bilinear_game(1.0), start(0), [0.0, steps * STEP], method=method).stats
    whole = stats["evaluations"] / stats["steps"]  # type: ignore[operator]
    return whole / 2 if method.name.startswith(("alternating", "decoupled")) else whole


def distance(method: Stepping) -> tuple[np.ndarray, np.ndarray]:
    """(evaluations, distance to the equilibrium over that at the start) at κ = COMMON."""
    per_step = cost(method)
    steps = int(EVALUATIONS / per_step)
    path = integrate(bilinear_game(COMMON / STEP), start(0), [STEP * n for n in range(steps + 1)], method=method)
    size = np.linalg.norm(np.asarray(path.x), axis=1)
    return per_step * np.arange(steps + 1), size / size[0]


def plot(result: BilinearGrowth, venue: Venue) -> dict[str, Drawing]:
    """Growth against κ in two panels, and distance against cost."""
    command = "Remake: gantheory experiment bilinear-growth."
    seeds = result.measured["simultaneous"].shape[0]
    figure, (left, right) = venue.figure(columns=2, aspect=0.95, wide=True)
    for ax, names in ((left, PLAIN), (right, CURED)):
        with inherited(ax):
            _panel(ax, result, names)
    left.set_ylabel(r"growth per step $\rho$")
    rows = [
        {"kappa": k, "method": name, "measured": m, "formula": f}
        for name in METHODS
        for k, m, f in zip(result.kappas, result.measured[name].mean(0), result.law[name], strict=True)
    ]
    caption = (
        f"Growth per step on the bilinear game ẋ = −cy, ẏ = cx against κ = c × step. Marks: read off {READ_OFF} iterates "
        f"(means over {seeds} random starts; their spread is smaller than a mark); dotted: closed forms. Left: Runge–Kutta "
        "methods with joint stages, and alternating descent. Right: rules made for rotation (consensus with weight "
        f"0.6 × step) beside simultaneous descent. {result.says} {command}"
    )
    over, ax = venue.figure()
    with inherited(ax):
        _race(ax, result)
    text = (
        f"Distance to the equilibrium of the bilinear game at κ = {COMMON:g} from one random start, against evaluations of "
        f"both players' velocity; dotted: the closed form of the growth. {command}"
    )
    lines = [
        {"method": name, "evaluations": e, "relative distance": d}
        for name, (cost, size) in result.distances.items()
        for e, d in zip(cost, size, strict=True)
    ]
    return {"bilinear_growth": Drawing(figure, rows, caption), "bilinear_cost": Drawing(over, lines, text)}


def _panel(ax: Axes, result: BilinearGrowth, names: tuple[str, ...]) -> None:
    """Marks over dotted formulas, each named where its line leaves the panel."""
    low, high, last = 0.28, 1.5, float(result.kappas[-1])
    fine = np.linspace(1e-3, last, 150)
    ax.set(xlim=(0, last + 0.05), ylim=(low, high), xlabel=r"strength $\times$ step $\kappa$")
    ax.axhline(1, color=GREY, linewidth=0.6)
    aside: list[End] = []
    above: list[tuple[float, str]] = []
    for name in names:
        style = line_style(LOOKS[name]) | {"markerfacecolor": "white", "linestyle": "none", "markersize": 3.2}
        curve = formula(METHODS[name], fine)
        inside = int(np.argmax(curve > high)) or len(fine)
        ax.plot(fine[: inside + 1], curve[: inside + 1], linestyle=":", color=style["color"])
        rho = result.measured[name].mean(0)
        shown = (rho <= high) & (np.arange(len(rho)) % max(1, len(rho) // 20) == 0)
        ax.plot(result.kappas[shown], rho[shown], **style)
        if inside == len(fine):
            aside.append(End(_short(name), last, curve[-1]))
        else:
            crossed = slice(inside - 1, inside + 1)
            above.append((float(np.interp(high, curve[crossed], fine[crossed])), _short(name)))
    _name_above(ax, sorted(above, reverse=True), high)
    end_labels(ax, aside)


def _name_above(ax: Axes, leaving: list[tuple[float, str]], top: float) -> None:
    """Names above the panel, each on a line of its own over the place where its curve leaves, the rightmost lowest."""
    height = 1.35 * float(ax.xaxis.label.get_fontsize())
    for row, (x, name) in enumerate(leaving):
        line = {"arrowstyle": "-", "linewidth": 0.4, "color": GREY, "shrinkA": 0, "shrinkB": 0}
        place = (0, 4 + row * height)
        ax.annotate("", (x, top), place, textcoords="offset points", arrowprops=line, annotation_clip=False)
        ax.annotate(name, (x, top), place, textcoords="offset points", ha="left", va="bottom", annotation_clip=False)


def _short(name: str) -> str:
    return name.removesuffix(", joint")


def _race(ax: Axes, result: BilinearGrowth) -> None:
    """Distance against evaluations, logarithmic in height; marks over dotted formulas."""
    ax.set(
        yscale="log", xlabel="evaluations of the velocity", ylabel="distance over that at the start", xlim=(-3, EVALUATIONS + 3)
    )
    ends = []
    for name, (evaluations, size) in result.distances.items():
        style = line_style(LOOKS[name]) | {"markerfacecolor": "white", "linestyle": "none"}
        expected = float(bilinear_growth(METHODS[name], COMMON)) ** (evaluations / result.evaluations[name])
        ax.plot(evaluations, expected, linestyle=":", color=style["color"])
        ax.plot(evaluations, size, markevery=max(1, len(size) // 12), **style)
        ends.append(End(_short(name), EVALUATIONS + 3, float(size[-1])))
    logarithmic_ticks(ax.yaxis)
    end_labels(ax, ends)
