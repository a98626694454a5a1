"""Floor 7. Every figure the toolkit draws: at a venue's final size, with the expected rate in it, the same bytes each time."""

from gantheory.plots.convergence import convergence
from gantheory.plots.fields import fields
from gantheory.plots.over_time import over_time
from gantheory.plots.pgf import pgf, tex_engine
from gantheory.plots.portrait import heading, portrait
from gantheory.plots.save import Drawing, described, save
from gantheory.plots.snapshots import snapshots
from gantheory.plots.tex import escaped, figure_tex, table_tex
from gantheory.plots.venue import (
    AISTATS,
    ICLR,
    ICML,
    JMLR,
    NATURE,
    NEURIPS,
    SCREEN,
    SIAM,
    TMLR,
    VENUES,
    Venue,
)

__all__ = [
    "AISTATS",
    "ICLR",
    "ICML",
    "JMLR",
    "NATURE",
    "NEURIPS",
    "SCREEN",
    "SIAM",
    "TMLR",
    "VENUES",
    "Drawing",
    "Venue",
    "convergence",
    "described",
    "escaped",
    "fields",
    "figure_tex",
    "heading",
    "over_time",
    "pgf",
    "portrait",
    "save",
    "snapshots",
    "table_tex",
    "tex_engine",
]
