"""Floor 7. A run is a folder: configuration, trajectory, metrics, figures, and a manifest that seals them."""

from gantheory.runs.folder import claim_folder, write_folder
from gantheory.runs.provenance import provenance
from gantheory.runs.run import Run, load_run, write_run

__all__ = ["Run", "claim_folder", "load_run", "provenance", "write_folder", "write_run"]
