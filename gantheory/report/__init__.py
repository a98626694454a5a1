"""Floor 8. Claims, runs and figures as one page, and as LaTeX."""

from gantheory.report.latex import fragment, write_fragment
from gantheory.report.page import Chapter, Derivation, Experiment, Figure, Report, html, write_page

__all__ = ["Chapter", "Derivation", "Experiment", "Figure", "Report", "fragment", "html", "write_fragment", "write_page"]
