"""Losses with kinks: their pieces, the proof that they are convex, and the verdicts that follow."""

import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import (
    WASSERSTEIN,
    Boundary,
    Box,
    GradientPenalty,
    Loss,
    Objective,
    Space,
    Standing,
    Torus,
    screened_terms,
)
from gantheory.objectives.pieces import jumps, kinked, monotone, pieces, straight
from gantheory.symbolic import p, y

M, half = sp.Max, sp.Rational(1, 2)
HUBER = y**2 / 2 - M(0, sp.Abs(y) - 1) ** 2 / 2
CONVEX = {
    "hinge": M(0, 1 - y),
    "squared hinge": M(0, 1 - y) ** 2,
    "cubed hinge": M(0, 1 - y) ** 3,
    "relu to 3/2": M(0, y) ** sp.Rational(3, 2),
    "absolute value": sp.Abs(y),
    "absolute value to 3/2": sp.Abs(y) ** sp.Rational(3, 2),
    "Huber": HUBER,
    "Huber by cases": sp.Piecewise((y**2 / 2, sp.Abs(y) <= 1), (sp.Abs(y) - half, True)),
    "smoothed hinge": sp.Piecewise((half - y, y <= 0), ((1 - y) ** 2 / 2, y < 1), (0, True)),
    "insensitive": M(0, sp.Abs(y - 2) - sp.Rational(1, 3)),
    "greatest of four": M(-y, 0, y - 1, y**2 - 3),
    "kinks at roots of 2": M(0, y**2 - 2),
    "kinks at roots of a quintic": M(y**6 / 6 - y, 2),
    "quartic": y**4 + y**3 + 3 * y**2,
    "exponential of a kink": sp.exp(M(0, y)),
    "hinge and softplus": M(0, y) ** 2 + sp.log(1 + sp.exp(y)),
    "decimal": M(0, 0.3 - y) ** 2,
    "π": M(0, sp.pi - y) ** 2,
    "logistic": sp.log(1 + sp.exp(-y)),
    "log cosh": sp.log(sp.cosh(y)),
    "root": sp.sqrt(1 + y**2),
}
NOT_CONVEX = {
    "capped hinge": sp.Min(1, M(0, 1 - y)),
    "least of two parabolas": sp.Min(y**2, 2 * y + 1),
    "parabola above": M(0, 2 - y**2),
    "concave kink": sp.Piecewise((y, y < 0), (0, True)),
    "downward": -sp.Abs(y) + y**2 / 9,
    "cubic": y**3,
    "slightly concave piece": M(0, y) ** 2 - M(0, -y) ** 3 / 10**6,
    "double well": y**4 - y**2,
    "bounded": y**2 / (1 + y**2),
    "wave": y**2 + 3 * sp.sin(y),
}
POLES = {
    "logarithm": -sp.log(y),
    "inverse": 1 / y**2,
    "logarithm of the size": -sp.log(sp.Abs(y)),
    "tangent": -sp.log(sp.cos(y)),
}
POINTS = [sp.Rational(k, 37) for k in range(-150, 151, 4)]


def bends(f):
    """f(a) − 2f((a+b)/2) + f(b) for neighbours and for far pairs of points, by values alone."""
    values = [sp.N(f.subs(y, c), 30) for c in POINTS]
    return [
        values[k - s] - 2 * values[k] + values[k + s] for s in (1, 7) for k in range(s, len(POINTS) - s)
    ]  # points are equidistant


@pytest.mark.parametrize("name", [*CONVEX, *NOT_CONVEX])
def test_a_loss_is_called_convex_just_where_its_values_are(name):
    f = CONVEX.get(name, NOT_CONVEX.get(name))
    assert monotone(sp.diff(f, y)) is (name in CONVEX)
    if name != "slightly concave piece":  # 1e-6 y³ shows in the second difference, too
        assert bool(min(bends(f)) >= -1e-12) is (name in CONVEX)


def test_a_slight_concavity_shows_in_the_values():
    assert min(bends(NOT_CONVEX["slightly concave piece"])) < 0


@pytest.mark.parametrize("name", POLES)
def test_what_has_poles_is_not_proved(name):
    assert monotone(sp.diff(POLES[name], y)) is False


@pytest.mark.parametrize("name", [*CONVEX, *NOT_CONVEX])
def test_pieces_are_the_function_without_its_kinks(name):
    f = CONVEX.get(name, NOT_CONVEX.get(name))
    found = pieces(f)
    assert found[0][0] == -sp.oo
    assert found[-1][1] == sp.oo
    assert not any(kinked(part) for _, _, part in found)
    for c in POINTS:
        part = next(part for low, high, part in found if sp.N(low) <= sp.N(c) <= sp.N(high))
        assert abs(sp.N((part - f).subs(y, c), 20)) <= 1e-14
    assert all(step == 0 or abs(step) < 1e-30 for _, step in jumps(f))


def test_jumps_of_slopes_are_measured():
    found = jumps(sp.diff(2 * sp.Abs(y - 1) - M(0, y) * 3, y))
    assert [(int(c), int(step)) for c, step in found] == [(0, -3), (1, 4)]


@pytest.mark.parametrize(
    "broken",
    [
        sp.Piecewise((0, y < 0), (y - 1, True)),
        sp.Piecewise((-y, y < 2), (-y + 1, True)),
        sp.Heaviside(y),
        y**2 + sp.sign(y - 1),
    ],
)
def test_a_loss_that_jumps_is_refused(broken):
    for sides in ((broken, y), (-y, broken), (-y, y, broken)):
        with pytest.raises(Refusal, match=r"continuous in y; got .* jumps by .* at y = "):
            Loss(*sides)
    assert Loss(sp.Piecewise((-y, y < 0), (y, True)), y).real.has(sp.Piecewise)


def posed(domain, loss, *terms):
    return Objective(loss, *terms).euler_lagrange().well_posedness(domain)


KINKED = {
    "squared hinge": Loss(M(0, 1 - y) ** 2, M(0, 1 + y) ** 2),
    "cubed hinge": Loss(M(0, 1 - y) ** 3, M(0, 1 + y) ** 3),
    "Huber": Loss(HUBER.subs(y, y - 1), HUBER.subs(y, y + 1)),
    "absolute value": Loss(sp.Abs(y - 1), sp.Abs(y + 1)),
    "absolute value by cases": Loss(sp.Piecewise((1 - y, y < 1), (y - 1, True)), sp.Piecewise((-1 - y, y < -1), (y + 1, True))),
    "parabola with a kink": Loss(sp.Piecewise((y**2, y < 0), (y**2 + 3 * y, True)), y**2),
}


@pytest.mark.parametrize("name", KINKED)
def test_verdicts_of_losses_with_kinks(name):
    loss = KINKED[name]
    assert not loss.linear
    assert not loss.quadratic
    for domain in (Space(1), Torus((1.0,)), Box((0,), (1,)), Box((0,), (1,), Boundary.DIRICHLET)):
        assert posed(domain, loss, GradientPenalty(1)).standing is Standing.WELL_POSED
        assert Objective(loss, GradientPenalty(1)).euler_lagrange().null_space(domain) == ()
    assert posed(Space(2), loss, GradientPenalty(1)).standing is Standing.CONDITIONAL
    assert posed(Space(3), loss, *screened_terms(2, 1)).standing is Standing.WELL_POSED
    straightforward = name.endswith("hinge")
    reason = posed(Space(1), loss, GradientPenalty(2)).reason
    assert ("separates p from q" in reason) is straightforward
    assert posed(Space(1), loss, GradientPenalty(1, centre=1)).standing is Standing.ILL_POSED
    assert posed(Space(1), loss, GradientPenalty(1, over=p)).standing is Standing.CONDITIONAL


def test_a_concave_kink_has_no_verdict():
    for real in (sp.Piecewise((y**2, y < 0), (y**2 - y, True)), y**2 - sp.Abs(y), -sp.log(y)):
        with pytest.raises(Refusal, match="not proved to be finite and to rise"):
            posed(Space(1), Loss(real, y**2), GradientPenalty(1))


def test_a_slope_of_cases_is_not_straight():
    """SymPy's derivative of a Piecewise of constants is 0."""
    broken = sp.Piecewise((-1, y < 0), (1, True))
    assert sp.diff(broken, y) == 0
    assert not straight(broken)
    assert straight(WASSERSTEIN.reaction)
