"""Linear discriminators between two Gaussians: GANs point along Fisher's direction, SAN along the gap of means it weighs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import expit
from torch import Tensor

from gantheory import Refusal
from gantheory.discriminators import SlicedLinear, SlicedObjective
from gantheory.lowering import lower
from gantheory.measures import Empirical, Gaussian
from gantheory.metrics import direction_alignment
from gantheory.objectives import HINGE, LOGISTIC, NON_SATURATING, Loss
from gantheory.plots import Drawing, Venue
from gantheory.plots.venue import inherited, line_style
from gantheory.symbolic import y

LINE = "slicing"
QUICK = {"seeds": 2, "angles": 3, "samples": 500, "iterations": 250}
DEMO = {"seeds": 2, "angles": 5, "samples": 1000, "iterations": 300}
LENGTH, WIDTHS, TILT = 2.0, (1.0, 3.0), 0.5  # |δ|, deviations along the eigenvectors, and how these are turned
RATE, MOMENTS = 0.03, (0.0, 0.99)  # of Adam, for whatever is trained
NODES = np.linspace(-10, 10, 161)  # of the trapezoidal rule for E g(Z), which converges exponentially
MASS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
LATE = 0.1  # the share of the iterations, at the end, over which directions are averaged

METHODS: dict[str, tuple[Loss, bool | None]] = {
    "GAN, hinge": (HINGE, None),
    "GAN, logistic": (NON_SATURATING, None),
    "SAN, hinge": (HINGE, True),
    "SAN, saturating": (LOGISTIC, True),
    "SAN, non-saturating": (NON_SATURATING, True),
    "SAN, saturating, un-normalised": (LOGISTIC, False),
    "SAN, non-saturating, un-normalised": (NON_SATURATING, False),
}
"""The loss, and whether SAN normalises its weights; None for the plain GAN."""


def identity(x: Tensor) -> Tensor:
    """h = id."""
    return x


def covariance() -> np.ndarray:
    """R diag(1, 9) Rᵀ."""
    R = np.array([[cos(TILT), -sin(TILT)], [sin(TILT), cos(TILT)]])
    return R @ np.diag(np.square(WIDTHS)) @ R.T


def gap(angle: float) -> np.ndarray:
    """δ at this angle in degrees to the narrow eigenvector."""
    return LENGTH * np.array([cos(TILT + radians(angle)), sin(TILT + radians(angle))])


def cosine(w: np.ndarray, v: np.ndarray) -> float:
    """cos(w, v)."""
    return float(w @ v / (np.linalg.norm(w) * np.linalg.norm(v)))


def expected(method: str, angle: float) -> float:
    """cos(ω, δ) in the limit of many samples: Fisher's for a GAN, 1 for SAN unless its weights vary and are normalised."""
    loss, normalised = METHODS[method]
    if normalised is None:
        return cosine(np.linalg.solve(covariance(), gap(angle)), gap(angle))
    return cosine(weighted_fixed_point(angle), gap(angle)) if normalised and loss is not HINGE else 1.0


def weighted_gap(omega: np.ndarray, delta: np.ndarray) -> np.ndarray:
    """δ + c(ω)Σω, c = s(E_p r′/E_p r − E_q r′/E_q r), s = ⟨ω, δ⟩/⟨ω, Σω⟩ the best scale: the same for both logistic losses."""
    S = covariance()
    s = omega @ delta / (omega @ S @ omega)
    f = s * (omega @ delta / 2 + sqrt(omega @ S @ omega) * NODES)
    on_real, slope = MASS @ expit(f), MASS @ (expit(f) * expit(-f))
    return delta + s * slope * (1 / on_real - 1 / (1 - on_real)) * S @ omega


def weighted_fixed_point(angle: float) -> np.ndarray:
    """ω ∝ weighted_gap(ω), the one nearest to δ."""
    delta = gap(angle)
    turned = lambda a: np.array([cos(a), sin(a)])  # noqa: E731
    across = lambda a: float(np.linalg.det(np.stack([turned(a), weighted_gap(turned(a), delta)])))  # noqa: E731
    middle = TILT + radians(angle)
    grid = middle + np.linspace(-1.4, 1.4, 282)
    values = np.array([across(a) for a in grid])
    roots = [brentq(across, grid[i], grid[i + 1]) for i in np.flatnonzero(values[1:] * values[:-1] < 0)]
    return turned(min(roots, key=lambda a: abs(a - middle)))


@dataclass(frozen=True, eq=False)
class SanGaussians:
    """cos(ω, δ) and cos(ω, ω*) for each method (rows), angle and seed, and what is expected of the first."""

    angles: np.ndarray
    to_gap: dict[str, np.ndarray]
    to_own: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]

    @property
    def seeds(self) -> int:
        """How many runs each number is a mean of."""
        return next(iter(self.to_gap.values())).shape[1]

    def _least(self, start: str, table: dict[str, np.ndarray]) -> float:
        return min(float(v.mean(1).min()) for k, v in table.items() if k.startswith(start))

    @property
    def error(self) -> float:
        """The largest |mean − expected| of cos(ω, δ)."""
        return max(float(abs(v.mean(1) - self.expected[k]).max()) for k, v in self.to_gap.items())

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        plain = min(float(v.mean(1).min()) for k, v in self.to_gap.items() if "un-normalised" in k or k == "SAN, hinge")
        return (
            f"Over {len(self.angles)} gaps and {self.seeds} seeds each GAN's direction falls to cos(ω, δ) = "
            f"{self._least('GAN', self.to_gap):.3f}, where Fisher's Σ⁻¹δ gives {min(self.expected['GAN, hinge']):.3f}; SAN's "
            f"stays above {plain:.3f} (hinge, or un-normalised weights) and, with normalised weights of a logistic loss, "
            f"{self._least('SAN, non-saturating', self.to_gap):.3f} (closed form "
            f"{min(self.expected['SAN, non-saturating']):.3f}), while "
            f"cos(ω, ω*) to its own weighted gap stays above {self._least('SAN', self.to_own):.3f} "
            f"(GAN: {self._least('GAN', self.to_own):.3f}). Largest deviation from the closed forms: {self.error:.3f}."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "takida2024san, table 1: hinge, saturating and non-saturating GANs lack direction optimality, SAN has it. Of "
            "normalised weights it does not say that they turn ω away from the gap of means."
        )

    @property
    def agrees(self) -> bool | None:
        """SAN is aligned with its own gap, GANs are not."""
        return self._least("SAN", self.to_own) > 0.98 > self._least("GAN", self.to_own)

    @property
    def table(self) -> list[dict[str, Any]]:
        """Method, angle, cos(ω, δ) with its standard error, the closed form, and cos(ω, ω*)."""
        rows = []
        for method, found in self.to_gap.items():
            for i, angle in enumerate(self.angles):
                row = {"method": method, "angle of δ": f"{angle:.1f}°", "cos(ω, δ)": _with_error(found[i])}
                row |= {"closed form": f"{self.expected[method][i]:.4f}", "cos(ω, ω*)": _with_error(self.to_own[method][i])}
                rows.append(row)
        return rows


def _with_error(values: np.ndarray) -> str:
    error = f" ± {values.std(ddof=1) / sqrt(len(values)):.4f}" if len(values) > 1 else ""
    return f"{values.mean():.4f}{error}"


def trained(method: str, real: Tensor, fake: Tensor, iterations: int) -> Tensor:
    """sω (b, d) after full-batch training on each of b pairs of samples (b, n, d), averaged over the last tenth.

    SAN's layer by its objective, or f = s⟨ω, x⟩ by the loss alone; all b at once, each for itself.
    """
    loss, normalised = METHODS[method]
    objective = SlicedObjective(loss, normalised=bool(normalised))
    layers = [SlicedLinear(2, generator=torch.Generator().manual_seed(k), dtype=real.dtype) for k in range(len(real))]
    layer = copy.deepcopy(layers[0])
    state, _ = torch.func.stack_module_state(layers)  # type: ignore[arg-type]
    w = state["weight"].detach().clone().requires_grad_()
    on_real, on_fake = lower(loss.real, y), lower(loss.fake, y)

    def plain(w: Tensor, x: Tensor, z: Tensor) -> Tensor:
        return on_real(x @ w).mean() + on_fake(z @ w).mean()

    def san(state: dict[str, Tensor], x: Tensor, z: Tensor) -> Tensor:
        readings = (torch.func.functional_call(layer, state, (points,)) for points in (x, z))
        return objective.discriminator(*readings)

    each = torch.func.vmap(plain if normalised is None else san)
    player: Any = w if normalised is None else state
    optimiser = torch.optim.Adam([w] if normalised is None else state.values(), lr=RATE, betas=MOMENTS)
    late, total = max(1, int(LATE * iterations)), torch.zeros_like(w)
    for k in range(iterations):
        optimiser.zero_grad()
        each(player, real, fake).sum().backward()
        optimiser.step()
        with torch.no_grad():
            state["weight"] /= state["weight"].norm(dim=1, keepdim=True)
        if k >= iterations - late:
            total += (w if normalised is None else state["scale"][:, None] * state["weight"]).detach()
    return total / late


def aligned(method: str, w: Tensor, real: Tensor, fake: Tensor) -> float:
    """cos(ω, ω*), ω* the gap of means with the weights of the method: r(f), normalised as SAN is by default."""
    loss, normalised = METHODS[method]
    objective = SlicedObjective(loss)
    if normalised is False:
        shares = [SlicedObjective(loss, normalised=False).shares(x @ w) for x in (real, fake)]
        weighted = shares[0] @ real - shares[1] @ fake
        return cosine(w.numpy(), weighted.numpy())
    laws = [Empirical(x, objective.shares(x @ w)) for x in (real, fake)]
    return direction_alignment(identity, w, laws[0], laws[1])


def run(
    *,
    seeds: int = 5,
    angles: int = 7,
    samples: int = 4000,
    iterations: int = 600,
    progress: Callable[[float], object] | None = None,
) -> SanGaussians:
    """Train every method between samples of N(±δ/2, Σ) for δ at angles from 0° to 90° to the narrow eigenvector.

    `samples` data and three quarters as many fakes.
    """
    if min(seeds, samples // 4, iterations) < 1 or angles < 2:
        raise Refusal("san_gaussians needs a seed, 2 angles, 4 samples and an iteration", (seeds, angles, samples, iterations))
    report, degrees = progress or (lambda fraction: None), np.linspace(0, 90, angles)
    gaps = [gap(angle) for angle in degrees for _ in range(seeds)]
    pairs = [sampled(delta, samples, seed) for seed, delta in enumerate(gaps)]
    real, fake = (torch.stack(z) for z in zip(*pairs, strict=True))
    to_gap, to_own = {}, {}
    for i, method in enumerate(METHODS):
        found = trained(method, real, fake, iterations)
        to_gap[method] = np.array([cosine(*z) for z in zip(found.numpy(), gaps, strict=True)]).reshape(angles, seeds)
        own = [aligned(method, *z) for z in zip(found, real, fake, strict=True)]
        to_own[method] = np.array(own).reshape(angles, seeds)
        report((i + 1) / len(METHODS))
    return SanGaussians(degrees, to_gap, to_own, {k: np.array([expected(k, a) for a in degrees]) for k in METHODS})


def sampled(delta: np.ndarray, samples: int, seed: int) -> tuple[Tensor, Tensor]:
    """Samples of N(±δ/2, Σ)."""
    generator, S, half = torch.Generator().manual_seed(seed), torch.from_numpy(covariance()), torch.from_numpy(delta / 2)
    return Gaussian(half, S).sample(samples, generator), Gaussian(-half, S).sample(3 * samples // 4, generator)


def plot(result: SanGaussians, venue: Venue) -> dict[str, Drawing]:
    """cos(ω, δ) against the angle of δ: closed forms as lines, trained directions as points."""
    figure, ax = venue.figure()
    shown = {
        "GAN, hinge": ("GAN: hinge, logistic", 60.0, (8, 4)),
        "SAN, non-saturating": ("SAN: logistic, normalised weights", 37.0, (8, -9)),
        "SAN, hinge": ("SAN: hinge, or un-normalised weights", 45.0, (0, 5)),
    }
    fine = np.linspace(0, 90, 91)
    with inherited(ax):
        ax.set(xlabel=r"angle of the gap $\delta$ to the narrow axis (degrees)", ylabel=r"$\cos(\omega, \delta)$")
        for i, (method, (label, place, offset)) in enumerate(shown.items()):
            style = line_style(i)
            curve = [expected(method, a) for a in fine]
            ax.plot(fine, curve, label=label, **(style | {"marker": ""}))
            ax.annotate(label, (place, expected(method, place)), offset, textcoords="offset points", clip_on=False)
            for other, found in result.to_gap.items():
                if np.allclose(result.expected[other], result.expected[method], atol=1e-9):
                    marks = style | {"linestyle": "", "label": f"_{other}", "markersize": 3.5}
                    error = found.std(1, ddof=1) / sqrt(result.seeds) if result.seeds > 1 else None
                    ax.errorbar(result.angles, found.mean(1), error, elinewidth=0.6, clip_on=False, **marks)
        ax.set_xlim(0, 90)
        ax.set_xticks([0, 30, 60, 90])
        ax.set_ylim(0.55, 1.05)
    caption = (
        f"Linear discriminators between N(δ/2, Σ) and N(−δ/2, Σ), |δ| = {LENGTH:g}, Σ with the deviations {WIDTHS[0]:g} and "
        f"{WIDTHS[1]:g}: closed forms (lines) and trained directions (marks, mean ± standard error over {result.seeds} seeds; "
        "GAN: hinge and logistic; SAN: hinge and un-normalised weights; SAN, normalised: both logistic losses). "
        f"{result.says} Remake: gantheory experiment san-gaussians."
    )
    rows = [
        {"method": k, "angle": a, "mean": v[i].mean(), "expected": result.expected[k][i]}
        for k, v in result.to_gap.items()
        for i, a in enumerate(result.angles)
    ]
    return {"san_gaussians": Drawing(figure, rows, caption)}
