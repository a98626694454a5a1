"""f-divergences as data: values, first variations and forces against autograd and quadrature; what is refused."""

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.stats import norm

from gantheory import objectives
from gantheory._errors import Refusal
from gantheory.lowering import lower
from gantheory.objectives import Divergence, alpha_divergence, shifted_force
from gantheory.symbolic import p, q, r, y

NAMED = {
    name: getattr(objectives, name)
    for name in ("REVERSE_KL", "FORWARD_KL", "JENSEN_SHANNON", "NON_SATURATING_DIVERGENCE", "PEARSON", "NEYMAN")
}
NAMED |= {"HELLINGER": objectives.HELLINGER, "JEFFREYS": objectives.JEFFREYS}
NAMED |= {f"alpha {a}": alpha_divergence(a) for a in (0, 1, 0.5, -1.3, 3)}
RATIOS = torch.tensor([0.07, 0.6, 1.0, 1.9, 23.0], dtype=torch.float64)


@pytest.mark.parametrize("name", NAMED)
def test_force_potential_and_variation_are_derivatives_of_f(name):
    """r² f″, h′ r and f − r f′ by autograd of f alone."""
    D, ratio = NAMED[name], RATIOS.clone().requires_grad_()
    f = lower(D.generator, r)(ratio)
    (slope,) = torch.autograd.grad(f.sum(), ratio, create_graph=True)
    curvature = torch.zeros_like(ratio)
    if slope.requires_grad:
        (curvature,) = torch.autograd.grad(slope.sum(), ratio, retain_graph=True)
    torch.testing.assert_close(lower(D.force, r)(RATIOS), RATIOS**2 * curvature, rtol=1e-11, atol=1e-13)
    torch.testing.assert_close(lower(D.first_variation, r)(RATIOS), (f - RATIOS * slope).detach(), rtol=1e-11, atol=1e-12)
    again = RATIOS.clone().requires_grad_()
    (pull,) = torch.autograd.grad(lower(D.potential, r)(again).sum(), again)
    torch.testing.assert_close(RATIOS * pull, lower(D.force, r)(RATIOS), rtol=1e-11, atol=1e-13)
    assert float(D.potential.subs(r, 1)) == 0


def integral(D, m, s):
    """D_f(N(0, 1)‖N(m, s²)) by SciPy, from the integrand that the package writes."""
    integrand = D.divergence(p, q)
    return quad(lambda x: float(integrand.subs({p: norm.pdf(x), q: norm.pdf(x, m, s)})), -8, 9, epsabs=1e-9, limit=60)[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REVERSE_KL", lambda m, s: (s**2 + m**2 - 1) / 2 - np.log(s)),
        ("FORWARD_KL", lambda m, s: (1 + m**2) / (2 * s**2) - 0.5 + np.log(s)),
        ("HELLINGER", lambda m, s: 2 - 2 * np.sqrt(2 * s / (1 + s**2)) * np.exp(-(m**2) / (4 * (1 + s**2)))),
        ("PEARSON", lambda m, s: s**2 / np.sqrt(2 * s**2 - 1) * np.exp(m**2 / (2 * s**2 - 1)) - 1),
        ("JEFFREYS", lambda m, s: (s**2 + m**2 - 1) / 2 + (1 + m**2) / (2 * s**2) - 0.5),
    ],
)
def test_divergences_of_normal_laws(name, value):
    assert integral(NAMED[name], 0.4, 1.2) == pytest.approx(value(0.4, 1.2), rel=1e-6)


def test_the_factor_two_of_jensen_shannon_and_the_non_saturating_difference():
    """2 JSD ≤ 2 log 2, reached by disjoint laws; KL(q‖p) − 2 JSD adds up."""
    assert sp.limit(objectives.JENSEN_SHANNON.divergence(p, q).subs({p: p, q: 1 - p}), p, 0, "+") == sp.log(2)
    parts = [integral(NAMED[k], 0.4, 1.2) for k in ("REVERSE_KL", "JENSEN_SHANNON", "NON_SATURATING_DIVERGENCE")]
    assert parts[2] == pytest.approx(parts[0] - parts[1], rel=1e-9)


def test_alpha_runs_through_the_limits():
    """Forces r^a for every a, the symbol included."""
    a = sp.Symbol("a", real=True)
    assert alpha_divergence(a).force == r**a
    assert alpha_divergence(0).force == 1
    assert alpha_divergence(1).force == r
    near, at = alpha_divergence(sp.Rational(1, 10**6)), alpha_divergence(0)
    assert float(near.generator.subs(r, 3)) == pytest.approx(float(at.generator.subs(r, 3)), rel=1e-5)


def test_forces_of_the_named_losses():
    assert sp.simplify(objectives.LOGISTIC.force() - objectives.JENSEN_SHANNON.force) == 0
    assert sp.simplify(objectives.NON_SATURATING.force() - objectives.NON_SATURATING_DIVERGENCE.force) == 0
    assert sp.simplify(objectives.least_squares(0, 1).force() - objectives.LEAST_SQUARES_FORCE) == 0


def test_a_shift_raises_the_logit():
    d = torch.tensor([-10.0, 0.3, 4.0], dtype=torch.float64)
    torch.testing.assert_close(lower(shifted_force(5), r)(d.exp()), torch.sigmoid(d + 5), rtol=1e-12, atol=0)


def test_convexity_is_proved_or_read_off_chords():
    assert Divergence(sp.Abs(r - 1) / 2).convex
    assert Divergence((r - 1) ** 2 * (r**2 - r + 2)).convex


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Divergence(sp.Abs(r - 1) / 2).force, r"f″ as a function; got f = Abs\(r - 1\)/2.*total variation.*smooth f"),
        (lambda: Divergence(r**2), r"f\(1\) = 0; got f\(1\) = 1.*Subtract"),
        (lambda: Divergence(sp.log(r)), r"convex on r > 0; got log\(r\)"),
        (lambda: Divergence(1 - sp.Abs(r - 1) - 1), r"convex on r > 0"),
        (lambda: Divergence((r - 1) * (r - 2) * (r - 3)), r"convex on r > 0"),
        (lambda: Divergence("r*log(r)"), r"SymPy expression f in r; got the text"),
        (lambda: Divergence(0.5), r"SymPy expression f in r; got 0.5"),
        (lambda: Divergence(y**2), r"may hold r and free parameters; got the symbol y"),
        (lambda: Divergence(sp.Symbol("r") - 1), r"a foreign Symbol\('r'\)"),
        (lambda: Divergence(sp.oo * (r - 1)), r"real and finite"),
        (lambda: Divergence(sp.Symbol("c") * (r - 1) ** 2), r"SymPy must see for all parameters.*Declare them"),
        (lambda: alpha_divergence("a"), r"the order of an alpha-divergence is a finite real number"),
        (lambda: alpha_divergence(float("nan")), r"the order of an alpha-divergence is a finite real number"),
        (lambda: alpha_divergence(True), r"the order of an alpha-divergence is a finite real number"),
        (lambda: alpha_divergence(r), r"does not depend on r"),
        (lambda: shifted_force(float("inf")), r"the shift C of a logit is a finite real number"),
        (lambda: shifted_force(r), r"does not depend on r"),
    ],
)
def test_what_is_no_divergence_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()
