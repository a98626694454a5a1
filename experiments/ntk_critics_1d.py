"""Critics of finite width, trained by gradient flow, against their closed form at infinite width, on the line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gantheory import Refusal
from gantheory._modules import Parametric
from gantheory.claims import Study
from gantheory.discriminators import KernelGradient, solve
from gantheory.integration import integrate, rk4
from gantheory.kernels import RELU, Antisymmetric, Architecture, Perceptron, tangent_kernel
from gantheory.lowering import lower
from gantheory.measures import Empirical
from gantheory.objectives import WASSERSTEIN, Loss, Objective
from gantheory.plots import Drawing, Venue, convergence
from gantheory.plots.venue import GREY, inherited, line_style
from gantheory.symbolic import y

LINE = "tangent"
QUICK = {"seeds": 3, "widest": 128}
DEMO = {"seeds": 6, "widest": 256}
NARROWEST, TIME = 64, 1.0
SHAPE = Architecture(3, RELU, 1.0, 1.0)
LSGAN = Loss(real=(y - 1) ** 2, fake=(y + 1) ** 2, generator=y**2)
ARRANGED = {  # (loss, data, fakes), in units of 1.5
    "linear loss": (WASSERSTEIN, (0.6, 1.0, 1.23, 1.32, -1.1, -1.0, -1.8), (-1.2, -1.34, -0.8, -0.7, -0.2)),
    "least squares": (LSGAN, (0.6, 1.0, 1.23, 1.32, 0.2), (-1.2, -1.34, -0.8, -0.7, -0.3)),
}
GRID = torch.linspace(-3, 3, 100, dtype=torch.float64)[:, None]
SLOPE, TOLERANCE = 0.5, 0.15  # of the error in 1/width: theory, and what a few seeds may miss it by


@dataclass(frozen=True, eq=False)
class Critics:
    """errors[name][width]: the relative L² error of each seed; curves[name]: the limit, and the critic of median error."""

    errors: Mapping[str, Mapping[int, np.ndarray]]
    curves: Mapping[str, Mapping[str, np.ndarray]]
    steps: int

    def study(self, name: str) -> Study:
        """The root mean square error against 1/width."""
        means = {width: float(root_mean_square(each)) for width, each in self.errors[name].items()}
        return Study(tuple(1 / width for width in means), tuple(means.values()))

    def slope(self, name: str) -> tuple[float, float]:
        """The slope of log error in log 1/width by least squares, and its standard error by the jackknife over seeds."""
        widths = np.array(list(self.errors[name]))
        each = np.stack(list(self.errors[name].values()))
        fits = [
            np.polyfit(-np.log(widths), np.log(root_mean_square(np.delete(each, k, 1))), 1)[0] for k in range(each.shape[1])
        ]
        error = np.sqrt((len(fits) - 1) * np.var(fits))
        return float(np.polyfit(-np.log(widths), np.log(root_mean_square(each)), 1)[0]), float(error)

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        found = []
        for name, errors in self.errors.items():
            (low, first), *_, (high, last) = [(width, float(root_mean_square(each))) for width, each in errors.items()]
            slope, error = self.slope(name)
            found.append(
                f"{name}: {first:.3f} at width {low}, {last:.3f} at {high}, slope {-slope:.2f} ± {error:.2f} in the width"
            )
        seeds = len(next(iter(self.errors["linear loss"].values())))
        return (
            f"Relative L² error of the critic on [−3, 3], root mean square over {seeds} networks: {'; '.join(found)} "
            "(theory −0.50)."
        )

    @property
    def published(self) -> str:
        """What the paper shows."""
        return (
            "franceschi2022neural draws such critics and finds those of wide networks close to the infinite one, with no rate "
            "printed. Fluctuations of order width^{−1/2} are theory."
        )

    @property
    def agrees(self) -> bool | None:
        """Both slopes near ½; None where the seeds do not determine them."""
        fits = [self.slope(name) for name in self.errors]
        if any(error > TOLERANCE for _, error in fits):
            return None
        return all(abs(slope - SLOPE) <= max(TOLERANCE, 2 * error) for slope, error in fits)

    @property
    def table(self) -> list[dict[str, Any]]:
        """Loss, width, root mean square error and its standard error."""
        return [
            {
                "loss": name,
                "width": width,
                "networks": len(each),
                "relative L2 error": f"{root_mean_square(each):.4f}",
                "standard error": f"{(each**2).std(ddof=1) / len(each) ** 0.5 / (2 * root_mean_square(each)):.4f}",
            }
            for name, errors in self.errors.items()
            for width, each in errors.items()
        ]


def root_mean_square(errors: np.ndarray) -> np.ndarray:
    """Over the seeds, the last axis."""
    return np.sqrt((errors**2).mean(-1))


def sides(name: str) -> tuple[Loss, Empirical, Empirical]:
    """Loss, data, fakes."""
    loss, *points = ARRANGED[name]
    real, fake = (Empirical(1.5 * torch.tensor(each, dtype=torch.float64)[:, None]) for each in points)
    return loss, real, fake


def limit(name: str) -> np.ndarray:
    """The critic of infinite width on the grid."""
    loss, real, fake = sides(name)
    kernel = tangent_kernel(SHAPE.depth, SHAPE.activation, SHAPE.weight, SHAPE.bias)
    return solve(Objective(loss), real, fake, solver=KernelGradient(kernel, TIME))(GRID).numpy()


def trained(name: str, width: int, steps: int, seed: int) -> np.ndarray:
    """The critic of one network on the grid: gradient flow in its parameters by rk4, from the value 0."""
    loss, real, fake = sides(name)
    on_data, on_fakes = lower(loss.real, y), lower(loss.fake, y)
    generator = torch.Generator().manual_seed(1000 * width + seed)
    network = Parametric(Antisymmetric(Perceptron(SHAPE, 1, width, generator)))

    def descent(t: torch.Tensor, theta: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        with torch.enable_grad():
            live = tuple(part.detach().requires_grad_() for part in theta)
            values = [network(live, side.points)[:, 0] for side in (real, fake)]
            total = real.weights @ on_data(values[0]) + fake.weights @ on_fakes(values[1])
        return tuple(-g for g in torch.autograd.grad(total, live))

    with torch.no_grad():
        path = integrate(descent, network.parameters, [0.0, TIME], method=rk4(TIME / steps))
        return network(path.final, GRID)[:, 0].numpy()  # type: ignore[arg-type]


def run(*, seeds: int = 40, widest: int = 512, steps: int = 16, progress: Callable[[float], object] | None = None) -> Critics:
    """Train `seeds` networks of each width 64, 128, …, widest on both losses."""
    if seeds < 2 or widest < 2 * NARROWEST or steps < 1:
        raise Refusal(f"ntk_critics_1d needs seeds ≥ 2, widest ≥ {2 * NARROWEST}, steps ≥ 1", f"{seeds}, {widest}, {steps}")
    widths = [NARROWEST * 2**k for k in range(20) if NARROWEST * 2**k <= widest]
    report = progress or (lambda fraction: None)
    errors: dict[str, dict[int, np.ndarray]] = {}
    curves: dict[str, dict[str, np.ndarray]] = {}
    costs = np.cumsum([width**2 for _ in ARRANGED for width in widths])
    for i, name in enumerate(ARRANGED):
        exact = limit(name)
        errors[name], curves[name] = {}, {"infinite width": exact}
        for j, width in enumerate(widths):
            found = [trained(name, width, steps, seed) for seed in range(seeds)]
            errors[name][width] = np.array([np.linalg.norm(D - exact) / np.linalg.norm(exact) for D in found])
            if width in (widths[0], widths[-1]):
                middle = int(np.argsort(errors[name][width])[seeds // 2])
                curves[name][f"width {width}"] = found[middle]
            report(float(costs[i * len(widths) + j] / costs[-1]))
    return Critics(errors, curves, steps)


def plot(result: Critics, venue: Venue) -> dict[str, Drawing]:
    """The critics of both losses, and the error against 1/width."""
    figure, axes = venue.figure(columns=2, aspect=0.8)
    rows = []
    for ax, (name, curves) in zip(axes, result.curves.items(), strict=True):
        _critics(ax, name, curves)
        rows += [
            {"loss": name, "critic": label, "x": float(x), "D": float(v)}
            for label, D in curves.items()
            for x, v in zip(GRID[:, 0], D, strict=True)
        ]
    axes[0].set_ylabel("discriminator $D(x)$")
    with inherited(axes[0]):
        axes[0].legend(loc="lower right", bbox_to_anchor=(1.0, 0.1))
    over, ax = venue.figure()
    studies = {name: result.study(name) for name in result.errors}
    convergence(ax, studies, {"linear loss": SLOPE}, size_label="1 / width", error_label="relative $L^2$ error of $D$")
    command = "Remake: gantheory experiment ntk-critics-1d."
    setting = (
        f"ReLU networks of 3 hidden layers, bias 1, gradient flow to t = 1 from D = 0 ({result.steps} steps of rk4), "
        "data (circles) and fakes (crosses) on the line"
    )
    return {
        "ntk_critics": Drawing(
            figure, rows, f"Critics of finite width, each that of median error, and their limit: {setting}. {command}"
        ),
        "ntk_critics_width": Drawing(over, result.table, f"{setting}. {result.says} Triangle: slope ½ in 1/width. {command}"),
    }


def _critics(ax: Any, name: str, curves: Mapping[str, np.ndarray]) -> None:
    _, real, fake = sides(name)
    x = GRID[:, 0].numpy()
    with inherited(ax):
        low = min(float(D.min()) for D in curves.values())
        high = max(float(D.max()) for D in curves.values())
        floor = low - 0.12 * (high - low)
        for i, (label, D) in enumerate(curves.items()):
            style = {"color": "black", "linestyle": "-", "linewidth": 1.6} if i == 0 else line_style(i - 1) | {"marker": ""}
            ax.plot(x, D, label=label, **style)
        ax.plot(real.points[:, 0], np.full(len(real), floor), "o", color=GREY, markersize=3.5, clip_on=False)
        ax.plot(fake.points[:, 0], np.full(len(fake), floor), "x", color=GREY, markersize=3.5, clip_on=False)
        ax.set(xlim=(-3, 3), xlabel="$x$", title="")
        ax.text(0.04, 0.97, name, transform=ax.transAxes, va="top")
