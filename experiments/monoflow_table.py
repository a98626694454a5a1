"""Every force of MonoFlow's table brings an affine generator to the data; a frozen ratio only where −f(e^d) increases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
import torch

from gantheory import IntegrationError, Refusal
from gantheory.flows import AffineMonoFlow
from gantheory.integration import dopri5, integrate
from gantheory.lowering import lower
from gantheory.measures import Gaussian
from gantheory.metrics import gaussian_wasserstein
from gantheory.objectives import (
    ARCSINH_FORCE,
    FORWARD_KL,
    HELLINGER,
    JEFFREYS,
    JENSEN_SHANNON,
    NEYMAN,
    NON_SATURATING_DIVERGENCE,
    PEARSON,
    REVERSE_KL,
    Divergence,
    alpha_divergence,
    shifted_force,
)
from gantheory.plots import Drawing, Venue, over_time
from gantheory.symbolic import r

LINE = "wasserstein"
QUICK = {"nodes": 14, "tolerance": 1e-3, "moments": 9, "shown": 4.0, "relaxed": 14.0}
DEMO = {"nodes": 32, "tolerance": 1e-4, "moments": 21}

REAL = Gaussian(torch.zeros(2, dtype=torch.float64), torch.tensor([[1.0, 0.8], [0.8, 0.89]], dtype=torch.float64))
WITHIN = 1e-3  # of the data's mean and covariance: converged
FRACTIONS = np.linspace(0.0, 0.95, 20)  # of the time at which a flow blows up
STEEP = sp.Rational(3, 2)

LEAST_SQUARES = Divergence(r * sp.log(2 * r / (1 + r)) - 1 / (2 * (1 + r)) + sp.Rational(1, 4))  # labels 0 and 1
PANELS: tuple[Mapping[str, Any], ...] = (
    {"reverse KL": REVERSE_KL, "forward KL": FORWARD_KL, "Jeffreys": JEFFREYS},
    {"Pearson": PEARSON, "Neyman": NEYMAN, "Hellinger": HELLINGER, "α = 3/2": alpha_divergence(STEEP)},
    {"2 JSD, saturating": JENSEN_SHANNON, "non-saturating": NON_SATURATING_DIVERGENCE, "least squares": LEAST_SQUARES},
    {"arcsinh": ARCSINH_FORCE, "saturating, C = 5": shifted_force(5)},
)
NARROW = ("Neyman",)  # start with covariance I/4: from I the mean force E_q[1/r] is infinite
COSTS: Mapping[str, tuple[sp.Expr, bool, bool]] = {  # f, and what is published: frozen converges, full converges
    "−log r": (-sp.log(r), True, True),
    "log(1 + 1/r)": (sp.log(1 + 1 / r), True, True),
    "−log(1 + r)": (-sp.log(1 + r), True, True),
    "−r^1.5": (-(r**STEEP), True, False),
    "r log r": (FORWARD_KL.generator, False, True),
    "(r − 1)²": (PEARSON.generator, False, True),
    "(√r − 1)²": (HELLINGER.generator, False, True),
    "2 JSD": (JENSEN_SHANNON.generator, False, True),
}
WRITTEN = {"r log r": r"$r\log r$", "(r − 1)²": "$(r - 1)^2$", "(√r − 1)²": r"$(\sqrt{r} - 1)^2$", "2 JSD": "2 JSD"}


@dataclass(frozen=True, eq=False)
class MonoFlowTable:
    """A row of numbers for each flow; KL over time of the table's forces; W2 on the way of the frozen costs that blow up."""

    rows: tuple[dict[str, Any], ...]
    times: np.ndarray
    series: Mapping[str, np.ndarray]
    collapses: Mapping[str, tuple[float, np.ndarray]]

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["gradient"] == kind]

    @property
    def agrees(self) -> bool:
        """Every fate is the published one."""
        return all(row["converges"] == row["published"] for row in self.rows)

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        table, frozen, full = (self._of(kind) for kind in ("table", "frozen", "full"))
        worst = max(row["residual"] for row in table if row["residual"] is not None)
        lost = ", ".join(f"{row['force']} at t = {row['time']:.2g}" for row in frozen if not row["converges"])
        return (
            f"Of the table's {len(table)} forces {sum(row['converges'] for row in table)} reach the data within {WITHIN:g} "
            f"(Neyman from covariance I/4: from I its mean force is infinite), and dD_f/dt = −|dθ/dt|² holds to {worst:.0e}. "
            f"With the ratio frozen {sum(row['converges'] for row in frozen)} of {len(frozen)} costs converge and the others "
            f"blow up ({lost}); with the full gradient {sum(row['converges'] for row in full)} do, all but −r^1.5."
        )

    @property
    def published(self) -> str:
        """What the paper says."""
        return (
            "Yi, Zhu and Liu (yi2023monoflow, section 4.3, with Adam and batches): with the ratio detached reverse KL, "
            "non-saturating, vanilla and h = e^{1.5d} converge, r log r, (r − 1)², Hellinger and 2 JSD diverge; with the full "
            "gradient every f works but −e^{1.5d}."
        )

    @property
    def table(self) -> list[dict[str, Any]]:
        """Force or cost; which gradient; then at the end KL, W2, the worst entry of mean and covariance; and the fate.

        residual: the relative one of dD_f/dt = −|dθ/dt|². A flow that blows up is shown at 0.95 of its time.
        """
        fate = {True: "converges", False: "blows up"}
        return [
            {
                "force or cost": row["force"],
                "∇": row["gradient"],
                "t": f"{row['time']:.2g}",
                "KL(q‖p)": f"{row['kl']:.1e}",
                "W2": f"{row['w2']:.1e}",
                "off by": f"{row['gap']:.1e}",
                "residual": "" if row["residual"] is None else f"{row['residual']:.0e}",
                "fate": fate[row["converges"]],
                "published": "same" if row["published"] == row["converges"] else fate[row["published"]],
            }
            for row in self.rows
        ]


def kl(law: Gaussian) -> float:
    """KL(law‖data)."""
    ratio = torch.linalg.solve(REAL.covariance, law.covariance)
    shift = law.mean - REAL.mean
    pull = shift @ torch.linalg.solve(REAL.covariance, shift)
    return 0.5 * float(torch.trace(ratio) - len(shift) - torch.logdet(ratio) + pull)


def begin(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """b = (1, 1) and A = I, or I/2."""
    eye = torch.eye(2, dtype=torch.float64)
    return torch.ones(2, dtype=torch.float64), eye / 2 if name in NARROW else eye


def divergence(f: sp.Expr, state: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """D_f by a plain sum over a square grid of spacing 0.1, where log q > −300 and |log r| < 300."""
    d = sp.Symbol("d", real=True)
    side = torch.arange(-22, 22, 0.1, dtype=torch.float64)
    x = torch.cartesian_prod(side, side)
    fake = torch.distributions.MultivariateNormal(state[0], state[1] @ state[1].mT)
    log_q = fake.log_prob(x)
    ratio = REAL.log_density(x) - log_q
    near = (log_q.detach() > -300) & (ratio.detach().abs() < 300)
    return (log_q[near].exp() * lower(f.subs(r, sp.exp(d)), d)(ratio[near])).sum() * 0.01


def residual(flow: AffineMonoFlow, state: tuple[torch.Tensor, torch.Tensor]) -> float:
    """|dD_f/dt + |dθ/dt|²| / |dθ/dt|², dD_f/dt by autograd of the sum along the flow's velocity."""
    leaves = tuple(part.clone().requires_grad_() for part in state)
    slopes = torch.autograd.grad(divergence(flow.force.generator, leaves), leaves)  # type: ignore[arg-type]
    velocity = flow(torch.tensor(0.0, dtype=torch.float64), state)
    rate = sum(float((g * v).sum()) for g, v in zip(slopes, velocity, strict=True))
    square = sum(float(v.square().sum()) for v in velocity)
    return abs(rate + square) / square


@dataclass(frozen=True, eq=False)
class Path:
    """A flow: the time it reached, whether that was the last one asked for; KL, W2 and state at the times before."""

    time: float
    finished: bool
    kl: list[float]
    w2: list[float]
    states: list[Any]

    def row(self, name: str, gradient: str, published: bool, end: Path | None = None) -> dict[str, Any]:
        """What the table shows of it; end: the path that says how far it came, if it is another one."""
        last = end or self
        b, A = last.states[-1]
        gaps = [float((a - b).abs().max()) for a, b in ((b, REAL.mean), (A @ A.mT, REAL.covariance))]
        row = {"force": name, "gradient": gradient, "time": self.time, "kl": last.kl[-1], "w2": last.w2[-1], "gap": max(gaps)}
        return row | {"residual": None, "published": published, "converges": self.finished and max(gaps) <= WITHIN}


def followed(flow: AffineMonoFlow, start: tuple[torch.Tensor, torch.Tensor], times: np.ndarray, tolerance: float) -> Path:
    """The flow at the times, or as far as it goes."""
    path = Path(0.0, False, [], [], [])

    def observe(t: float, state: Any) -> None:
        law = flow.law(state)
        path.kl.append(kl(law))
        path.w2.append(gaussian_wasserstein(law, REAL))
        path.states.append(state)

    def velocity(t: torch.Tensor, state: Any) -> Any:
        """Infinite past a collapse, or with the mean force: such a step is rejected and a shorter one tried."""
        try:
            if float(torch.linalg.det(state[1])) > 0:
                return flow(t, state)
        except Refusal:
            pass
        return tuple(torch.full_like(part, torch.inf) for part in state)

    try:
        integrate(velocity, start, times, method=dopri5(tolerance, 0.01 * tolerance), observe=observe)
    except IntegrationError as error:  # steps have shrunk to nothing
        return replace(path, time=error.t)
    return replace(path, time=float(times[-1]), finished=True)


def run(
    *,
    nodes: int = 96,
    tolerance: float = 1e-8,
    moments: int = 41,
    shown: float = 10.0,
    relaxed: float = 20.0,
    progress: Callable[[float], object] | None = None,
) -> MonoFlowTable:
    """Follow each force of the table, then each cost with the ratio frozen and with the full gradient.

    nodes: of the quadrature in each dimension. tolerance: relative, of the integrator. moments: output times up to t = shown,
    the end of the lines. relaxed: h′(0) t at which a flow is judged.
    """
    report = progress or (lambda fraction: None)
    forces = {name: force for panel in PANELS for name, force in panel.items()}
    work = len(forces) + 2 * len(COSTS)
    times = np.linspace(0, shown, moments)
    rows, series, collapses = [], {}, {}
    known: dict[sp.Expr, Path] = {}  # several costs move with a force of the table
    for name, force in forces.items():
        flow = AffineMonoFlow(force, REAL, nodes)
        path = followed(flow, begin(name), _until(times, force, relaxed), tolerance)
        rows.append(path.row(name, "table", True))
        if isinstance(force, Divergence):
            rows[-1]["residual"] = max(residual(flow, path.states[k]) for k in (0, 1, moments // 4))
            known[force.force] = path
        series[name] = np.array(path.kl[:moments])
        report(len(rows) / work)
    for gradient in ("frozen", "full"):
        for name, (f, *published) in COSTS.items():
            force = sp.factor(sp.simplify(-r * sp.diff(f, r) if gradient == "frozen" else r**2 * sp.diff(f, r, 2)))
            flow = AffineMonoFlow(force, REAL, nodes)
            path = known.get(force) or followed(flow, begin(name), _until(times[:1], force, relaxed), tolerance)
            before = None if path.finished else followed(flow, begin(name), FRACTIONS * path.time, tolerance)
            rows.append(path.row(name, gradient, published[gradient == "full"], before))
            if before and gradient == "frozen":
                collapses[name] = (path.time, np.array(before.w2) / before.w2[0])
            report(len(rows) / work)
    return MonoFlowTable(tuple(rows), times, series, collapses)


def _until(times: np.ndarray, force: Any, relaxed: float) -> np.ndarray:
    """The times, and t = relaxed/|h′(0)| if that is later."""
    rate = abs(float((force.force if isinstance(force, Divergence) else force).subs(r, 1)))
    end = relaxed / rate if rate else relaxed
    return np.append(times, end) if end > times[-1] * (1 + 1e-9) else times


def plot(result: MonoFlowTable, venue: Venue) -> dict[str, Drawing]:
    """KL over time of every force, in panels; W2 on the way to where it blows up."""
    figure, axes = venue.figure(rows=2, columns=2)
    for ax, panel in zip(axes.flat, PANELS, strict=True):
        ax.set_ylim(3e-12, 10)
        over_time(ax, result.times, {name: result.series[name] for name in panel}, ylabel=r"$\mathrm{KL}(q \| p)$")
    command = "Remake: gantheory experiment monoflow-table."
    setting = "p = N(0, [[1, 0.8], [0.8, 0.89]]), q affine from N((1, 1), I) (Neyman: I/4), exact mean forces, dopri5"
    lines = [
        {"time": t} | {name: v[k] for name, v in result.series.items()} for k, t in enumerate(result.times)
    ]  # fmt: skip
    caption = f"KL(q‖p) along the flow of every force of MonoFlow's table. {setting}. {result.says} {command}"
    lost, ax = venue.figure()
    series = {f"{WRITTEN[name]}: $t^* = {_power(at)}$": v for name, (at, v) in result.collapses.items()}
    label = r"$W_2(q, p)$ relative to the start"
    over_time(ax, FRACTIONS, series, ylabel=label, xlabel=r"time $t / t^*$, the flow ending at $t^*$", logarithmic=False)
    ways = [{"t/t*": s} | {name: v[k] for name, (_, v) in result.collapses.items()} for k, s in enumerate(FRACTIONS)]
    text = (
        "Costs f(r) differentiated with the ratio r frozen, for which −f(e^d) does not increase: the law leaves the data, and "
        "its velocity becomes infinite at the finite time t*, for the covariance collapses or, with (r − 1)², E_q[r²] becomes "
        f"infinite. {setting}. {command}"
    )
    return {"monoflow_table": Drawing(figure, lines, caption), "monoflow_detached": Drawing(lost, ways, text)}


def _power(value: float) -> str:
    """Two digits, with a power of ten where that is shorter."""
    if value >= 1e-3:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}"
