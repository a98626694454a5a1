"""What users' tests import: each assertion holds on what is true, fails on what is not, and then says why."""

import re
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory import (
    WASSERSTEIN,
    Agreement,
    Claim,
    Gaussian,
    GradientPenalty,
    Mixture,
    Objective,
    Refusal,
    Step,
    least_squares,
    nu,
    p,
    q,
)
from gantheory.claims import Rivals, Study
from gantheory.discriminators.grid_field import GridField
from gantheory.grids import BoxGrid
from gantheory.symbolic import coordinates
from gantheory.testing import assert_agree, assert_gradient, assert_holds, assert_order, assert_solves
from gantheory.testing.partials import central, partials
from gantheory.testing.points import quasi_random

LEVELS = (0.1, 0.05, 0.025, 0.0125, 0.00625)


def message(assertion, *arguments, **options):
    """What the assertion says when it fails."""
    with pytest.raises(AssertionError) as caught:
        assertion(*arguments, **options)
    return str(caught.value)


@pytest.mark.parametrize("order", [1, 2, 4, 6])
def test_an_error_of_the_order_passes_and_of_another_does_not(order):
    def error(h):
        return 0.7 * h**order * (1 + h / 3)

    assert_order(error, LEVELS, order)
    assert_order(error, LEVELS, expected=order)
    assert_order(Study(LEVELS, tuple(map(error, LEVELS))), expected=order)
    assert_order(lambda n: error(1 / n), (8, 13, 29, 64, 100), order)
    for wrong in (order + 0.25, order - 0.25, 2 * order):
        said = message(assert_order, error, LEVELS, wrong)
        assert f"expected {wrong:g} ± 0.1" in said
        assert all(f"{h:<12.6g} {error(h):<12.4e}" in said for h in LEVELS)
        assert "figure" in said


def test_the_figure_of_a_failure_stands_below_its_table(tmp_path):
    said = message(assert_order, lambda h: h**2, LEVELS, 3)
    assert Path(re.search(r"figure (.*)", said)[1]).parent == tmp_path / "figures"
    assert "\n  0.1          1.0000e-02   –\n  0.05         2.5000e-03   2.000\n" in said


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (lambda h: h**2 * (1 + 0.9 * np.cos(40 / h)), "scatter|settled"),
        (lambda h: 1e-15 * (1 + h), "floor"),
        (lambda h: np.exp(-0.1 / h), "faster than any power"),
    ],
    ids=["scattered", "floored", "spectral"],
)
def test_a_study_that_tells_no_order_is_inconclusive_and_fails(error, why):
    said = message(assert_order, error, LEVELS, 2)
    assert "inconclusive" in said
    assert re.search(why, said)


def test_spectral_convergence_is_an_infinite_order():
    assert_order(lambda n: np.exp(-0.8 * n), (4, 8, 12, 16, 20), np.inf)
    message(assert_order, lambda n: n**-4.0, (4, 8, 12, 16, 20), np.inf)


def test_a_known_floor_is_left_out():
    rounded = lambda h: h**2 + 1e-4  # noqa: E731
    message(assert_order, rounded, LEVELS, 2)
    assert_order(rounded, (0.4, 0.2, 0.1, 0.05, 0.025, 0.0125), 2, floor=2e-4, tolerance=0.15)


def test_a_first_order_fault_beneath_a_second_order_error_is_seen():
    assert "slopes 1.469, 1.308" in message(assert_order, lambda h: h**2 + 0.02 * h, LEVELS, 2)


@pytest.mark.parametrize(("bad", "why"), [(0.0, "exact"), (float("nan"), "failed"), (float("inf"), "failed")])
def test_no_order_is_read_off_what_is_no_error(bad, why):
    said = message(assert_order, lambda h: bad if h < 0.01 else h**2, LEVELS, 2)
    assert why in said
    assert f"{0.0125:<12.6g}" in said


def test_the_bound_holds_the_last_error():
    assert_order(lambda h: h**2, LEVELS, 2, bound=1e-4)
    assert "last error 3.9e-05" in message(assert_order, lambda h: h**2, LEVELS, 2, bound=1e-5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((lambda h: h, LEVELS), "expected order"),
        ((lambda h: h, LEVELS, float("nan")), "expected order"),
        ((lambda h: h, LEVELS[:3], 1), "at least 4"),
        ((Study(LEVELS[:3], LEVELS[:3]), None, 1), "at least 4 levels; got 3"),
        ((lambda h: h, (0.1, 0.2, 0.3, 0.4), 1), "from coarse to fine"),
        ((lambda h: h, (0.1, 0.05, 0.05, 0.02), 1), "from coarse to fine"),
        ((lambda h: h, (0.1, 0.05, float("nan"), 0.02), 1), "positive sizes"),
        ((lambda h: h, None, 1), "got None"),
        ((lambda h: "h", LEVELS, 1), "real numbers; got 'h'"),
        ((LEVELS, LEVELS, 1), "takes a Study"),
        ((Study(LEVELS, LEVELS), LEVELS, 1), "a Study has its levels and its floor"),
    ],
)
def test_what_is_no_study_is_refused(arguments, words):
    with pytest.raises(Refusal, match=words):
        assert_order(*arguments)


def generic(x):
    return torch.sin(2 * x[:, 0] - x[:, 1] / 3) + x[:, 1].exp()


POINTS = quasi_random((0.0, -1.0), (1.0, 0.5), 41)


def test_points_fill_the_box_evenly_and_lie_on_no_grid():
    for dim in (1, 2, 3):
        x = quasi_random((-1.0,) * dim, (2.0,) * dim, 1000)
        assert bool(((x > -1) & (x < 2)).all())
        assert torch.allclose(x.mean(0), torch.full((dim,), 0.5, dtype=x.dtype), atol=0.01)
        assert len(torch.unique(x[:, 0])) == 1000
        counts = torch.histogram(x[:, -1], 10)[0]
        assert bool(((counts > 90) & (counts < 110)).all())


def test_agreement_is_counted_in_digits_and_a_gauge_is_taken_out():
    one, x2 = sp.Integer(1), coordinates(2)[1]
    assert assert_agree(generic, lambda x: generic(x) * (1 + 1e-9), points=POINTS) == pytest.approx(9, abs=0.1)
    shifted = lambda x: generic(x) + 3 - 0.5 * x[:, 1]  # noqa: E731
    said = message(assert_agree, generic, shifted, points=POINTS)
    assert "left" in said
    assert "right" in said
    assert "(asked 6.0)" in said
    assert "figure" in said
    message(assert_agree, generic, shifted, points=POINTS, gauge=(one,))
    assert assert_agree(generic, shifted, points=POINTS, gauge=(one, x2)) > 13
    means = lambda v: v - v.mean()  # noqa: E731
    assert assert_agree(generic, lambda x: generic(x) + 3, points=POINTS, gauge=means) > 13
    assert assert_agree([1.0, 2.0], np.array([1.0, 2.0])) == 16
    message(assert_agree, 1.0, 1.1)


@pytest.mark.parametrize("sides", [(np.nan, 1.0), (1.0, np.nan), (np.inf, np.inf)])
def test_sides_that_are_not_numbers_never_agree(sides):
    assert "NaN or infinity" in message(assert_agree, *sides)


def test_fields_on_grids_are_compared_inside_them():
    grid = BoxGrid((0.0, -1.0), (1.0, 0.5), (33, 37))
    field = GridField(grid, generic(grid.nodes).numpy().reshape(33, 37), {})
    assert 6 < assert_agree(field, generic) < 12


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((generic, generic), {}, "compared at points"),
        ((generic, generic), {"points": POINTS[:, 0]}, r"shape \(n, d\)"),
        ((generic, generic), {"points": POINTS.float()}, "float64"),
        ((generic, generic), {"points": POINTS[:0]}, "n ≥ 1"),
        ((generic, generic), {"points": POINTS * float("nan")}, "finite"),
        (([1.0], [1.0, 2.0]), {}, "one shape"),
        (([], []), {}, "not empty"),
        ((["a"], [1.0]), {}, "real numbers"),
        (([1.0], [1.0]), {"gauge": (sp.Integer(1),)}, "at points"),
        (([1.0], [1.0]), {"digits": 0}, "positive number of digits"),
        ((generic, generic), {"points": POINTS, "gauge": "mean"}, "a gauge is a function of the values, .*; got 'mean'"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, options, words):
    with pytest.raises(Refusal, match=words):
        assert_agree(*arguments, **options)


class Sloped:
    """sin(2 x₁ − x₂/3) + e^{x₂} with a gradient that is off by a factor and a shift."""

    def __init__(self, factor=1.0, shift=0.0):
        self.factor, self.shift = factor, shift

    def __call__(self, x):
        return generic(x)

    def gradient(self, x):
        slope = torch.cos(2 * x[:, 0] - x[:, 1] / 3)
        return self.factor * torch.stack([2 * slope, x[:, 1].exp() - slope / 3], 1) + self.shift


def test_a_closed_gradient_is_what_central_differences_tend_to():
    assert assert_gradient(Sloped(), POINTS) > 11
    assert assert_gradient(lambda x: torch.cosh(5 * x[:, 0]) + x[:, 1], POINTS, step=1.0) > 14  # by extrapolation in h²
    assert assert_gradient(generic, POINTS) > 11  # autograd
    gauss = Gaussian(
        torch.tensor([0.3, -0.2], dtype=torch.float64), torch.tensor([[1.0, 0.3], [0.3, 0.5]], dtype=torch.float64)
    )
    assert assert_gradient(gauss.density, POINTS) > 11
    assert assert_gradient(lambda x: 3 * x[:, 0] ** 2 + x[:, 1], POINTS) > 10  # differences are exact


@pytest.mark.parametrize(("factor", "shift"), [(-1, 0), (2, 0), (1.001, 0), (1 + 1e-8, 0), (1, 1e-7)])
def test_a_wrong_gradient_is_seen(factor, shift):
    said = message(assert_gradient, Sloped(factor, shift), POINTS)
    assert "left" in said
    assert "right" in said
    assert "along axis" in said
    assert "0.00625" in said
    assert "figure" in said


def test_a_gradient_at_a_kink_or_of_another_shape_or_without_numbers_fails():
    kinked = lambda x: (x[:, 0] - 0.5).relu() ** 2.5 + x[:, 1]  # noqa: E731
    assert "order 2: is D smooth" in message(assert_gradient, kinked, torch.tensor([[0.5, 0.0]], dtype=torch.float64))
    flat = Sloped()
    flat.gradient = lambda x: x[:, 0]
    assert "shape" in message(assert_gradient, flat, POINTS)
    holed = Sloped()
    holed.gradient = lambda x: torch.full_like(x, float("nan"))
    assert "finite" in message(assert_gradient, holed, POINTS)
    assert "finite" in message(assert_gradient, lambda x: generic(x) / (x[:, 0] > 0.2), POINTS)
    with pytest.raises(Refusal, match="positive number"):
        assert_gradient(generic, POINTS, step=0.0)
    with pytest.raises(Refusal, match=r"assert_gradient takes a Field.*; got 'sin'"):
        assert_gradient("sin", POINTS)
    with pytest.raises(Refusal, match="a field gives a torch tensor; got ndarray"):
        assert_gradient(lambda x: np.sin(x.detach().numpy()[:, 0]), POINTS)


def test_differences_are_exact_on_the_polynomials_they_should_be():
    for order in range(1, 7):
        nodes = central(order)
        for degree in range(order + 8):
            found = sum(w * float(o) ** degree for o, w in nodes)
            exact = float(np.prod(range(1, order + 1))) if degree == order else 0.0
            assert abs(found - exact) <= 1e-11 * sum(abs(w * float(o) ** degree) for o, w in nodes) + 1e-12


def test_partials_by_autograd_and_by_differences_agree_with_sympy():
    x = coordinates(2)
    D = sp.sin(2 * x[0] - x[1] / 3) + sp.exp(x[1])
    orders = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (2, 2), (0, 4)]
    exact = {
        a: sp.lambdify(x, sp.diff(D, *zip(x, a, strict=True)), "numpy")(*POINTS.T.numpy()) + 0 * POINTS[:, 0].numpy()
        for a in orders
    }
    for spacing, tolerance in ((None, 1e-13), (0.05, 1e-8)):
        found = partials(generic, POINTS, orders, spacing)
        for a in orders:
            assert np.abs(found[a].numpy() - exact[a]).max() <= tolerance * max(1, np.abs(exact[a]).max())


OBJECTIVES = {
    "two orders": Objective(least_squares(0, 1), 0.5 * GradientPenalty(1, over=p), 0.3 * GradientPenalty(2)),
    "interpolates": Objective(
        least_squares(0, 2, sp.Rational(1, 2)), 2 * GradientPenalty(1, over=nu), 0.1 * GradientPenalty(0)
    ),
    "centred": Objective(least_squares(0, 1), 0.5 * GradientPenalty(1, over=(p + q) / 2, centre=sp.Rational(1, 5))),
    "order 3": Objective(least_squares(0, 1), 0.01 * GradientPenalty(3, over=q)),
}
X = coordinates(2)
EXACT = sp.sin(X[0] + 2 * X[1]) * sp.exp(X[0] / 3) + X[0] + 2 * X[1]
P, Q, NU = 2 + sp.sin(X[0] - X[1]), 3 + sp.cos(2 * X[0] + X[1]), 2 + sp.sin(X[0] * X[1] + 1)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_what_solves_the_equation_passes_and_what_does_not_fails(name):
    objective = OBJECTIVES[name]
    left, right = objective.euler_lagrange().at(EXACT, P, Q, X, NU)
    data = {"points": POINTS, "source": left - right, "reference": NU}
    assert assert_solves(EXACT, objective, P, Q, **data) <= 1e-12
    assert assert_solves(EXACT, objective.euler_lagrange(), P, Q, **data, spacing=0.06, tolerance=1e-4) <= 1e-4
    for wrong in (1.001 * EXACT, -EXACT):
        said = message(assert_solves, wrong, objective, P, Q, **data)
        assert "left" in said
        assert "right" in said
        assert "worst at" in said
        assert "figure" in said
    message(assert_solves, EXACT, objective, Q, P, **data)
    message(assert_solves, EXACT, objective, P, Q, **data | {"source": 1.01 * (left - right)})


def test_a_field_without_numbers_solves_nothing():
    objective = OBJECTIVES["order 3"]
    holed = lambda x: generic(x) * torch.where(x[:, 0] > 0.9, torch.nan, 1.0)  # noqa: E731
    assert "D should be finite\n  got nan at [" in message(assert_solves, holed, objective, P, Q, points=POINTS, tolerance=1e6)


def test_a_field_without_a_slope_solves_nothing():
    """√max(x₁, 0): 0 at 0, where its derivatives are no numbers."""
    rooted = lambda x: torch.where(x[:, 0] > 0, x[:, 0].clamp(min=0).sqrt(), 0 * x[:, 0])  # noqa: E731
    at = torch.tensor([[0.0, 0.3], [1.0, 0.3]], dtype=torch.float64)
    objective = Objective(WASSERSTEIN, GradientPenalty(1))
    assert "residual nan of the scale" in message(assert_solves, rooted, objective, P, Q, points=at, tolerance=1e6)


def test_densities_are_taken_as_measures_and_missing_ones_refused():
    eye = torch.eye(2, dtype=torch.float64)
    real, fake = (Gaussian(torch.tensor([c, -c / 3], dtype=torch.float64), s * eye) for c, s in ((0.4, 1.0), (-0.2, 0.7)))
    mixed = Mixture(torch.tensor([0.3, 0.7], dtype=torch.float64), (real, fake))
    pointwise = lambda x: 2 * real.density(x) / (real.density(x) + mixed.density(x))  # noqa: E731
    loss = Objective(least_squares(0, 2))
    assert assert_solves(pointwise, loss, real, mixed, points=POINTS) <= 1e-14
    message(assert_solves, pointwise, loss, mixed, real, points=POINTS)
    with pytest.raises(Refusal, match="Pass reference="):
        assert_solves(EXACT, OBJECTIVES["interpolates"], P, Q, points=POINTS)
    with pytest.raises(Refusal, match="a Field, a density"):
        assert_solves(EXACT, loss, 3, Q, points=POINTS)
    with pytest.raises(Refusal, match="Pass spacing="):
        assert_solves(lambda x: generic(x).detach(), OBJECTIVES["two orders"], P, Q, points=POINTS)
    with pytest.raises(Refusal, match="positive tolerance"):
        assert_solves(EXACT, loss, P, Q, points=POINTS, tolerance=-1)
    with pytest.raises(Refusal, match="an EulerLagrange equation or an Objective; got None"):
        assert_solves(EXACT, None, P, Q, points=POINTS)
    with pytest.raises(Refusal, match="D is a Field, a density"):
        assert_solves(None, loss, P, Q, points=POINTS)


def test_a_field_that_is_no_number_solves_nothing_though_its_derivatives_vanish():
    said = message(
        assert_solves, lambda x: x[:, 0] * float("nan"), Objective(WASSERSTEIN, GradientPenalty(1)), P, P, points=POINTS
    )
    assert "D should be finite" in said


TRUE = Step("a third", lambda: sp.Rational(1, 3), lambda: sp.integrate(X[0] ** 2, (X[0], 0, 1)))


def claim(right):
    values = np.linspace(1, 2, 9)
    witness = Agreement((Step("nine values", lambda: values, lambda: right * values, Rivals(1e-6)),))
    return Claim("nine", "nine values agree", "a = b", "me", (TRUE,), witness)


def test_a_claim_that_holds_passes_and_another_says_why(figures):
    assert_holds(claim(1.0))
    said = message(assert_holds, claim(1.1))
    for words in ("nine FAILS: nine values agree", "nine values", "left   1, 1.125", "right  1.1,", "(9 entries)", "digits"):
        assert words in said
    assert Path(re.search(r"figure (.*)", said)[1]).name in figures()
    assert len(figures()) == 1
    assert "no witness" in message(assert_holds, Claim("bare", "nothing", "", "me", (TRUE,)))
    with pytest.raises(Refusal, match="takes a Claim"):
        assert_holds(TRUE)


def test_an_undecided_claim_does_not_hold():
    step = Step("unknown", lambda: sp.Integral(sp.exp(-(X[0] ** 4)) * sp.sin(X[0]), (X[0], 0, 1)), lambda: sp.S.Zero)
    message(assert_holds, Claim("u", "…", "", "me", (step,), Agreement((TRUE,))))
