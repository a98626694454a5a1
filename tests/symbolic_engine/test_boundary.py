"""Natural conditions: the variation over a box is the equation inside plus the boundary terms, for every test function."""

import itertools

import pytest
import sympy as sp

from gantheory.objectives import (
    LEAST_SQUARES,
    LOGISTIC,
    WASSERSTEIN,
    Boundary,
    Box,
    GradientPenalty,
    Objective,
    Space,
    Standing,
    Torus,
)
from gantheory.symbolic import (
    BoundaryCondition,
    boundary_conditions,
    coordinates,
    first_variation,
    natural_conditions,
    nu,
    p,
    q,
)
from tests.cases import generic_polynomial

lam, other = sp.symbols("lambda mu", positive=True)
CASES = {
    "1-D m=1": (1, (lam * GradientPenalty(1),)),
    "1-D m=2": (1, (lam * GradientPenalty(2),)),
    "1-D m=3": (1, (lam * GradientPenalty(3),)),
    "1-D m=4": (1, (lam * GradientPenalty(4),)),
    "1-D m=4 over p": (1, (lam * GradientPenalty(4, over=p),)),
    "1-D sum": (1, (lam * GradientPenalty(0, over=q), other * GradientPenalty(1, over=nu), GradientPenalty(3, over=p + q))),
    "2-D m=1": (2, (lam * GradientPenalty(1, over=p),)),
    "2-D m=2": (2, (lam * GradientPenalty(2),)),
    "2-D m=2 over p": (2, (lam * GradientPenalty(2, over=p),)),
    "2-D sum": (2, (lam * GradientPenalty(1, over=q), other * GradientPenalty(2, over=p), GradientPenalty(0))),
    "3-D m=1": (3, (lam * GradientPenalty(1, over=p), other * GradientPenalty(1, over=q))),
    "3-D m=2": (3, (lam * GradientPenalty(2),)),
    "2-D m=3": (2, (lam * GradientPenalty(3),)),
}


def integral(f, x, box):
    """∫ f over the box, f a polynomial; coordinates outside x are held."""
    f = sp.expand(f)
    for xi in x:
        whole = sp.integrate(f, xi)
        f = sp.expand(whole.subs(xi, box[xi][1]) - whole.subs(xi, box[xi][0]))
    return f


def at_ends(expression, conditions_at, x, box):
    """Σ over the ends of the coordinates held of ± the integral over the others."""
    total = sp.S.Zero
    for ends in itertools.product((0, 1), repeat=len(conditions_at)):
        held = {xi: box[xi][end] for xi, end in zip(conditions_at, ends, strict=True)}
        free = [xi for xi in x if xi not in held]
        total += (-1) ** ends.count(0) * integral(expression.subs(held), free, box)
    return total


@pytest.mark.parametrize("case", CASES)
def test_the_variation_is_the_equation_plus_the_boundary_terms(case):
    """δJ[D; h] = ∫ EL·h + Σ boundary terms, exactly: δJ by a derivative in ε of the integral, on an unsymmetric box."""
    dim, terms = CASES[case]
    x, step = coordinates(dim), sp.Symbol("epsilon")
    box = {xi: (sp.Rational(i, 3), sp.Rational(i + 2, 2)) for i, xi in enumerate(x)}
    objective = Objective(WASSERSTEIN, *terms)
    order = max(t.penalty.order for t in objective.terms)
    D, h = generic_polynomial(x, 3, 2 * order), generic_polynomial(x, 8, order)
    P, Q, N = (generic_polynomial(x, seed, 1) for seed in (5, 7, 11))
    moved = objective.lagrangian(D + step * h, P, Q, x, N).doit()
    variation = integral(sp.diff(moved, step).subs(step, 0), x, box)
    unknown = {sp.Function(s, positive=True)(*x): f for s, f in (("p", P), ("q", Q), ("nu", N))}
    unknown[sp.Function("D", real=True)(*x)] = D
    left, right = objective.euler_lagrange().at(D, P, Q, x, N)
    inside, boundary = integral((left - right) * h, x, box), sp.S.Zero
    ends = [float(e) for pair in box.values() for e in pair]
    for c in objective.euler_lagrange().boundary_conditions(Box(tuple(ends[::2]), tuple(ends[1::2]))):
        test = h.diff(*((xi, k) for xi, k in zip(x, c.against, strict=True) if k)) if any(c.against) else h
        part = at_ends(c.expression.subs(unknown).doit() * test, c.at, x, box)
        assert sp.expand(part) != 0
        boundary += part
    assert sp.expand(variation - inside - boundary) == 0


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_an_interval_has_the_derivatives_m_to_2m_minus_1(unknowns, order):
    (x,), D, *_ = unknowns(1)
    found = Objective(WASSERSTEIN, lam * GradientPenalty(order)).euler_lagrange().boundary_conditions(Box((0,), (1,)))
    expected = [2 * lam * (-1) ** (order - j - 1) * D.diff(x, 2 * order - j - 1) for j in range(order)]
    assert [sp.expand(c.expression) for c in found] == expected
    assert [(c.at, c.against) for c in found] == [((x,), (j,)) for j in range(order)]


def test_a_rectangle_has_three_kinds_of_conditions(unknowns):
    """D_nn = 0, ∂_n ΔD + ∂_s D_ns = 0 on the edges, w D_12 = 0 at the corners."""
    x, D, P, *_ = unknowns(2)
    equation = Objective(WASSERSTEIN, GradientPenalty(2)).euler_lagrange()
    found = {(c.at, c.against): sp.expand(c.expression) for c in equation.boundary_conditions(Box((0, 0), (1, 2)))}
    for i, j in ((0, 1), (1, 0)):
        n, s = x[i], x[j]
        against = tuple(int(k == i) for k in range(2))
        assert found.pop(((n,), against)) == 2 * D.diff(n, 2)
        edge = -2 * (sp.diff(D.diff(n, 2) + D.diff(s, 2), n) + sp.diff(D.diff(n, s), s))
        assert sp.expand(found.pop(((n,), (0, 0))) - edge) == 0
    assert found == {(x, (0, 0)): 4 * D.diff(*x)}
    weighted = Objective(WASSERSTEIN, GradientPenalty(2, over=p), GradientPenalty(1)).euler_lagrange()
    corner = weighted.boundary_conditions(Box((0, 0), (1, 2)))[-1]
    assert corner == BoundaryCondition(x, 4 * P * D.diff(*x), (0, 0))


def test_only_the_corner_sees_the_product_of_the_coordinates(unknowns):
    """D = x1 x2 satisfies Δ²D = 0 and all conditions on the edges, though its penalty is not 0."""
    x, D, *_ = unknowns(2)
    equation = Objective(WASSERSTEIN, GradientPenalty(2)).euler_lagrange()
    product = x[0] * x[1]
    assert equation.at(product, p, p, x)[0] == 0
    values = [(len(c.at), c.expression.subs(D, product).doit()) for c in equation.boundary_conditions(Box((0, 0), (1, 1)))]
    assert [v for k, v in values if k == 1] == [0] * 4
    assert [v for k, v in values if k == 2] == [4]


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_centred_penalty_leaves_its_flux(unknowns, dim, one_sided):
    """2λ w φ ∂_n D with φ = 1 − K/|∇D|, its positive part one-sided: at a generic gradient above and below K."""
    x, D, P, *_ = unknowns(dim)
    penalty = GradientPenalty(1, over=p, centre=1, one_sided=one_sided)
    found = Objective(WASSERSTEIN, lam * penalty).euler_lagrange().boundary_conditions(Box((0,) * dim, (1,) * dim))
    assert [c.at for c in found] == [(xi,) for xi in x]
    for scale in (sp.Rational(1, 9), 1):
        value = scale * sum((i + 2) * xi for i, xi in enumerate(x))
        size = scale * sp.sqrt(sum((i + 2) ** 2 for i in range(dim)))
        phi = sp.Max(0, 1 - 1 / size) if one_sided else 1 - 1 / size
        for i, c in enumerate(found):
            assert sp.simplify(c.expression.subs(D, value).doit() - 2 * lam * P * phi * scale * (i + 2)) == 0


def lidstone(f, x, box, order):
    """f less the polynomial in x that has its derivatives of even order < m at both ends: those of the rest vanish there."""
    coefficients = sp.symbols(f"c:{2 * len(range(0, order, 2))}")
    rest = f - sum(c * x**j for j, c in enumerate(coefficients))
    rows = [sp.diff(rest, x, j).subs(x, end) for j in range(0, order, 2) for end in box[x]]
    return rest.subs(sp.solve(rows, coefficients))


SUPPORTED = {
    **{f"1-D m={m}": (1, (lam * GradientPenalty(m, over=p), GradientPenalty(1))) for m in (1, 2, 3, 4)},
    "2-D m=1": (2, (lam * GradientPenalty(1, over=q),)),
    "2-D m=2": (2, (lam * GradientPenalty(2, over=p), other * GradientPenalty(1))),
    "2-D m=3": (2, (lam * GradientPenalty(3),)),
    "2-D m=4": (2, (lam * GradientPenalty(4),)),
}


@pytest.mark.parametrize("case", [pytest.param(c, marks=pytest.mark.full if "m=4" in c else ()) for c in SUPPORTED])
def test_simply_supported_faces_ask_for_the_odd_normal_derivatives(case):
    """δJ[D; h] = ∫ EL·h + the terms of the conditions, for every h that vanishes with its even normal derivatives < m."""
    dim, terms = SUPPORTED[case]
    x, step = coordinates(dim), sp.Symbol("epsilon")
    box = {xi: (sp.Rational(i, 3), sp.Rational(i + 2, 2)) for i, xi in enumerate(x)}
    objective = Objective(WASSERSTEIN, *terms)
    order = max(t.penalty.order for t in objective.terms)
    D, (P, Q) = generic_polynomial(x, 3, 2 * order), (generic_polynomial(x, seed, 1) for seed in (5, 7))
    factors = [lidstone(generic_polynomial((xi,), 2 + i, 2 * order), xi, box, order) for i, xi in enumerate(x)]
    h = sp.expand(sp.Mul(*factors))
    variation = integral(sp.diff(objective.lagrangian(D + step * h, P, Q, x).doit(), step).subs(step, 0), x, box)
    unknown = {sp.Function("p", positive=True)(*x): P, sp.Function("q", positive=True)(*x): Q}
    unknown[sp.Function("D", real=True)(*x)] = D
    left, right = objective.euler_lagrange().at(D, P, Q, x)
    boundary, corners = sp.S.Zero, 0
    low, high = zip(*box.values(), strict=True)
    for c in objective.euler_lagrange().boundary_conditions(Box(low, high, Boundary.SIMPLY_SUPPORTED)):
        test = sp.diff(h, *((xi, k) for xi, k in zip(x, c.against, strict=True) if k))
        part = at_ends(c.expression.subs(unknown).doit() * test, c.at, x, box)
        assert sp.expand(part) != 0
        boundary, corners = boundary + part, corners + (len(c.at) > 1)
    assert sp.expand(variation - integral((left - right) * h, x, box) - boundary) == 0
    assert (boundary == 0) == (order == 1)
    assert corners == (case == "2-D m=4")


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_nothing_is_free_where_the_values_are_given(order):
    """A polynomial of degree < m that vanishes at both ends with its even derivatives of order < m is 0."""
    (x,) = coordinates(1)
    coefficients = sp.symbols(f"c:{order}")
    f = sum(c * x**j for j, c in enumerate(coefficients))
    for boundary in (Boundary.DIRICHLET, Boundary.SIMPLY_SUPPORTED):
        held = boundary.given(order)
        assert held == tuple(j for j in range(order) if boundary is Boundary.DIRICHLET or j % 2 == 0)
        rows = [sp.diff(f, x, j).subs(x, end) for j in held for end in (0, 2)]
        assert sp.solve(rows, coefficients) == dict.fromkeys(coefficients, 0)
        domain = Box((0,), (2,), boundary)
        equation = Objective(WASSERSTEIN, GradientPenalty(order)).euler_lagrange()
        assert equation.null_space(domain) == equation.compatibility(domain) == ()
        assert equation.well_posedness(domain).standing is Standing.WELL_POSED
        curved = Objective(LOGISTIC, GradientPenalty(order)).euler_lagrange()
        assert curved.well_posedness(domain).standing is Standing.WELL_POSED
    assert Boundary.NATURAL.given(order) == ()


def test_nothing_is_asked_where_nothing_is_free():
    equation = Objective(LEAST_SQUARES, GradientPenalty(2)).euler_lagrange()
    for domain in (Space(2), Torus((1.0, 2.0)), Box((0, 0), (1, 1), Boundary.DIRICHLET)):
        assert equation.boundary_conditions(domain) == ()
    assert Objective(LEAST_SQUARES).euler_lagrange().boundary_conditions(Box((0,), (1,))) == ()


def test_lower_derivatives_alone_leave_lower_conditions(unknowns):
    """A null Lagrangian has no equation but a boundary term; a condition that is 0 in one dimension keeps its place."""
    (x,), D, *_ = unknowns(1)
    null = sp.diff(x * D**3, x).doit()
    assert sp.expand(first_variation(null, D, (x,))) == 0
    assert natural_conditions(null, D, x) == (3 * x * D**2,)
    assert natural_conditions(D**2, D, x) == ()
    assert natural_conditions(D.diff(x) * D.diff(x, 2), D, x) == (0, D.diff(x))
    (found,) = boundary_conditions(D.diff(x) * D.diff(x, 2), D, (x,))
    assert str(found) == "∂D/∂x₁ = 0 at the ends of x₁"
