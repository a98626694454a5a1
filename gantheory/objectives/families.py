"""Losses that bear names."""

from __future__ import annotations

from typing import Any

import sympy as sp

from gantheory.objectives.loss import Loss
from gantheory.objectives.penalty import exact
from gantheory.symbolic import y

WASSERSTEIN = Loss(real=-y, fake=y)
"""E_q[D] − E_p[D]: the dual form of an integral probability metric."""


def least_squares(a: Any = -1, b: Any = 1, c: Any = None) -> Loss:
    """½E_p[(D−b)²] + ½E_q[(D−a)²]; the generator minimises ½E_q[(D−c)²], c = b by default.

    Source: mao2017least, equation 2 (b on data, a on fakes).
    """
    low, high = exact(a, "the label a of fakes"), exact(b, "the label b of data")
    goal = high if c is None else exact(c, "the generator's label c")
    half = sp.Rational(1, 2)
    return Loss(real=half * (y - high) ** 2, fake=half * (y - low) ** 2, generator=half * (y - goal) ** 2)


LEAST_SQUARES = least_squares()
"""Labels −1 on fakes and 1 on data, the generator aiming at 1."""

_ON_DATA, _ON_FAKES = sp.log(1 + sp.exp(-y)), sp.log(1 + sp.exp(y))

LOGISTIC = Loss(real=_ON_DATA, fake=_ON_FAKES, generator=-_ON_FAKES)
"""−E_p[log σ(D)] − E_q[log(1−σ(D))], whose optimum is log(p/q); the saturating generator minimises E_q[log(1−σ(D))].

Source: goodfellow2014generative, equation 1.
"""

NON_SATURATING = Loss(real=_ON_DATA, fake=_ON_FAKES, generator=_ON_DATA)
"""The same discriminator; the generator minimises −E_q[log σ(D)]. Source: goodfellow2014generative, section 3."""

HINGE = Loss(real=sp.Max(0, 1 - y), fake=sp.Max(0, 1 + y))
"""E_p[(1−D)₊] + E_q[(1+D)₊]; the generator minimises −E_q[D]. Source: lim2017geometric, equation 11."""
