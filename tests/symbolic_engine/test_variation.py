"""The structured Euler–Lagrange equation is the brute-force variation, with generic coefficients, in dimensions 1 to 4."""

import pytest
import sympy as sp
from sympy.calculus.euler import euler_equations

from gantheory._errors import Refusal
from gantheory.objectives import (
    LEAST_SQUARES,
    LOGISTIC,
    WASSERSTEIN,
    GradientPenalty,
    Loss,
    Objective,
    least_squares,
    screened_terms,
)
from gantheory.symbolic import coordinates, first_variation, legendre_form, nu, p, q, weighted_divergence, y
from tests.cases import PEARSON, generic_polynomial, product

lam, other, kappa, K, a, b = sp.symbols("lambda mu kappa K a b", positive=True)
LOSSES = {
    "wasserstein": WASSERSTEIN,
    "least squares": least_squares(a, b),
    "pearson": PEARSON,
    "logistic": LOGISTIC,
    "generic": Loss(real=y**3 / 7 + sp.exp(y) / 5, fake=y**2 / 3 - sp.exp(-2 * y) / 11),
}
OVER = {
    "1": sp.S.One,
    "p": p,
    "q": q,
    "mean": (p + q) / 2,
    "harmonic": p * q / (p + q),
    "nu": nu,
}
SUMS = {
    "R1 + R2": (lam * GradientPenalty(1, over=p), other * GradientPenalty(1, over=q)),
    "Sobolev 1, 2": (lam * GradientPenalty(1), other * GradientPenalty(2)),
    "Sobolev 0, 1, 3": (a * GradientPenalty(0), lam * GradientPenalty(1), other * GradientPenalty(3)),
    "weights of three orders": (
        lam * GradientPenalty(0, over=nu),
        other * GradientPenalty(1, over=q),
        a * GradientPenalty(2, over=p),
    ),
    "screened 1": screened_terms(1, kappa, lam),
    "screened 2": screened_terms(2, kappa, lam),
    "screened 3": screened_terms(3, kappa, lam),
}
CENTRED = {
    "two-sided": (lam * GradientPenalty(1, centre=K),),
    "two-sided over p": (lam * GradientPenalty(1, over=p, centre=K),),
    "two-sided over nu": (lam * GradientPenalty(1, over=nu, centre=K),),
    "one-sided": (lam * GradientPenalty(1, centre=K, one_sided=True),),
    "one-sided over q": (lam * GradientPenalty(1, over=q, centre=K, one_sided=True),),
    "two-sided + R1": (lam * GradientPenalty(1, over=nu, centre=K), other * GradientPenalty(1, over=p)),
}
CENTRED_SECOND = {
    "two-sided": (lam * GradientPenalty(2, centre=K),),
    "one-sided over p": (lam * GradientPenalty(2, over=p, centre=K, one_sided=True),),
}


LARGEST = {"harmonic": 4, "p": 9, "mean": 9}  # m · n of a weight, 8 for the others
CENTRED_CASES = [*product(CENTRED, (1, 2, 3)), ("two-sided over p", 4), ("one-sided over q", 4)]


def weighted_cases():
    """Every weight × order × dimension, the losses in turn; then every loss × dimension."""
    names = list(LOSSES)
    cells = [(o, m, n) for o in OVER for m in (1, 2, 3) for n in (1, 2, 3, 4) if m * n <= LARGEST.get(o, 8)]
    cells += [("p", 3, 4), ("1", 3, 4)]
    yield from ((names[i % 5], *cell) for i, cell in enumerate(cells))
    yield from ((loss, "p", 1, n) for loss in names for n in (1, 2, 3, 4))


def powers_of_waves(x, degree):
    """Two powers of generic affine forms and a square: full degree, no symmetry, and short derivatives."""
    forms = [1 + sum(sp.Rational(sp.prime(i + k), sp.prime(2 * i + k + 3)) * xi for i, xi in enumerate(x)) for k in (1, 3, 4)]
    return forms[0] ** degree / 7 - forms[1] ** (degree - 1) / 5 + forms[2] ** 2 / 3 + x[0] * x[-1]


def at_polynomials(objective, dim):
    """Both sides at generic polynomials D, p, q, nu and numbers: exact rationals, or exact in the square roots that stay.

    D has a degree at which the highest derivatives of the equation do not vanish.
    """
    x, order = coordinates(dim), max(t.penalty.order for t in objective.terms)
    D, unknown = powers_of_waves(x, 2 * order), sp.Function("D", real=True)(*x)
    P, Q, N = (1 + generic_polynomial(x, seed, 1) for seed in (5, 7, 11))
    numbers = dict(zip((lam, other, kappa, K, a, b), map(sp.Rational, ("2/7", "3/5", "4/3", "1/9", "5/4", "7/2")), strict=True))
    point = {xi: sp.Rational(i + 2, 2 * i + 3) for i, xi in enumerate(x)}
    left, right = objective.euler_lagrange().at(D, P, Q, x, N)
    by_force = first_variation(objective.lagrangian(unknown, P, Q, x, N), unknown, x, at=D)
    return [sp.expand(side.subs(numbers).xreplace(point).doit()) for side in (left - right, by_force)]


def gap_of_unknowns(objective, unknown):
    """Brute force minus structure, for unknown functions D, p, q, nu."""
    x, D, P, Q, N = unknown
    left, right = objective.euler_lagrange().at(D, P, Q, x, N)
    return sp.expand(first_variation(objective.lagrangian(D, P, Q, x, N), D, x) - left + right)


@pytest.mark.parametrize(("loss", "over", "order", "dim"), list(weighted_cases()))
def test_weighted_penalties(unknowns, loss, over, order, dim):
    objective = Objective(LOSSES[loss], lam * GradientPenalty(order, over=OVER[over]))
    if over == "harmonic":
        structured, by_force = at_polynomials(objective, dim)
        assert structured != 0
        assert structured - by_force == 0
    else:
        assert gap_of_unknowns(objective, unknowns(dim)) == 0


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
@pytest.mark.parametrize("sums", SUMS)
def test_sums_of_penalties(unknowns, sums, dim):
    assert gap_of_unknowns(Objective(LOSSES["generic"], *SUMS[sums]), unknowns(dim)) == 0


@pytest.mark.parametrize(("terms", "dim"), CENTRED_CASES)
def test_centred_penalties(terms, dim):
    structured, by_force = at_polynomials(Objective(LOSSES["least squares"], *CENTRED[terms]), dim)
    assert structured != 0
    assert sp.expand(structured - by_force) == 0


@pytest.mark.parametrize(("terms", "dim"), [("two-sided", 1), ("two-sided", 2), ("one-sided over p", 1)])
def test_centred_penalties_of_the_second_order(terms, dim):
    structured, by_force = at_polynomials(Objective(WASSERSTEIN, *CENTRED_SECOND[terms]), dim)
    assert structured != 0
    assert sp.expand(structured - by_force) == 0


def test_there_are_at_least_120_combinations():
    singles, several = len(list(weighted_cases())), 4 * len(SUMS) + len(CENTRED_CASES) + 3
    assert singles + several >= 120


def test_the_variation_is_the_derivative_of_the_integral():
    """No formula of the package: J[D + εh] integrated by SymPy over a box, h zero to third order at its faces."""
    x = coordinates(2)
    unknown, step = sp.Function("D", real=True)(*x), sp.Symbol("epsilon")
    D, P, Q = generic_polynomial(x, 3, 3), 1 + x[0] / 3 + x[1] ** 2 / 5, 2 + x[0] * x[1] / 7
    h = (x[0] * (1 - x[0]) * x[1] * (1 - x[1])) ** 3 * (1 + x[0] / 2 - x[1] / 3)
    objective = Objective(PEARSON, GradientPenalty(1, over=p) * lam, GradientPenalty(2, over=q))

    def integral(f):
        return sp.Poly(sp.expand(f), *x).integrate(x[0]).integrate(x[1]).eval({x[0]: 1, x[1]: 1})

    moved = objective.lagrangian(D + step * h, P, Q, x).doit()
    slope = integral(sp.diff(moved, step).subs(step, 0))
    equation = first_variation(objective.lagrangian(unknown, P, Q, x), unknown, x, at=D)
    assert slope != 0
    assert sp.expand(slope - integral(equation * h)) == 0


@pytest.mark.parametrize(("dim", "order"), [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1)])
def test_sympy_agrees_where_it_answers(unknowns, dim, order):
    x, D, P, Q, _ = unknowns(dim)
    lagrangian = Objective(LEAST_SQUARES, lam * GradientPenalty(order, over=p)).lagrangian(D, P, Q, x)
    (theirs,) = euler_equations(lagrangian, [D], list(x))
    assert sp.expand((first_variation(lagrangian, D, x) - theirs.lhs).doit()) == 0


def test_sympy_answers_wrongly_on_an_integral_and_we_refuse(unknowns):
    (x,), D, *_ = unknowns(1)
    functional = sp.Integral(D**2 + D.diff(x) ** 2, (x, 0, 1))
    theirs = euler_equations(functional, [D], [x])
    right = 2 * D - 2 * D.diff(x, 2)
    assert not any(sp.simplify(getattr(e, "lhs", sp.nan) - right) == 0 for e in theirs)
    with pytest.raises(Refusal, match="without integrals"):
        first_variation(functional, D, (x,))
    assert sp.expand(first_variation(functional.function, D, (x,)) - right) == 0


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_null_lagrangians_have_variation_zero_where_sympy_gives_nothing(unknowns, dim):
    x, D, *_ = unknowns(dim)
    divergence = sum(sp.diff(D**2 * xi + sp.sin(D) * x[0], xi) for xi in x)
    assert euler_equations(divergence.doit(), [D], list(x)) == []
    assert sp.expand(first_variation(divergence, D, x)) == 0
    if dim > 1:  # the determinant of the Hessian: null, of second order
        hessian = D.diff(x[0], 2) * D.diff(x[1], 2) - D.diff(x[0], x[1]) ** 2
        assert sp.expand(first_variation(hessian, D, x)) == 0


def test_the_expanded_form_holds_every_term_once(unknowns):
    x, D, P, *_ = unknowns(3)
    found = weighted_divergence(D, x, 3, P)
    assert found == sp.expand(found)
    assert len(found.args) == 56


@pytest.mark.parametrize(
    ("terms", "dim"),
    [(t, n) for t in (*CENTRED.values(), CENTRED_SECOND["two-sided"], *SUMS.values()) for n in (1, 2)],
)
def test_the_symbol_is_the_hessian_of_the_integrand_in_the_highest_derivatives(terms, dim):
    """Σ ∂²L/∂(∂^α D)∂(∂^β D) ξ^{α+β} by brute force, and by the formula of the terms."""
    x, xi = coordinates(dim), sp.symbols("xi1:4", real=True)[:dim]
    unknown, D = sp.Function("D", real=True)(*x), powers_of_waves(x, 5)
    densities = [1 + x[0] ** 2, 2 + x[-1] ** 2, 3 + x[0]]
    objective = Objective(WASSERSTEIN, *terms)
    values = {lam: 2, other: 3, kappa: 5, K: sp.Rational(1, 50), a: 7}
    point = {s: sp.Rational(i + 1, 3) for i, s in enumerate(x)}
    P, Q, N = densities
    by_force = legendre_form(objective.lagrangian(unknown, P, Q, x, N), unknown, x, xi).subs(unknown, D)
    structured = objective.euler_lagrange().symbol(xi, D, P, Q, x, N)
    sides = [sp.expand(side.doit().subs(values).subs(point)) for side in (structured, by_force)]
    assert sides[0] != 0
    assert sp.expand(sides[0] - sides[1]) == 0


@pytest.mark.parametrize("slope", [sp.Rational(1, 3), sp.Rational(5, 3)])
@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("terms", CENTRED)
def test_the_bound_of_ellipticity_is_attained_across_the_gradient(terms, slope, dim):
    """At |∇D| = s the symbol over unit ξ is least across ∇D (along it for n = 1): that value is Λ(s)."""
    x = coordinates(dim)
    equation = Objective(WASSERSTEIN, *CENTRED[terms]).euler_lagrange()
    values = {lam: 2, other: 3, K: 1, p: 2, q: 5, nu: 7}
    directions = [[int(i == j) for i in range(dim)] for j in range(dim)]
    symbols = [equation.symbol(xi, slope * x[0], p, q, x, nu).doit().subs(values) for xi in directions]
    bound = equation.degeneracy(dim).bound.subs(sp.Symbol("s", positive=True), slope).subs(values)
    assert min(symbols) == bound


def test_degeneracy_is_said():
    def says(dim, *terms):
        return Objective(WASSERSTEIN, *terms).euler_lagrange().degeneracy(dim).reason

    assert says(2, GradientPenalty(2)) == "elliptic everywhere"
    assert says(2, GradientPenalty(1, over=p)) == "degenerate where its weight p vanishes"
    assert says(2, GradientPenalty(1, centre=1, one_sided=True)) == "degenerate where |∇D| ≤ 1"
    assert "not elliptic where |∇D| < 1" in says(2, GradientPenalty(1, centre=1))
    assert "concave kink" in says(1, GradientPenalty(1, centre=1))
    assert "∇^m D" in says(2, GradientPenalty(2, centre=1))
    assert says(2, GradientPenalty(1), GradientPenalty(1, centre=1, one_sided=True)) == "elliptic everywhere"
    pointwise = Objective(LEAST_SQUARES).euler_lagrange()
    assert pointwise.degeneracy(1).bound == p + q
    assert pointwise.symbol((1,), sp.Symbol("D"), p, q, coordinates(1)) == p + q
    assert str(pointwise.degeneracy(1)).endswith("Λ = p + q)")
