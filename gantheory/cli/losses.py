"""The losses that have names on the command line."""

from __future__ import annotations

from gantheory.objectives import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN

LOSSES = {
    "wasserstein": WASSERSTEIN,
    "least-squares": LEAST_SQUARES,
    "logistic": LOGISTIC,
    "non-saturating": NON_SATURATING,
    "hinge": HINGE,
}
