"""The report as a LaTeX fragment, with the figures as PDF beside it."""

from __future__ import annotations

from pathlib import Path

from gantheory.plots import escaped, figure_tex, table_tex
from gantheory.report.page import Report

PREAMBLE = (
    "% \\input this file; the preamble needs amsmath, amssymb, booktabs and graphicx, and \\graphicspath set to this folder.\n"
)


def fragment(report: Report) -> str:
    """Sections Derived, Verified and Measured."""
    parts = [PREAMBLE, "\\section{Derived}\n"]
    for d in report.derivations:
        parts.append(f"\\paragraph{{{escaped(d.title)}}}\n")
        parts += [f"\\emph{{{escaped(heading)}}}\n\\[ {latex} \\]\n" for heading, latex in d.formulas]
        parts.append(f"{escaped(d.verdict)}\n")
    parts.append("\\section{Verified}\n")
    for v in report.verdicts:
        says = f"{escaped(v.claim.says)} {v.standing.value}: {escaped(v.summary)}."
        parts.append(f"\\paragraph{{{escaped(v.claim.name)}}} {says}\n\\[ {v.claim.equation} \\]\n")
    parts.append("\\section{Measured}\n")
    for e in report.experiments:
        parts.append(f"\\paragraph{{{escaped(e.name)}}} {escaped(e.says)}\n")
        parts.append(table_tex([list(row.values()) for row in e.table], list(e.table[0])))
        parts += [figure_tex(f.name, f.caption) for f in e.figures]
    return "\n".join(parts)


def write_fragment(report: Report, folder: Path) -> Path:
    """folder/report.tex."""
    file = folder / "report.tex"
    file.write_text(fragment(report), encoding="utf-8")
    return file
