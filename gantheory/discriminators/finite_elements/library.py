"""The one door to scikit-fem."""

from __future__ import annotations

from types import ModuleType

from gantheory._errors import missing


def library() -> ModuleType:
    """scikit-fem; a Refusal that names the extra where it is not installed."""
    try:
        import skfem  # here, not above: the package works without it
    except ImportError as error:
        raise missing("scikit-fem", "fem", "FiniteElements") from error
    return skfem
