"""Figures tested like code: size, fonts, overlap, contrast, slopes, bytes."""

import csv
import json
import re
import shutil
import struct
import zlib
from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.text import Text

from gantheory._errors import Refusal
from gantheory.claims import Study
from gantheory.plots import (
    ICML,
    NATURE,
    NEURIPS,
    SIAM,
    VENUES,
    Venue,
    convergence,
    described,
    escaped,
    fields,
    over_time,
    pgf,
    save,
    snapshots,
    table_tex,
)
from gantheory.plots.ends import spread
from gantheory.plots.venue import COLOURS, GREY, inherited, settle

H = tuple(2.0**-k for k in range(2, 8))
STUDIES = {
    "five-point stencil": Study(H, tuple(0.8 * h**2 * (1 + h) for h in H)),
    "accuracy 4": Study(H, tuple(2 * h**4 for h in H)),
    "upwind": Study(H, tuple(0.5 * h for h in H)),
}
ORDERS = {"five-point stencil": 2.0, "accuracy 4": 4.0, "upwind": 1.0}
TIMES = np.linspace(0, 4, 61)
SERIES = {
    "Green's function": np.exp(-TIMES) + 0.02,
    "kernel gradient": np.exp(-TIMES / 2) + 0.01,
    "network": 0.9 * np.exp(-0.9 * TIMES) + 0.022,
}


def cloud(dim, n=60, m=90):
    g = np.random.default_rng(dim)
    real = g.normal(size=(m, dim)) * np.linspace(1, 2, dim)
    ends = g.normal(size=(n, dim)) * 0.3 + 3
    return np.stack([ends * (1 - s) + s * real[:n] for s in np.linspace(0, 1, 5)]), real


def converging(venue):
    figure, ax = venue.figure()
    convergence(ax, STUDIES, ORDERS, size_label="grid spacing $h$", error_label="relative $L^2$ error of $D$")
    return figure


NOISE = (0.9, -0.4, 1.3, -0.7, 1.1, 0.6)
FLOORED = {
    "order 6": Study(H, tuple(abs(2e-5 * h**6 + 4e-14 * z) for h, z in zip(H, NOISE, strict=True))),
    "order 2": Study(H, tuple(1e-6 * h**2 * (1 + 4 * h) for h in H)),
}


def floored(venue):
    figure, ax = venue.figure()
    rates = {name: study.rate() for name, study in FLOORED.items()}
    convergence(
        ax,
        FLOORED,
        {"order 6": 6, "order 2": 2},
        size_label="grid spacing $h$",
        error_label="relative error of $D$",
        rates=rates,
    )
    return figure


def decaying(venue):
    figure, ax = venue.figure()
    over_time(ax, TIMES, SERIES, ylabel="Wasserstein distance $W_2$", reference={"sampling floor $N^{-1/2}$": 0.02})
    return figure


def moving(dim):
    def draw(venue):
        figure, axes = venue.figure(1, 3, 1.0, wide=True)
        x, real = cloud(dim)
        snapshots(axes, np.linspace(0, 1, 5), x, real, [0, 2, 4])
        return figure

    return draw


def side_by_side(dim):
    def draw(venue):
        figure, axes = venue.figure(1, 3, 1.25 if dim > 1 else 0.8, wide=True)
        x = [np.linspace(-2, 2.1, 17), np.linspace(-1.7, 2, 13), np.linspace(0, 1, 5)][:dim]
        first, rest = np.meshgrid(*x, indexing="ij")[0], sum(np.meshgrid(*x, indexing="ij"))
        shown = {"discriminator $D$": np.exp(-(rest**2)), "residual": 1e-5 * np.sin(3 * rest), "source $p - q$": first**3}
        fields(axes, x, shown)
        return figure

    return draw


FIGURES = {"fields, d = 1": side_by_side(1), "fields, d = 2": side_by_side(2), "fields, d = 3": side_by_side(3)}
FIGURES |= {
    "floored": floored,
    "convergence": converging,
    "over time": decaying,
    "d = 1": moving(1),
    "d = 2": moving(2),
    "d = 5": moving(5),
}
CASES = [(draw, NEURIPS) for draw in FIGURES.values()] + [(draw, SIAM) for draw in FIGURES.values()]
CASES += [(draw, venue) for draw in (converging, decaying) for venue in (ICML, NATURE)]
NAMES = [f"{name}-{v}" for v in ("NeurIPS", "SIAM") for name in FIGURES]
NAMES += [f"{name}-{v}" for name in ("convergence", "over time") for v in ("ICML", "Nature")]


@pytest.fixture(params=CASES, ids=NAMES, scope="module")
def drawn(request):
    """(figure, venue), laid out as it will be saved."""
    draw, venue = request.param
    figure = draw(venue)
    FigureCanvasAgg(figure)
    with inherited(figure.axes[0]):
        for _ in range(2):
            figure.draw_without_rendering()
    return figure, venue


def texts(figure):
    """The visible texts with their boxes in pixels; tick labels outside the limits are not drawn."""
    found = []
    for ax in figure.axes:
        ticks = [
            label
            for axis in (ax.xaxis, ax.yaxis)
            for tick in axis._update_ticks()
            for label in (tick.label1, tick.label2)
            if label.get_visible()
        ]
        for text in [*ticks, *ax.texts, ax.xaxis.label, ax.yaxis.label, ax.title]:
            if text.get_visible() and text.get_text():
                found.append((text, Text.get_window_extent(text)))
    return found


def test_no_text_is_small_cut_off_or_covered(drawn):
    figure, venue = drawn
    found = texts(figure)
    assert len(found) > 8
    for text, box in found:
        assert text.get_fontsize() >= venue.small
        words = f"{text.get_text()!r} at {box.extents}"
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1, words  # noqa: PT018
    for (a, first), (b, second) in combinations(found, 2):
        width = min(first.x1, second.x1) - max(first.x0, second.x0)
        height = min(first.y1, second.y1) - max(first.y0, second.y0)
        slack = 0.12 * a.get_fontsize() * figure.dpi / 72  # a box reaches from the ascenders to the descenders
        assert min(width, height) <= slack, f"{a.get_text()!r} covers {b.get_text()!r}"


def test_labels_at_the_ends_cover_no_line(drawn):
    figure, _ = drawn
    for ax in figure.axes:
        for text in ax.texts:
            box = Text.get_window_extent(text)
            for line in ax.lines:
                points = ax.transData.transform(np.column_stack(line.get_data()))
                assert not box.count_contains(points), f"{text.get_text()!r} covers {line.get_label()}"


def luminance(colour):
    rgb = np.array(to_rgb(colour))
    return float(np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722))


def contrast(colour):
    return 1.05 / (luminance(colour) + 0.05)


def test_ink_is_legible_and_little(drawn):
    figure, _ = drawn
    for ax in figure.axes:
        assert not ax.get_title()
        assert not ax.spines["top"].get_visible()
        assert not ax.spines["right"].get_visible()
        for text in ax.texts:
            assert contrast(text.get_color()) >= 4.5
        for line in ax.lines:
            assert contrast(line.get_color()) >= 3
            assert line.get_linewidth() <= 1
            assert line.get_markerfacecolor() == "none"
    assert all(contrast(colour) >= 3 for colour in (*COLOURS, GREY))


def test_lines_differ_in_colour_marker_and_dash():
    for draw, count in ((converging, 3), (decaying, 3)):
        lines = [line for line in draw(NEURIPS).axes[0].lines if line.get_marker() != "None"]
        assert len(lines) == count
        for look in (lambda a: a.get_color(), lambda a: a.get_marker(), lambda a: a.get_linestyle() + str(a._dash_pattern)):
            assert len({look(line) for line in lines}) == count


@pytest.mark.parametrize("venue", [ICML, SIAM], ids=["icml", "siam"])
def test_triangles_have_the_expected_slope_near_their_line(venue):
    figure = converging(venue)
    found = {patch.get_gid(): patch for patch in figure.axes[0].patches if isinstance(patch, Polygon)}
    assert set(found) == {"slope-0", "slope-1", "slope-2"}
    for i, (name, order) in enumerate(ORDERS.items()):
        corner, run, rise = np.log(found[f"slope-{i}"].get_xy()[:3])
        assert run[1] == pytest.approx(corner[1], abs=1e-9)
        assert rise[0] == pytest.approx(corner[0], abs=1e-9)
        assert (rise - run)[1] / (rise - run)[0] == pytest.approx(order, rel=1e-9)
        middle = (run + rise) / 2
        apart = {n: abs(np.interp(middle[0], np.log(H[::-1]), np.log(s.errors[::-1])) - middle[1]) for n, s in STUDIES.items()}
        assert min(apart, key=apart.get) == name


def test_slopes_are_the_theory_and_not_the_fit():
    _, ax = NEURIPS.figure()
    convergence(ax, {"a": Study(H, tuple(h**3 for h in H))}, {"a": 2.0}, size_label="h", error_label="e")
    _, run, rise = np.log(ax.patches[0].get_xy()[:3])
    assert (rise - run)[1] / (rise - run)[0] == pytest.approx(2)
    assert [t.get_text() for t in ax.texts] == ["a", "1", "2"]


def test_levels_outside_the_fit_are_hollow_and_the_floor_is_grey():
    ax = floored(NEURIPS).axes[0]
    filled = {c.get_gid(): c for c in ax.collections}
    for i, study in enumerate(FLOORED.values()):
        rate = study.rate()
        shown = filled[f"fit-{i}"].get_offsets()
        assert np.allclose(shown, [(study.sizes[k], study.errors[k]) for k in rate.used], rtol=1e-12)
        assert to_rgb(filled[f"fit-{i}"].get_facecolor()[0][:3]) == to_rgb(COLOURS[i])
    rate = FLOORED["order 6"].rate()
    assert 0 < len(rate.used) < len(H)
    assert rate.floored
    (region,) = [p for p in ax.patches if p.get_gid() == "floor"]
    box = region.get_extents().transformed(ax.transData.inverted())
    assert box.y1 == pytest.approx(rate.floor)
    assert box.y0 == pytest.approx(ax.get_ylim()[0])
    (name,) = [t for t in ax.texts if t.get_gid() == "floor-name"]
    assert "epsilon" in name.get_text()
    assert f"10^{{{np.floor(np.log10(rate.floor)):.0f}}}" in name.get_text()


@pytest.mark.parametrize("case", [(decaying, SIAM), (moving(2), ICML)], ids=["siam", "icml"])
def test_saved_files_have_the_size_the_fonts_and_the_same_bytes(tmp_path, case, caplog):
    draw, venue = case
    width = (venue.wide_inches or venue.width_inches) if draw not in (converging, decaying) else venue.width_inches
    height = width * (0.618 if draw in (converging, decaying) else 1 / 3)
    made = [
        save(draw(venue), tmp_path / name / "error_of_D", data={"h": H}, caption="$h^2$", provenance={"seed": 3})
        for name in ("a", "b")
    ]
    assert [path.name.partition(".")[2] for path in made[0]] == ["pdf", "svg", "png", "csv", "json", "tex"]
    for first, second in zip(*made, strict=True):
        assert first.read_bytes() == second.read_bytes(), first.name
    pdf, svg, png = (path.read_bytes() for path in made[0][:3])
    box = re.search(rb"/MediaBox \[ *([\d. ]+)\]", pdf)
    assert [float(v) / 72 for v in box[1].split()] == pytest.approx([0, 0, width, height], abs=1e-3)
    size = re.search(rb'<svg[^>]*? height="([\d.]+)pt"[^>]*? width="|<svg[^>]*?width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert [float(v) / 72 for v in size.groups()[1:]] == pytest.approx([width, height], abs=1e-3)
    assert struct.unpack(">II", png[16:24]) == (int(300 * width), int(300 * height))
    objects = pdf + b"".join(inflated(pdf))
    assert b"/Type3" not in objects
    assert b"/FontFile2" in objects
    assert b"CreationDate" not in pdf
    assert b"<dc:date>" not in svg
    assert not caplog.records
    assert not list(tmp_path.rglob("*.partial"))


def inflated(pdf):
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            yield zlib.decompress(match[1])
        except zlib.error:
            continue


def test_saving_twice_changes_nothing(tmp_path):
    figure = decaying(ICML)
    first = [path.read_bytes() for path in save(figure, tmp_path / "a", data={}, caption="", provenance={})]
    second = [path.read_bytes() for path in save(figure, tmp_path / "a", data={}, caption="", provenance={})]
    assert first == second


def test_the_words_and_the_data_stand_beside_the_figure(tmp_path):
    rows = [{"study": "a", "h": np.float64(0.1), "order": None}, {"study": "b", "h": 1 / 3, "more": 2}]
    paths = save(converging(ICML), tmp_path / "f", data=rows, caption="95 % at $h^2$", provenance={"commit": "abc"})
    words = json.loads(paths[4].read_text())
    assert words["caption"] == "95 % at $h^2$"
    assert words["provenance"] == {"commit": "abc"}
    assert words["alt"].startswith("Panel 1: relative $L^2$ error of $D$ (log) from ")
    assert "five-point stencil; accuracy 4; upwind" in words["alt"]
    held = list(csv.DictReader(paths[3].read_text().splitlines()))
    assert float(held[1]["h"]) == 1 / 3
    assert held[0] == {"study": "a", "h": "0.1", "order": "", "more": ""}
    tex = paths[5].read_text()
    assert r"\includegraphics{f.pdf}" in tex
    assert r"\caption{95 \% at $h^2$}" in tex
    with pytest.raises(Refusal, match="of one length"):
        save(Figure(), tmp_path / "f", data={"a": [1], "b": []}, caption="", provenance={})
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="needs space and permission"):
        save(Figure(), tmp_path / "file" / "f", data={}, caption="", provenance={})
    assert described(Figure()) == ""


def test_nothing_global_is_changed():
    before = dict(matplotlib.rcParams)
    converging(SIAM)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("venue", VENUES.values(), ids=VENUES)
def test_a_venue_draws_at_its_width(venue):
    figure, axes = venue.figure(2, 3, 0.5)
    assert axes.shape == (2, 3)
    assert tuple(figure.get_size_inches()) == pytest.approx((venue.width_inches, venue.width_inches / 3))
    assert venue.small >= 5


def test_panels_have_the_same_limits_and_say_their_time():
    for dim, labels in (
        (1, ("$x$", "density")),
        (2, ("$x_1$", "$x_2$")),
        (5, ("principal axis 1 of data", "principal axis 2 of data")),
    ):
        axes = moving(dim)(NEURIPS).axes
        assert len({(ax.get_xlim(), ax.get_ylim()) for ax in axes}) == 1
        assert [ax.texts[0].get_text() for ax in axes] == ["$t$ = 0", "$t$ = 0.5", "$t$ = 1"]
        assert axes[0].get_xlabel() == labels[0]
        assert axes[0].get_ylabel() == labels[1]
        assert dim == 1 or axes[0].get_aspect() == 1


def test_one_panel_one_point_and_many_points_are_drawn():
    for dim in (1, 2, 3):
        figure, ax = ICML.figure(aspect=1)
        snapshots(ax, [0.0], np.ones((1, 1, dim)), np.ones((3, dim)), [0])
        figure.draw_without_rendering()
    figure, ax = ICML.figure(aspect=1)
    snapshots(ax, [0.0], np.random.default_rng(0).normal(size=(1, 6000, 2)), np.ones((3, 2)), [-1])
    assert ax.collections[0].get_rasterized()


def test_lines_that_would_cross_a_name_are_named_in_a_legend_that_covers_none():
    crossing = {
        "a long name of a line": Study(H, tuple(h**2 for h in H)),
        "another": Study(tuple(8 * h for h in H), tuple(16 * h**2 for h in H)),
        "steep": Study(tuple(4 * h for h in H), tuple(30 * (4 * h) ** 4 for h in H)),
    }
    _, ax = NEURIPS.figure()
    convergence(ax, crossing, {"another": 2.0}, size_label="h", error_label="e")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(crossing)
    assert [t.get_text() for t in ax.texts] == ["1", "2"]
    settle(ax)
    box = ax.get_legend().get_window_extent()
    for line in ax.lines:
        ends = ax.transData.transform(np.column_stack(line.get_data()))
        s = np.linspace(0, 1, 200)[:, None]
        for a, b in pairwise(ends):
            assert not any(box.contains(*point) for point in a + s * (b - a))
    triangle = ax.patches[0].get_window_extent()
    assert not box.overlaps(triangle)


def test_more_than_five_lines_have_a_legend():
    many = {f"line {i}": Study(H, tuple((i + 1) * h**2 for h in H)) for i in range(6)}
    _, ax = NEURIPS.figure()
    convergence(ax, many, {}, size_label="h", error_label="e")
    assert len(ax.get_legend().get_texts()) == 6
    assert not ax.texts
    _, ax = NEURIPS.figure()
    over_time(ax, [0, 1], {str(i): [0, i] for i in range(6)}, ylabel="y", logarithmic=False)
    assert len(ax.get_legend().get_texts()) == 6


@pytest.mark.parametrize(("low", "high"), [(0.11, 0.9), (1e-9, 1.0), (0.5, 0.52), (3.0, 200.0)])
def test_a_logarithmic_axis_has_two_labelled_ticks(low, high):
    figure, ax = ICML.figure()
    over_time(ax, [0, 1, 2], {"a": [high, (low * high) ** 0.5, low]}, ylabel="y")
    figure.draw_without_rendering()
    inside = [t for t in ax.yaxis._update_ticks() if t.label1.get_text()]
    assert 2 <= len(inside) <= 9


def test_spread_keeps_what_has_room_and_moves_the_rest_least():
    assert spread(np.array([30.0, 0.0, 10.0]), 10.0) == pytest.approx([30, 0, 10])
    assert spread(np.array([5.0, 5.0, 40.0]), 10.0) == pytest.approx([0, 10, 40])
    assert spread(np.array([1.0, 0.0, 2.0]), 10.0) == pytest.approx([1, -9, 11])


REFUSED = {
    "slope of nothing": (lambda ax: convergence(ax, STUDIES, {"b": 1.0}, size_label="", error_label=""), "slopes for them"),
    "rate of nothing": (
        lambda ax: convergence(ax, STUDIES, {}, size_label="", error_label="", rates={"b": Study(H, H).rate()}),
        r"rates for \['b'\]",
    ),
    "no study": (lambda ax: convergence(ax, {}, {}, size_label="", error_label=""), "slopes for them"),
    "zero": (lambda ax: over_time(ax, [0, 1], {"a": [1, 0]}, ylabel=""), "Pass logarithmic=False"),
    "reference": (lambda ax: over_time(ax, [0, 1], {"a": [1, 1]}, ylabel="", reference={"b": -1.0}), "-1 in b"),
    "NaN": (lambda ax: over_time(ax, [0, 1], {"a": [1, np.nan]}, ylabel=""), "finite numbers"),
    "lengths": (lambda ax: over_time(ax, [0, 1], {"a": [1]}, ylabel=""), "one value for each"),
    "shapes": (lambda ax: snapshots(ax, [0], np.ones((1, 3, 2)), np.ones((3, 1)), [0]), r"particles \(k, n, d\)"),
    "indices": (lambda ax: snapshots(ax, [0], np.ones((1, 3, 2)), np.ones((3, 2)), [1]), "one panel for each"),
    "panels": (lambda ax: snapshots([ax], [0], np.ones((1, 3, 2)), np.ones((3, 2)), [0, 0]), "one panel for each"),
    "NaN particles": (lambda ax: snapshots(ax, [0], np.full((1, 3, 2), np.nan), np.ones((3, 2)), [0]), "earlier times"),
    "shape of a field": (lambda ax: fields(ax, [[0, 1], [0, 1]], {"D": [0, 1]}), r"has shape \(2, 2\); got D: \(2,\)"),
    "NaN in a field": (lambda ax: fields(ax, [[0, 1]], {"D": [0, np.nan]}), "NaN or infinity in D"),
    "axes of fields": (lambda ax: fields(ax, [[0, 0]], {"D": [0, 1]}), "rising coordinates"),
    "panels of fields": (lambda ax: fields([ax], [[0, 1]], {"D": [0, 1], "E": [1, 2]}), "one panel for each name"),
    "width": (lambda _: Venue("a", 0.0), "widths of a Venue"),
    "small text": (lambda _: Venue("a", 3.0, small=4.0), "at least 5 pt"),
    "no panel": (lambda _: ICML.figure(0), "at least one panel"),
    "table": (lambda _: table_tex([(1, 2)], ["a"]), "a cell for each heading"),
}


@pytest.mark.parametrize(("draw", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused(draw, words):
    _, ax = ICML.figure()
    with pytest.raises(Refusal, match=words):
        draw(ax)


def test_a_table_is_booktabs():
    table = table_tex(Study((0.25, 0.125), (1e-3, 2.5e-4)).rows(), ["$h$", "error", "observed order"], "Rate & λ.")
    assert r"\caption{Rate \& $\lambda$.}" in table
    assert r"    $0.25$ & $1.000 \times 10^{-3}$ & -- \\" in table
    assert r"    $0.125$ & $2.500 \times 10^{-4}$ & $2$ \\" in table
    assert [rule in table for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [True] * 3


def test_latex_is_escaped_outside_mathematics_only():
    assert escaped("a_1 & $a_1$ 5 % #~^\\{}") == r"a\_1 \& $a_1$ 5 \% \#\textasciitilde{}\textasciicircum{}\textbackslash{}\{\}"
    assert escaped("one $ alone_") == r"one \$ alone\_"
    assert escaped("∇ of $λ≤1$") == r"$\nabla$ of $\lambda \leq 1$"


def test_a_signed_field_is_white_at_zero_and_a_positive_one_is_not():
    _, axes = NEURIPS.figure(1, 2, 1.2)
    x, y = np.linspace(0, 1, 4), np.linspace(0, 2, 5)
    grid = np.add.outer(x, y)
    fields(axes, [x, y], {"signed": grid - 0.7, "positive": grid + 1})
    signed, positive = (ax.collections[0] for ax in axes)
    assert signed.get_clim() == pytest.approx((-2.3, 2.3))
    assert min(signed.cmap(signed.norm(0.0))[:3]) > 0.95
    assert positive.get_clim() == (1, 4)
    assert np.array_equal(signed.get_array(), (grid - 0.7).T)


def test_pgf_without_a_tex_is_refused_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal, match=r"measured by TeX; got none of lualatex, xelatex, pdflatex.*texlive-pictures"):
        pgf(converging(SIAM), tmp_path / "rate.pgf")
    assert not list(tmp_path.iterdir())


@pytest.mark.tex
@pytest.mark.skipif(not any(map(shutil.which, ("lualatex", "xelatex", "pdflatex"))), reason="no TeX")
def test_pgf_has_the_size_of_the_venue_and_refuses_images(tmp_path):
    text = pgf(converging(SIAM), tmp_path / "rate.pgf").read_text()
    assert re.search(r"pgfqpoint\{5\.125\d*in\}", text)
    with pytest.raises(Refusal, match="an image inside"):
        pgf(side_by_side(2)(SIAM), tmp_path / "fields.pgf")
