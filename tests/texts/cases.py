"""Objectives on domains, and the lines that they give."""

import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    NON_SATURATING,
    PEARSON_GAN,
    WASSERSTEIN,
    Boundary,
    Box,
    Derivation,
    GradientPenalty,
    Loss,
    Objective,
    Space,
    Torus,
    least_squares,
    screened_terms,
)
from gantheory.symbolic import nu, p, q, y

lam = sp.Symbol("lambda", positive=True)
K = sp.Symbol("K", positive=True)
ONE, TWO, THREE = (GradientPenalty(m) for m in (1, 2, 3))
NATURAL = Box((0, -1), (1, 2))
CLAMPED = Box((0,), (1,), Boundary.DIRICHLET)
HALF = Loss(real=-y, fake=y + y**2 / 2)
UNBALANCED = Loss(real=-2 * y, fake=y)
OPEN = Loss(real=sp.exp(-y), fake=sp.exp(-2 * y))

DERIVED = [
    (Objective(WASSERSTEIN, lam * ONE), Space(3)),
    (Objective(WASSERSTEIN, 3 * TWO), Space(3)),
    (Objective(WASSERSTEIN, TWO), Space(2)),
    (Objective(WASSERSTEIN, *screened_terms(2, sp.Rational(1, 2), 3)), Space(2)),
    (Objective(WASSERSTEIN, lam * GradientPenalty(1, over=(p + q) / 2)), NATURAL),
    (Objective(WASSERSTEIN, GradientPenalty(2)), NATURAL),
    (Objective(WASSERSTEIN, lam * THREE), Torus((1.0, 2.0))),
    (Objective(WASSERSTEIN, 10 * GradientPenalty(1, over=nu, centre=1)), Space(2)),
    (Objective(WASSERSTEIN, lam * GradientPenalty(1, over=nu, centre=K, one_sided=True)), Box((0,), (1,))),
    (Objective(WASSERSTEIN, GradientPenalty(2, centre=1)), CLAMPED),
    (Objective(LEAST_SQUARES, lam * TWO), Space(1)),
    (Objective(LEAST_SQUARES, ONE, TWO), CLAMPED),
    (Objective(least_squares(0, 1, 1), GradientPenalty(1, over=p)), Space(2)),
    (Objective(LOGISTIC, lam * ONE), NATURAL),
    (Objective(NON_SATURATING), Space(1)),
    (Objective(HINGE, 2 * ONE), Space(2)),
    (Objective(PEARSON_GAN), Space(2)),
    (Objective(HALF, GradientPenalty(1, over=q)), NATURAL),
    (Objective(WASSERSTEIN, lam * GradientPenalty(0), lam * GradientPenalty(3, over=1 + p)), Box((0,), (1,))),
]

LOSSES = {"wasserstein": WASSERSTEIN, "least squares": LEAST_SQUARES, "logistic": LOGISTIC, "hinge": HINGE, "half": HALF}
LOSSES |= {"unbalanced": UNBALANCED, "open": OPEN}
TERMS = {
    "none": (),
    "1": (ONE,),
    "2": (TWO,),
    "3": (THREE,),
    "0 and 1": (GradientPenalty(0), ONE),
    "1 and 2": (ONE, TWO),
    "R1": (GradientPenalty(1, over=p),),
    "R2 of order 2": (GradientPenalty(2, over=q),),
    "interpolates": (GradientPenalty(1, over=nu, centre=1),),
    "one-sided": (GradientPenalty(1, centre=1, one_sided=True),),
    "one-sided of order 2, screened": (GradientPenalty(0), GradientPenalty(2, centre=1, one_sided=True)),
}
DOMAINS = (Space(1), Space(3), Space(6), NATURAL, CLAMPED, Torus((1.0, 2.0, 1.5)))


def derivations():
    """Every line of every derivation."""
    for objective, domain in DERIVED:
        yield f"# {objective} on {domain}"
        for line in Derivation(objective, domain).lines():
            yield f"{line.heading}: {line.text}"
            if line.latex:
                yield f"    {line.latex}"
            yield f"    {line.reason}"


def verdicts():
    """Every loss under every penalty, the linear one on every domain."""
    for loss in LOSSES:
        for terms in TERMS:
            for domain in DOMAINS if loss == "wasserstein" else DOMAINS[1::2]:
                try:
                    said = str(Objective(LOSSES[loss], *TERMS[terms]).euler_lagrange().well_posedness(domain))
                except Refusal as refusal:
                    said = f"refused: {refusal}"
                yield f"{loss}, {terms}, {domain}: {said}"


def texts():
    """The name of each file, and what it holds."""
    return {"derivations.txt": "\n".join(derivations()) + "\n", "verdicts.txt": "\n".join(verdicts()) + "\n"}
