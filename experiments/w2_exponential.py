"""The flow of ½W2² nears the data as e^{−t}, Euler's method as (1 − ε)^n: particles and normal laws against these forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gantheory import Refusal
from gantheory.flows import BuresFlow, WassersteinFlow
from gantheory.integration import Method, euler, integrate, rk4
from gantheory.measures import Empirical, Gaussian, ring
from gantheory.metrics import gaussian_wasserstein, wasserstein
from gantheory.plots import Drawing, Venue, over_time
from gantheory.plots.venue import GREY

LINE = "wasserstein"
QUICK = {"particles": 40, "seeds": 2}
DEMO = {"particles": 120, "seeds": 3}
STEPS = (0.1, 0.25, 0.5)
TIMES = torch.linspace(0, 3, 7, dtype=torch.float64)  # multiples of every step
EXACT = 1e-5  # what RK4 with step 0.1 and the roundoff of W2 leave of an equality, at e^{−3}
ROUNDOFF = 1e-9  # below it a spread over seeds is that of roundoff
SPLIT = 3 / 2  # data for each particle in the foil: their mass has to split
FLOW, FOIL = "flow", "flow, $m \\neq n$"


@dataclass(frozen=True)
class W2Exponential:
    """ratios: for each law and method W2(t)/W2(0) over seeds and times, (seeds, 7); starts: W2(0) over seeds."""

    ratios: dict[tuple[str, str], np.ndarray]
    starts: dict[str, np.ndarray]
    particles: int

    def deviation(self, law: str, method: str) -> float:
        """max over seeds and times of |W2(t)/W2(0) / theory − 1|."""
        return float(abs(self.ratios[law, method] / theory(method) - 1).max())

    @property
    def worst(self) -> float:
        """The largest deviation where there is a map."""
        return max(self.deviation(*key) for key in self.ratios if key[1] != FOIL)

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        left = self.ratios["particles", FOIL][:, -1]
        return (
            "W2(t)/W2(0) is e^(−t) for the flow and (1 − ε)^n for Euler's method with ε = 0.1, 0.25, 0.5, up to "
            f"{self.worst:.0e} (relative, all times, {len(left)} seeds), for {self.particles} particles with as many data and "
            f"for normal laws; with {round(SPLIT * self.particles)} data, where mass splits, {pm(left)} is left at t = 3 "
            f"instead of {np.exp(-3):.4f}."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "Huang and Malik (arXiv 2406.13619, abstract): the laws of the ODE are a gradient flow for the W2 loss, which "
            "converges exponentially to the data; its Euler scheme recovers the flow in the limit."
        )

    @property
    def agrees(self) -> bool:
        """Whether the exponential is there."""
        return self.worst <= EXACT

    @property
    def table(self) -> list[dict[str, Any]]:
        """W2(0), and W2(3)/W2(0) against theory, for each law and method; ± standard errors over seeds."""
        return [
            {
                "law": law,
                "method": method.replace("$", "").replace("\\neq", "≠").replace("\\epsilon", "ε"),
                "W2(0)": pm(self.starts[law if method != FOIL else FOIL]),
                "W2(3)/W2(0)": pm(found[:, -1], 6),
                "theory": "none" if method == FOIL else f"{theory(method)[-1]:.6f}",
                "largest relative gap": "" if method == FOIL else f"{self.deviation(law, method):.1e}",
            }
            for (law, method), found in self.ratios.items()
        ]


def pm(values: np.ndarray, digits: int = 4) -> str:
    """Mean ± standard error over the seeds."""
    error = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
    spread = f" ± {error:.1g}" if error > ROUNDOFF else " ± 0" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


def named(step: float) -> str:
    """Euler's method with this step."""
    return f"$\\epsilon$ = {step:g}"


def theory(method: str, times: np.ndarray | None = None) -> np.ndarray:
    """e^{−t}, or (1 − ε)^{t/ε}."""
    t = TIMES.numpy() if times is None else times
    steps = {named(h): h for h in STEPS}
    return (1 - steps[method]) ** (t / steps[method]) if method in steps else np.exp(-t)


def followed(x: torch.Tensor, real: Empirical, method: Method) -> np.ndarray:
    """W2 to the data at TIMES."""
    path = torch.as_tensor(integrate(WassersteinFlow(2, real), x, TIMES, method=method).x)
    return np.array([wasserstein(Empirical(z), real) for z in path])


def normal_law(generator: torch.Generator) -> Gaussian:
    """A generic normal law of R³."""
    root = torch.randn(3, 3, generator=generator, dtype=torch.float64)
    return Gaussian(torch.randn(3, generator=generator, dtype=torch.float64), root @ root.mT + 0.3 * torch.eye(3))


def normal_laws(seed: int) -> dict[str, np.ndarray]:
    """W2 to the data at TIMES: RK4 on (m, S), and Euler steps of particles, each with its own map."""
    generator = torch.Generator().manual_seed(seed)
    start, flow = normal_law(generator), BuresFlow(normal_law(generator))
    path = integrate(flow, (start.mean, start.covariance), TIMES, method=rk4(0.02)).x
    moved = zip(*path, strict=True)
    found = {FLOW: [gaussian_wasserstein(Gaussian(m, S), flow.real) for m, S in moved]}
    for h in STEPS:
        laws = [start]
        for _ in range(round(float(TIMES[-1]) / h)):
            laws.append(flow.pushed(laws[-1], h))
        found[named(h)] = [gaussian_wasserstein(law, flow.real) for law in laws[:: round(float(TIMES[1]) / h)]]
    return {method: np.array(values) for method, values in found.items()}


def clouds(particles: int, seed: int) -> tuple[torch.Tensor, Empirical, Empirical]:
    """Normal particles off the centre, and as many data, and half as many again, from a ring of eight normal laws."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(particles, 2, generator=generator, dtype=torch.float64) * 0.7 + torch.tensor([1.0, 0.4])
    data, more = (Empirical(ring(8, 2.0, 0.2).sample(m, generator)) for m in (particles, round(SPLIT * particles)))
    return x, data, more


def run(*, particles: int = 300, seeds: int = 10, progress: Callable[[float], object] | None = None) -> W2Exponential:
    """Follow `particles` particles and normal laws in R³ to t = 3 for each seed, by RK4 and by Euler's method."""
    if particles < 2 or seeds < 1:
        raise Refusal("w2_exponential has at least 2 particles and 1 seed", f"{particles} and {seeds}")
    paths: dict[tuple[str, str], list[np.ndarray]] = {}
    methods: dict[str, Method] = {FLOW: rk4(0.1), **{named(h): euler(h) for h in STEPS}}
    for seed in range(seeds):
        x, data, more = clouds(particles, seed)
        found = {("particles", name): followed(x, data, method) for name, method in methods.items()}
        found[("particles", FOIL)] = followed(x, more, rk4(0.1))
        found |= {("normal laws", name): values for name, values in normal_laws(seed).items()}
        for key, values in found.items():
            paths.setdefault(key, []).append(values)
        if progress is not None:
            progress((seed + 1) / seeds)
    stacked = {key: np.array(values) for key, values in paths.items()}
    starts = {law: stacked[law, FLOW][:, 0] for law in ("particles", "normal laws")} | {FOIL: stacked["particles", FOIL][:, 0]}
    return W2Exponential({key: values / values[:, :1] for key, values in stacked.items()}, starts, particles)


def plot(result: W2Exponential, venue: Venue) -> dict[str, Drawing]:
    """W2(t)/W2(0) on a logarithmic axis, with the theory dotted, for particles and for normal laws."""
    figure, axes = venue.figure(columns=2, aspect=0.8)
    fine, rows = np.linspace(0, 3, 121), []
    for ax, law in zip(axes, ("particles", "normal laws"), strict=True):
        lines = {name: found.mean(0) for (of, name), found in result.ratios.items() if of == law}
        ax.set_ylim(1e-2, 1.1)
        over_time(ax, TIMES.numpy(), lines, ylabel=f"$W_2(t)/W_2(0)$, {law}", xlabel="time $t = n\\epsilon$")
        for name, line in zip(lines, list(ax.lines), strict=True):
            if name != FOIL:
                line.set_linestyle("none")
                ax.plot(fine, theory(name, fine), color=GREY, linestyle=":", linewidth=1, zorder=0, label=f"_theory {name}")
        rows += [
            {"law": law, "method": name, "time": t, "ratio": value, "theory": expected}
            for name, line in lines.items()
            for t, value, expected in zip(TIMES.tolist(), line, theory(name), strict=True)
        ]
    caption = (
        "Distance to the data along the flow of half the squared W2 distance, relative to the start: "
        f"{result.particles} particles in the plane, from a normal law to a sample of eight normal laws on a ring, and normal "
        "laws of R³ with random moments. Dotted: exp(−t) and (1 − ε)^(t/ε); markers: the flow by RK4, and Euler steps ε. "
        f"{result.says} Mean of {len(result.starts['particles'])} seeds. "
        "Remake: gantheory experiment w2-exponential."
    )
    return {"w2_exponential": Drawing(figure, rows, caption)}
