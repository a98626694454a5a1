"""Laws of the objectives: structured equation against brute force, optimum, verdicts, refusals."""

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.objectives import (
    FORWARD_KL_GAN,
    HINGE,
    JEFFREYS_GAN,
    LEAST_SQUARES,
    WASSERSTEIN,
    Boundary,
    Box,
    Derivation,
    GradientPenalty,
    Loss,
    Objective,
    Space,
    Standing,
    Torus,
    least_squares,
    screened_terms,
    screening,
)
from gantheory.symbolic import coordinates, first_variation, negative_laplacian, p, q, r, y
from tests.cases import LINEAR_PENALTIES, LOSSES, PEARSON, generic_polynomial, product

lam = sp.Symbol("lambda", positive=True)


@pytest.mark.parametrize(("loss", "penalty", "dim"), product(LOSSES, LINEAR_PENALTIES, (1, 2, 3)))
def test_structured_equation_is_the_brute_force_variation(unknowns, loss, penalty, dim):
    x, D, P, Q, N = unknowns(dim)
    term = LINEAR_PENALTIES[penalty]
    objective = Objective(LOSSES[loss], lam * term, *([GradientPenalty(1)] if term.order == 0 else []))
    left, right = objective.euler_lagrange().at(D, P, Q, x, N)
    by_force = first_variation(objective.lagrangian(D, P, Q, x, N), D, x)
    assert sp.expand((by_force - left + right).doit()) == 0


@pytest.mark.parametrize(("dim", "one_sided"), product((1, 2), (False, True)))
def test_centred_penalties_give_the_divergence_form(unknowns, dim, one_sided):
    x, D, P, Q, _ = unknowns(dim)
    objective = Objective(WASSERSTEIN, lam * GradientPenalty(1, over=p, centre=sp.Rational(1, 3), one_sided=one_sided))
    left, right = objective.euler_lagrange().at(D, P, Q, x)
    gap = first_variation(objective.lagrangian(D, P, Q, x), D, x) - left + right
    values = {D: generic_polynomial(x, 2, 3), P: 2 + x[0] ** 2, Q: 1 + x[-1] ** 2, lam: sp.Rational(2, 7)}
    point = dict(zip(x, (sp.Rational(2, 3), sp.Rational(1, 5)), strict=False))
    numbers = [sp.N(e.subs(values).doit().subs(point), 30) for e in (gap, left)]
    assert abs(numbers[0]) < 1e-20 * abs(numbers[1])


def test_wasserstein_equation_has_the_stated_sign(unknowns):
    x, D, P, Q, _ = unknowns(2)
    left, right = Objective(WASSERSTEIN, lam * GradientPenalty(2)).euler_lagrange().at(D, P, Q, x)
    assert sp.expand(left - 2 * lam * negative_laplacian(D, x, 2)) == 0
    assert sp.expand(right - (P - Q)) == 0


def test_least_squares_optimum_divergence_and_force():
    assert sp.simplify(LEAST_SQUARES.optimum() - (p - q) / (p + q)) == 0
    a, b, c = -2, 3, 1
    loss, best = least_squares(a, b, c), (b * r - 2) / (r + 1)
    assert sp.simplify(loss.optimum().subs(p, r * q) - best) == 0
    assert sp.simplify(loss.force() + (best - c) * r * sp.diff(best, r)) == 0
    assert sp.simplify(PEARSON.optimum().subs(p, r * q) - 2 * (r - 1)) == 0
    assert sp.simplify(PEARSON.force() - 2 * r) == 0
    # the divergence is minus the least value of the integrand, found here by a scan
    values = {p: sp.Rational(3, 10), q: sp.Rational(7, 10)}
    integrand = sp.lambdify(y, (p * LEAST_SQUARES.real + q * LEAST_SQUARES.fake).subs(values))
    assert float(-LEAST_SQUARES.divergence().subs(values)) == pytest.approx(min(integrand(np.linspace(-2, 2, 40001))), abs=1e-8)


def test_pearson_force_matches_the_variation_of_its_divergence():
    with pytest.raises(Refusal, match="Add a GradientPenalty"):
        WASSERSTEIN.optimum()


@pytest.mark.parametrize(
    "weight",
    [
        2,
        0.5,
        np.float64(0.5),
        np.float32(0.25),
        np.int64(3),
        torch.tensor(0.5),
        torch.tensor(2),
        sp.Rational(1, 3),
        lam,
        2 * lam,
    ],
)
def test_a_weight_commutes_with_its_penalty(weight):
    penalty = GradientPenalty(2)
    assert weight * penalty == penalty * weight
    assert 2 * (weight * penalty) == (weight * penalty) * 2
    number = weight.item() if hasattr(weight, "item") else weight
    exact = sp.nsimplify(number, rational=True)
    assert sp.simplify((weight * penalty).weight - exact) == 0
    assert sp.simplify((3 * (weight * penalty)).weight - 3 * exact) == 0


def test_float_weights_keep_their_decimals():
    assert (0.1 * GradientPenalty()).weight == sp.Rational(1, 10)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Loss(real=-sp.Symbol("y"), fake=y), "foreign Symbol"),
        (lambda: Loss(real=-y, fake=y, generator=-sp.Symbol("y", positive=True)), "foreign Symbol"),
        (lambda: Loss(real="-y", fake=y), "the text"),
        (lambda: Loss(real=-y, fake=p * y), "the symbol p"),
        (lambda: GradientPenalty(over=sp.Symbol("p")), "foreign Symbol"),
        (lambda: GradientPenalty(2.5), "riesz"),
        (lambda: GradientPenalty(-1), "≥ 0"),
        (lambda: GradientPenalty(True), "integer"),
        (lambda: GradientPenalty(1, centre=-1), "≥ 0"),
        (lambda: GradientPenalty(0, centre=1), "order 0"),
        (lambda: -1 * GradientPenalty(), "positive"),
        (lambda: 0 * GradientPenalty(), "Leave the term out"),
        (lambda: float("nan") * GradientPenalty(), "finite"),
        (lambda: True * GradientPenalty(), "finite real"),
        (lambda: sp.I * GradientPenalty(), "finite real"),
        (lambda: Objective(WASSERSTEIN, GradientPenalty(0)), "order 0 alone"),
        (lambda: Objective(WASSERSTEIN, 3), "as terms"),
        (lambda: Objective(GradientPenalty()), "starts with a Loss"),
        (lambda: Box((0, 0), (1,)), "as many"),
        (lambda: Box((1,), (0,)), "lower < upper"),
        (lambda: Torus((0.0,)), "positive"),
        (lambda: Space(0), "≥ 1"),
        (lambda: screened_terms(2, 0), "positive"),
        (lambda: screened_terms(-1, 1), "integer ≥ 1"),
        (lambda: screened_terms(1.5, 1), "integer ≥ 1"),
        (lambda: p * GradientPenalty(1), "over=p"),
        (lambda: y * GradientPenalty(1), "holds a density or D"),
        (lambda: None * GradientPenalty(1), "finite real"),
        (lambda: np.ones(3) * GradientPenalty(1), "finite real"),
        (lambda: GradientPenalty(over=-1), "nonnegative"),
        (lambda: GradientPenalty(over=2), "factor into the weight"),
        (lambda: GradientPenalty(over=p - q), "nonnegative"),
        (lambda: GradientPenalty(over="p"), "nonnegative"),
        (lambda: Loss(None, y), "SymPy expression"),
        (lambda: Loss(sp.I * y, y), "is real"),
        (lambda: Box(0, 1), "one number for each axis"),
        (lambda: Box((0,), (1,), "dirichlet"), "Boundary.DIRICHLET"),
        (lambda: Torus(1.0), "one number for each axis"),
    ],
)
def test_wrong_parts_are_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()


def standing(loss, order, domain):
    return Objective(loss, GradientPenalty(order)).euler_lagrange().well_posedness(domain).standing


@pytest.mark.parametrize(("n", "m"), product(range(1, 9), range(1, 6)))
def test_wasserstein_verdicts_in_space(n, m):
    k = 2 * m - n
    expected = (
        Standing.ILL_POSED if k >= 2
        else Standing.CONDITIONAL if m >= 2
        else Standing.MARGINAL if 4 * m <= n + 2
        else Standing.WELL_POSED
    )  # fmt: skip
    assert standing(WASSERSTEIN, m, Space(n)) is expected


def test_verdicts_depend_on_loss_and_domain():
    assert standing(LEAST_SQUARES, 2, Space(2)) is Standing.WELL_POSED
    assert standing(LEAST_SQUARES, 1, Space(2)) is Standing.CONDITIONAL
    for m in (1, 2, 3):
        assert standing(WASSERSTEIN, m, Torus((1.0, 2.0))) is Standing.WELL_POSED
        assert standing(WASSERSTEIN, m, Box((0, 0), (1, 1), Boundary.DIRICHLET)) is Standing.WELL_POSED
    assert standing(WASSERSTEIN, 1, Box((0, 0), (1, 1))) is Standing.WELL_POSED
    assert standing(WASSERSTEIN, 2, Box((0, 0), (1, 1))) is Standing.ILL_POSED
    screened = Objective(WASSERSTEIN, *screened_terms(2, 1)).euler_lagrange()
    assert screened.well_posedness(Space(2)).standing is Standing.WELL_POSED
    assert Objective(WASSERSTEIN).euler_lagrange().well_posedness(Space(2)).standing is Standing.ILL_POSED
    r1 = Objective(WASSERSTEIN, GradientPenalty(over=p)).euler_lagrange().well_posedness(Space(1))
    assert r1.standing is Standing.CONDITIONAL
    gp = Objective(WASSERSTEIN, GradientPenalty(centre=1)).euler_lagrange().well_posedness(Space(1))
    assert gp.standing is Standing.ILL_POSED
    with pytest.raises(Refusal, match="judges losses"):
        standing(Loss(real=-(y**3), fake=y), 1, Space(1))


@pytest.mark.parametrize("loss", [LOSSES["logistic"], HINGE, FORWARD_KL_GAN, JEFFREYS_GAN, Loss(sp.exp(-y), sp.Max(0, y))])
def test_verdicts_of_convex_losses(loss):
    assert standing(loss, 1, Space(1)) is Standing.WELL_POSED
    assert standing(loss, 1, Space(2)) is Standing.CONDITIONAL
    assert "a minimiser exists if no polynomial f of degree < 2" in verdict(Space(3), loss, GradientPenalty(2)).reason
    assert standing(loss, 2, Torus((1.0,))) is Standing.WELL_POSED
    assert standing(loss, 2, Box((0,), (1,), Boundary.DIRICHLET)) is Standing.WELL_POSED
    assert verdict(Space(1), loss, *screened_terms(2, 1)).standing is Standing.WELL_POSED
    assert verdict(Space(1), loss).standing is Standing.CONDITIONAL
    assert verdict(Space(1), loss, GradientPenalty(1, over=p)).standing is Standing.CONDITIONAL
    assert verdict(Space(1), loss, GradientPenalty(1, centre=1)).standing is Standing.ILL_POSED
    assert verdict(Space(1), loss, GradientPenalty(1, centre=1, one_sided=True)).standing is Standing.CONDITIONAL


def test_a_convex_loss_that_does_not_grow_at_both_ends_is_ill_posed():
    for fake in (y, sp.exp(-y) + 2):
        assert standing(Loss(real=sp.exp(-y), fake=fake - y), 1, Space(1)) is Standing.ILL_POSED
    assert (
        verdict(Space(1), Loss(sp.exp(-y), sp.exp(-y)), GradientPenalty(0), GradientPenalty(1)).standing is Standing.WELL_POSED
    )


def verdict(domain, loss, *terms):
    return Objective(loss, *terms).euler_lagrange().well_posedness(domain)


def test_verdicts_of_unbalanced_weighted_and_half_curved_objectives():
    """Each J falls without bound along what the reason names."""
    unbalanced = Loss(-2 * y, y)
    for domain in (Space(1), Torus((1,)), Box((0,), (1,))):
        assert verdict(domain, unbalanced, GradientPenalty(1)).standing is Standing.ILL_POSED
    assert verdict(Box((0,), (1,), Boundary.DIRICHLET), unbalanced, GradientPenalty(1)).standing is Standing.WELL_POSED
    assert verdict(Space(1), WASSERSTEIN, GradientPenalty(2, over=p)).standing is Standing.ILL_POSED
    assert verdict(Space(1), WASSERSTEIN, GradientPenalty(2, centre=1, one_sided=True)).standing is Standing.ILL_POSED
    assert verdict(Space(1), WASSERSTEIN, GradientPenalty(1, centre=1, one_sided=True)).standing is Standing.CONDITIONAL
    assert verdict(Space(1), PEARSON).standing is Standing.CONDITIONAL
    assert verdict(Space(1), PEARSON, GradientPenalty(1)).standing is Standing.CONDITIONAL
    assert "q is positive" in verdict(Space(1), PEARSON).reason
    assert verdict(Space(1), LEAST_SQUARES).standing is Standing.WELL_POSED


def test_a_term_of_order_zero_does_not_tame_the_force():
    for terms in (screened_terms(2, 1), (GradientPenalty(0), GradientPenalty(2))):
        assert verdict(Space(6), WASSERSTEIN, *terms).standing is Standing.MARGINAL
        assert verdict(Space(2), WASSERSTEIN, *terms).standing is Standing.WELL_POSED
    assert "variance" in verdict(Torus((1, 1, 1)), WASSERSTEIN, GradientPenalty(1)).reason


def test_several_terms_in_space_name_no_formula_of_one():
    several = verdict(Space(3), WASSERSTEIN, GradientPenalty(2), GradientPenalty(3))
    assert several.standing is Standing.CONDITIONAL
    assert "MMD" not in several.reason


def texts(objective, domain):
    return {row.heading: row.text for row in Derivation(objective, domain).lines()}


def test_many_polynomials_are_counted_and_the_constant_is_named():
    rows = texts(Objective(WASSERSTEIN, GradientPenalty(3)), Space(4))
    assert rows["null space"] == "the 15 monomials of degree < 3"
    assert rows["discriminator"].endswith("+ P(x)")
    assert texts(Objective(WASSERSTEIN, GradientPenalty(2)), Space(3))["discriminator"].endswith("+ c")


def test_numpy_integers_are_integers():
    assert GradientPenalty(np.int64(2)) == GradientPenalty(2)
    assert Space(np.int64(2)).dim == 2


def test_text_keeps_parameters_that_contain_y():
    assert str(Loss(-y, sp.exp(y) * sp.Symbol("my"))) == "E_p[-D] + E_q[my*exp(D)]"


def test_the_verdict_names_moments_and_tail_index():
    ill = Objective(WASSERSTEIN, GradientPenalty(3)).euler_lagrange().well_posedness(Space(2))
    assert "moments of degrees 1 to 2" in ill.cures[0]
    assert "logarithmically" in Objective(WASSERSTEIN, GradientPenalty(1)).euler_lagrange().well_posedness(Space(2)).reason
    assert "= 3/2" in Objective(WASSERSTEIN, GradientPenalty(1)).euler_lagrange().well_posedness(Space(3)).reason


def test_null_space_and_compatibility():
    x1, x2 = coordinates(2)
    equation = Objective(WASSERSTEIN, GradientPenalty(2)).euler_lagrange()
    assert equation.null_space(Space(2)) == (1, x1, x2)
    assert equation.null_space(Torus((1, 1))) == (1,)
    assert equation.null_space(Box((0, 0), (1, 1), Boundary.DIRICHLET)) == ()
    assert sp.expand(equation.compatibility(Space(2))[1] - x1 * (p - q)) == 0
    assert Objective(LEAST_SQUARES, GradientPenalty(2)).euler_lagrange().null_space(Space(2)) == ()
    assert Objective(WASSERSTEIN, GradientPenalty(1), GradientPenalty(2)).euler_lagrange().null_space(Space(2)) == (1,)
    assert Objective(WASSERSTEIN, GradientPenalty(0), GradientPenalty(2)).euler_lagrange().null_space(Space(2)) == ()


def test_boundary_conditions(unknowns):
    (x,), D, *_ = unknowns(1)
    cubic = Objective(WASSERSTEIN, GradientPenalty(2)).euler_lagrange().boundary_conditions(Box((0,), (1,)))
    assert [sp.expand(c.expression) for c in cubic] == [-2 * D.diff(x, 3), 2 * D.diff(x, 2)]
    faces = Objective(WASSERSTEIN, GradientPenalty(1, over=p)).euler_lagrange().boundary_conditions(Box((0, 0), (1, 1)))
    assert [c.at for c in faces] == [(s,) for s in coordinates(2)]
    for domain in (Box((0,), (1,), Boundary.DIRICHLET), Torus((1.0,)), Space(1)):
        assert Objective(WASSERSTEIN, GradientPenalty(2)).euler_lagrange().boundary_conditions(domain) == ()


@pytest.mark.parametrize(("order", "rate", "weight"), [(1, sp.Rational(1, 2), lam), (2, 0.3, 0.7), (3, 2, 5)])
def test_screening_is_recognised(order, rate, weight):
    found = screening(screened_terms(order, rate, weight))
    assert found is not None
    assert found[1] == order
    assert abs(sp.N((found[2] - rate) / rate)) < 1e-12
    assert screening((*screened_terms(order, rate, weight), 2 * GradientPenalty(0))) is None or order == 1


def test_a_penalty_over_nu_needs_the_reference(unknowns):
    x, D, P, Q, _ = unknowns(1)
    from gantheory.symbolic import nu

    with pytest.raises(Refusal, match="reference density"):
        Objective(WASSERSTEIN, GradientPenalty(over=nu)).lagrangian(D, P, Q, x)


def test_second_variation_is_nonnegative_for_convex_objectives(unknowns):
    x, D, P, Q, h = unknowns(2)
    quadratic = Objective(LEAST_SQUARES, lam * GradientPenalty(2)).second_variation(D, h, P, Q, x)
    expected = (P + Q) * h**2 + 2 * lam * sum(
        c * h.diff(*v) ** 2 for c, v in ((1, (x[0], 2)), (2, (x[0], x[1])), (1, (x[1], 2)))
    )
    assert sp.expand(quadratic - expected) == 0


def test_a_derivation_holds_kernel_and_verdict():
    rows = texts(Objective(WASSERSTEIN, lam * GradientPenalty(2)), Space(3))
    assert rows["Green's function"] == "G(r) = -r/(8*π)"
    assert rows["verdict"].startswith("on R^3: CONDITIONAL")
    found = Derivation(Objective(LEAST_SQUARES, lam * GradientPenalty(1, over=p)), Space(1)).lines()
    latex = {row.heading: row.latex for row in found}
    assert latex["equation"].startswith(r"-2 \lambda\,\nabla\cdot\left(p\,\nabla D")


def test_verdicts_follow_the_recession_of_both_sides():
    """KL: p on two intervals, q on one; f = x − 1 separates nothing, and J(c f) falls like −c."""
    kl = verdict(Space(1), FORWARD_KL_GAN, GradientPenalty(2))
    assert "E_p[r(f)] + E_q[s(f)] ≤ 0" in kl.reason
    assert "r₊ = -1, r₋ = -1, s₊ = ∞, s₋ = 0" in kl.reason
    assert "separates p from q" in verdict(Space(1), LOSSES["logistic"], GradientPenalty(2)).reason
    for loss in (Loss(y**4 / 4 - y, y**4 / 4 + y), Loss(sp.Abs(y - 1), sp.Abs(y + 1))):
        assert verdict(Space(1), loss, GradientPenalty(2)).standing is Standing.WELL_POSED
    assert verdict(Space(1), Loss(-y, sp.exp(y / 10**6)), GradientPenalty(1)).standing is Standing.WELL_POSED


@pytest.mark.parametrize("over", [p, q])
def test_a_weight_does_not_hide_a_side_without_curvature(over):
    assert verdict(Space(1), PEARSON, GradientPenalty(1, over=over)).standing is Standing.CONDITIONAL


def test_what_is_added_to_a_well_posed_objective_leaves_it_so():
    for more in (GradientPenalty(1, over=p), GradientPenalty(1, centre=1, one_sided=True), GradientPenalty(2, over=q)):
        for loss in (WASSERSTEIN, LOSSES["logistic"]):
            assert verdict(Space(1), loss, GradientPenalty(1), more).standing is Standing.WELL_POSED


def test_under_a_term_of_order_0_a_one_sided_penalty_is_judged_by_its_steep_slopes():
    for dim, order, found in ((1, 1, Standing.WELL_POSED), (3, 1, Standing.MARGINAL), (3, 2, Standing.WELL_POSED)):
        judged = verdict(Space(dim), WASSERSTEIN, GradientPenalty(0), GradientPenalty(order, centre=1, one_sided=True))
        assert judged.standing is found
        assert ("strictly convex" if found is Standing.WELL_POSED else "variance of a sampled force") in judged.reason
        assert f"m = {order}" in judged.reason or found is Standing.WELL_POSED
    vanishing = GradientPenalty(1, over=p, centre=1, one_sided=True)
    assert verdict(Space(1), WASSERSTEIN, GradientPenalty(0), vanishing).standing is Standing.CONDITIONAL


def test_verdicts_of_curved_losses_ask_for_numbers():
    a = sp.Symbol("a", positive=True)
    for loss in (Loss(sp.exp(-a * y), sp.exp(a * y)), Loss(sp.Max(0, a - y), sp.Max(0, a + y))):
        with pytest.raises(Refusal, match="Substitute its parameters"):
            verdict(Space(1), loss, GradientPenalty(1))


def test_an_optimum_that_only_cardano_knows_is_refused_at_once():
    with pytest.raises(Refusal, match="a slope of degree 3 in y"):
        Loss(sp.log(1 + (y - 1) ** 2), sp.log(1 + (y + 1) ** 2)).optimum()
    best = Loss(y**4 / 4 - y, y**4 / 4 + y).optimum()
    for a, b in ((0.3, 0.9), (2.0, 0.1)):
        assert float(best.subs({p: a, q: b})) == pytest.approx(np.cbrt((a - b) / (a + b)))
