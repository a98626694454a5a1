"""Every solver converges at the order of its scheme: solver × objective × order, on manufactured problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any

from derivations.rates import CASES
from derivations.rates._cases import Case, problem
from derivations.rates.finite_differences import CLAMPED, PLANE, on_box, squares
from gantheory.claims import Rate, Study
from gantheory.objectives import Box
from gantheory.plots import Drawing, Venue, convergence, fields
from gantheory.symbolic import p

LINE = "rates"
QUICK = {"levels": 3, "every": 7}
DEMO = {"levels": 4}
PANELS = (2, 4, 6)  # expected orders that are drawn side by side
MOST = 4  # lines in a panel
CELLS = 48  # of the first axis of the pictures


@dataclass(frozen=True)
class Rates:
    """A study for each case; values and residual of one discriminator on its grid."""

    studies: Mapping[Case, Study]
    axes: tuple
    pictures: Mapping[str, Any]

    @property
    def says(self) -> str:
        """The finding in a sentence."""
        finite = [(c, s) for c, s in self.studies.items() if not isinf(c.expected)]
        worst = max(abs(s.slopes[-1] - c.expected) for c, s in finite)
        return (
            f"{len(self.studies)} pairs of solver and objective; the last observed slope is within {worst:.3f} of the order of "
            f"its scheme, and Fourier series fall faster than any power."
        )

    published = "Nothing is published: the orders are those of the schemes."
    agrees = None

    @property
    def table(self) -> list[dict[str, Any]]:
        """Solver, objective, order, the last two slopes, the band of the fit and the last error."""
        return [_row(case, study, study.rate()) for case, study in self.studies.items()]


def _row(case: Case, study: Study, rate: Rate) -> dict[str, Any]:
    found = "spectral" if isinf(case.expected) else f"{case.expected:g}"
    band = f"[{rate.band[0]:.2f}, {rate.band[1]:.2f}]" if rate.conclusive else "none"
    slopes = ", ".join(f"{s:.3f}" for s in study.slopes[-2:])
    return {
        "solver": case.scheme,
        "objective": case.setting,
        "order": found,
        "last slopes": slopes,
        "fit, 95 %": band,
        "last error": f"{study.errors[-1]:.1e}",
    }


def run(*, levels: int = 5, every: int = 1, progress: Callable[[float], object] | None = None) -> Rates:
    """The relative L² error of every case, or of each k-th, on its coarsest `levels` refinements."""
    studies, chosen = {}, CASES[:: max(every, 1)]
    for i, case in enumerate(chosen):
        sizes = tuple(1 / n for n in (*case.counts, *case.finer)[: max(levels, 3)])
        studies[case] = Study(sizes, tuple(map(case.error, sizes)))
        if progress is not None:
            progress((i + 1) / len(chosen))
    return Rates(studies, *_pictures())


def _pictures() -> tuple[tuple, dict[str, Any]]:
    """D, its error and the source of least squares over p in the plane, on one grid."""
    made = problem(squares(0.3, 1, p), Box(*PLANE, CLAMPED), 1)
    found: Any = made.solve(on_box(PLANE, CLAMPED)(CELLS))
    nodes, shape = found.grid.nodes, found.values.shape
    exact = made.exact(nodes).detach().numpy().reshape(shape)
    source = made.source(nodes).detach().numpy().reshape(shape)
    shown = {"discriminator $D_h$": found.values, "error $D_h - D$": found.values - exact, "source $f$": source}
    return found.grid.axes, shown


def _chosen(studies: Mapping[Case, Study], order: float) -> dict[str, tuple[Case, Study]]:
    """At most four of this order, one for each place and m, which name their lines."""
    found: dict[str, tuple[Case, Study]] = {}
    for case, study in studies.items():
        _, m, _, place, *_ = case.setting.split(", ")
        if case.expected == order:
            found.setdefault(place if m == "m = 1" else f"{place}, ${m}$", (case, study))
    return dict(list(found.items())[:MOST])


def plot(result: Rates, venue: Venue) -> dict[str, Drawing]:
    """Error against cell size for the orders 2, 4 and 6, side by side; and a discriminator, its error and its source."""
    figure, axes = venue.figure(1, len(PANELS), 1.1, wide=True)
    rows = []
    for ax, order in zip(axes, PANELS, strict=True):
        chosen = _chosen(result.studies, order)
        named = {name: study for name, (_, study) in chosen.items()}
        first = next(iter(named))
        convergence(ax, named, {first: float(order)}, size_label="cell size $1/n$", error_label="relative $L^2$ error of $D$")
        for name, (case, study) in chosen.items():
            words = f"{case.scheme}: {case.setting}"
            rows += [{"order": order, "line": name, "case": words, "h": h, "error": e} for h, e, _ in study.rows()]
    listed = "; ".join(dict.fromkeys(f"order {r['order']}, {r['line']}: {r['case']}" for r in rows))
    caption = (
        "Error against cell size on manufactured problems, with triangles of the order of the scheme. "
        f"{listed}. {result.says} Remake: gantheory experiment rates."
    )
    drawings = {"rates": Drawing(figure, rows, caption)}
    figure, axes = venue.figure(1, 3, 1.25, wide=True)
    fields(axes, result.axes, result.pictures)
    words = (
        f"A manufactured discriminator of least squares under λ∫p|∇D|² on {CELLS} cells of the first axis: found, its error, "
        "the source that makes it exact. Remake: gantheory experiment rates."
    )
    x, y = result.axes
    cells = [
        {"x1": float(a), "x2": float(b), **{k: float(v[i, j]) for k, v in result.pictures.items()}}
        for i, a in enumerate(x)
        for j, b in enumerate(y)
    ]
    drawings["rates_fields"] = Drawing(figure, cells, words)
    return drawings
