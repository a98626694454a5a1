"""The report as a LaTeX fragment, with the figures as PDF beside it."""

from __future__ import annotations

from pathlib import Path

from gantheory.plots import escaped, figure_tex, table_tex
from gantheory.report.page import Chapter, Report

PREAMBLE = (
    "% \\input this file; the preamble needs amsmath, amssymb, booktabs and graphicx, and \\graphicspath set to this folder.\n"
)


def fragment(report: Report) -> str:
    """A section for each chapter, with what is derived and verified, what is drawn, and what the papers printed."""
    return "\n".join([PREAMBLE, *(part for chapter in report.chapters for part in _chapter(chapter))])


def _chapter(chapter: Chapter) -> list[str]:
    parts = [f"\\section{{{escaped(chapter.title)}}}\n"]
    if chapter.derivations or chapter.verdicts:
        parts.append("\\subsection{Derived and verified}\n")
    for d in chapter.derivations:
        parts.append(f"\\paragraph{{{escaped(d.title)}}}\n")
        parts += [f"\\emph{{{escaped(heading)}}}\n\\[ {latex} \\]\n" for heading, latex in d.formulas]
        parts.append(f"{escaped(d.verdict)}\n")
    for v in chapter.verdicts:
        says = f"{escaped(v.claim.says)} {v.standing.value}: {escaped(v.summary)}."
        parts.append(f"\\paragraph{{{escaped(v.claim.name)}}} {says}\n\\[ {v.claim.equation} \\]\n")
    if chapter.experiments:
        parts.append("\\subsection{Drawn}\n")
    for e in chapter.experiments:
        parts.append(f"\\paragraph{{{escaped(e.name)}}} {escaped(e.says)}\n")
        parts.append(table_tex([list(row.values()) for row in e.table], list(e.table[0])))
        parts += [figure_tex(f.name, f.caption) for f in e.figures]
    if chapter.printed:
        parts.append("\\subsection{What the papers printed}\n")
        parts += [f"{escaped(w)}: printed {escaped(p)}; found {escaped(f)}; {escaped(j)}.\n" for w, p, f, j in chapter.printed]
    return parts


def write_fragment(report: Report, folder: Path) -> Path:
    """folder/report.tex."""
    file = folder / "report.tex"
    file.write_text(fragment(report), encoding="utf-8")
    return file
