"""Where a formula and the code or the setting beside it differ."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.games.dirac_eigenvalues import SETTINGS, parts
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.games import DiracGAN, InstanceNoise, r1, spectrum
from gantheory.objectives import LEAST_SQUARES, LOGISTIC, GradientPenalty
from gantheory.symbolic import p

w, s = sp.symbols("gamma s", positive=True)
ORIGIN = torch.zeros(2, dtype=torch.float64)


def one_sided(name: str) -> list[sp.Expr]:
    """Trace and determinant of the Jacobian with noise on the fakes alone."""
    J = DiracGAN(SETTINGS[name].loss, InstanceNoise(s, real_deviation=0)).jacobian()
    return [J.trace(), J.det()]


def half_as_much(name: str) -> list[sp.Expr]:
    """f″(0) s² and f′(0)²: half the trace that noise on both has."""
    setting = SETTINGS[name]
    return [setting.b * s**2, setting.a**2]


def real_part(dirac: DiracGAN) -> float:
    """Of the first eigenvalue, by autograd."""
    return float(spectrum(dirac.game, ORIGIN)[0].real)


NOISE_ON_BOTH = Claim(
    name="dirac-noise-on-fakes-alone",
    says="The table's f″(0)s² ± √(f″(0)²s⁴ − f′(0)²) needs noise on data and fakes; on the fakes alone the damping is half.",
    equation=r"\operatorname{tr} v' = f''(0)\,s^2 \ne 2 f''(0)\,s^2",
    source="mescheder2018which, section 3 (with noise on one side)",
    proof=tuple(
        Step(f"trace and determinant, {SETTINGS[name].says}", partial(one_sided, name), partial(half_as_much, name))
        for name in ("logistic", "non-saturating", "least-squares")
    ),
    witness=(
        Agreement(
            (
                Step(
                    "s = 0.7, noise on the fakes alone, logistic: the spectrum by autograd",
                    lambda: parts(spectrum(DiracGAN(LOGISTIC, InstanceNoise(0.7, real_deviation=0)).game, ORIGIN).numpy()),
                    lambda: np.array([[-0.06125, v] for v in (np.sqrt(0.25 - 0.06125**2), -np.sqrt(0.25 - 0.06125**2))]),
                    Rivals(1e-9),
                ),
            )
        ),
        Refutation(
            "least squares, s = 0.6: the real part by the table, and with noise on the fakes alone",
            lambda: -0.36,
            lambda: real_part(DiracGAN(LEAST_SQUARES, InstanceNoise(0.6, real_deviation=0))),
        ),
    ),
)


def as_coded(name: str) -> list[sp.Expr]:
    """The eigenvalues with γ E_p|∇D|², without the paper's ½."""
    return list(DiracGAN(SETTINGS[name].loss, w * GradientPenalty(over=p)).eigenvalues())


def as_written(name: str) -> list[sp.Expr]:
    """The table at the weight 2γ."""
    root = sp.sqrt(w**2 - SETTINGS[name].a ** 2)
    return [-w - root, -w + root]


R1_AS_CODED = Claim(
    name="dirac-r1-without-its-half",
    says="Public code for R1 adds reg · E_p|∇D|², the paper (γ/2) E_p|∇D|²: reg = 10 there is γ = 20.",
    equation=r"\lambda_\pm = -\gamma \pm \sqrt{\gamma^2 - f'(0)^2} \ne -\frac{\gamma}{2} \pm "
    r"\sqrt{\frac{\gamma^2}{4} - f'(0)^2}",
    source="mescheder2018which, section 4 (against its code)",
    proof=tuple(
        Step(f"eigenvalues without the ½, {SETTINGS[name].says}", partial(as_coded, name), partial(as_written, name))
        for name in ("wasserstein", "logistic")
    ),
    witness=(
        Agreement(
            (
                Step(
                    "reg = 0.3 is γ = 0.6: spectra by autograd",
                    lambda: parts(spectrum(DiracGAN(LOGISTIC, 0.3 * GradientPenalty(over=p)).game, ORIGIN).numpy()),
                    lambda: parts(spectrum(DiracGAN(LOGISTIC, r1(0.6)).game, ORIGIN).numpy()),
                    Rivals(1e-9),
                ),
            )
        ),
        Refutation(
            "logistic loss, 0.3 read as γ: the real part",
            lambda: -0.15,
            lambda: real_part(DiracGAN(LOGISTIC, 0.3 * GradientPenalty(over=p))),
        ),
    ),
)
