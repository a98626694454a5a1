"""One self-contained HTML page: formulas as MathML, figures as SVG, no request leaves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from re import sub
from typing import Any
from xml.etree.ElementTree import tostring

from jinja2 import Environment, PackageLoader, StrictUndefined
from latex2mathml.converter import convert_to_element
from markupsafe import Markup

from gantheory._errors import Refusal
from gantheory.claims import Verdict


@dataclass(frozen=True)
class Figure:
    """A figure of the page: its name, the SVG text, caption and alt text."""

    name: str
    svg: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Derivation:
    """(heading, LaTeX) pairs that follow from one objective, and its verdict in words."""

    title: str
    formulas: Sequence[tuple[str, str]]
    verdict: str


@dataclass(frozen=True)
class Experiment:
    """What an experiment found: a sentence, a table, figures, its seconds; what is published, and whether they agree."""

    name: str
    says: str
    table: Sequence[Mapping[str, Any]]
    figures: Sequence[Figure]
    seconds: float
    published: str = ""
    agrees: bool | None = None


@dataclass(frozen=True)
class Chapter:
    """A line of work: what is derived, what is verified, what is drawn; what was printed follows from the last two."""

    title: str
    derivations: Sequence[Derivation] = ()
    verdicts: Sequence[Verdict] = ()
    experiments: Sequence[Experiment] = ()

    @property
    def printed(self) -> list[tuple[str, str, str, str]]:
        """(where, what was printed, what is so, the judgement), of refuted formulas and of published findings."""
        rows = [
            (
                f"{v.claim.name}: {step.says}",
                _shown(outcome.left),
                _shown(outcome.right),
                "refuted" if outcome.holds else "open",
            )
            for v in self.verdicts
            for step, outcome in v.printed
        ]
        judged = {True: "agrees", False: "does not agree", None: "not comparable"}
        return rows + [(e.name, e.published, e.says, judged[e.agrees]) for e in self.experiments if e.published]


@dataclass(frozen=True)
class Report:
    """What the page shows, in this order."""

    chapters: Sequence[Chapter]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdicts(self) -> list[Verdict]:
        """Of all chapters."""
        return [v for chapter in self.chapters for v in chapter.verdicts]


def _shown(value: Any) -> str:
    """A number as a reader wants it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def mathml(latex: str) -> Markup:
    """The formula as MathML, which every browser draws without a script; nothing in it becomes a tag."""
    try:
        tree = convert_to_element(latex, display="block")
    except Exception as error:  # the converter has a dozen types, and no common one
        raise Refusal("an equation is LaTeX", f"{latex!r} ({type(error).__name__})", "Mend that claim.") from error
    for element in tree.iter():  # its signs are written as &#x…;, which tostring would escape once more
        element.text = unescape(element.text) if element.text else None
    return Markup(tostring(tree, encoding="unicode"))


def inline_svg(figure: Figure) -> Markup:
    """The SVG element alone, its identifiers made the figure's own, with the alt text as its title."""
    body = figure.svg[figure.svg.index("<svg") :]
    body = sub(r'\b(id="|xlink:href="#|href="#|url\(#)', lambda m: f"{m.group(1)}{figure.name}-", body)
    opening, rest = body.split(">", 1)
    title = Markup("<title>{}</title>").format(figure.alt)
    return Markup(f'{opening} role="img">') + title + Markup(rest)


def html(report: Report) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("gantheory.report", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"mathml": mathml, "inline_svg": inline_svg}
    return environment.get_template("page.html").render(report=report)


def write_page(report: Report, folder: Path) -> Path:
    """folder/index.html."""
    page = folder / "index.html"
    page.write_text(html(report), encoding="utf-8")
    return page
