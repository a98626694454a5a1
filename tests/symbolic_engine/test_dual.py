"""The dual value, the multiplier, what the flow dissipates, and the Hessian along directions of the generator."""

import mpmath as mp
import pytest
import sympy as sp

from gantheory._errors import Refusal
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    NON_SATURATING,
    WASSERSTEIN,
    Boundary,
    Box,
    Dual,
    GradientPenalty,
    Loss,
    Motion,
    Objective,
    Space,
    Torus,
    dissipation,
    generator_hessian,
    least_squares,
    scaling_curvature,
    screened_terms,
    translation_curvature,
)
from gantheory.objectives.dual import MMD, budget
from gantheory.symbolic import coordinates, fundamental_solution, nu, p, q, r, y
from tests.cases import PEARSON, generic_polynomial, product

lam = sp.Symbol("lambda", positive=True)
(x,) = coordinates(1)
UNIT = Box((0,), (1,))


@pytest.mark.parametrize(
    "domain", [Space(1), Space(3), Torus((1.0, 2.0)), Box((0, 0), (1, 1)), Box((0,), (1,), Boundary.DIRICHLET)]
)
def test_the_multiplier_is_the_saddle_of_the_constrained_problem(domain):
    """max over λ of min J − λ c: stationary at λ*, where the penalty is c and the value −√c MMD."""
    dual = Dual(Objective(Loss(-3 * y, 3 * y), *screened_terms(1, 2, lam)), domain)
    best = {dual.weight: dual.multiplier}
    lagrangian = dual.value - dual.weight * budget
    assert sp.simplify(sp.diff(lagrangian, dual.weight).subs(best)) == 0
    assert sp.diff(lagrangian, dual.weight, 2).subs(best).subs({MMD: 2, budget: 3}) < 0
    assert sp.simplify(dual.penalty.subs(best) - budget) == 0
    assert sp.simplify((dual.gap - dual.constrained_gap).subs(best)) == 0
    assert sp.simplify(lagrangian.subs(best) + 3 * dual.constrained_gap) == 0
    assert sp.simplify(dual.value - (-3 * dual.gap + dual.weight * dual.penalty)) == 0


def test_named_values_of_poly_wgan():
    dual = Dual(Objective(WASSERSTEIN, lam * GradientPenalty(2)), Space(3))
    assert dual.value == -(MMD**2) / (4 * lam)
    assert dual.gap == MMD**2 / (2 * lam)
    assert dual.multiplier == MMD / (2 * sp.sqrt(budget))
    assert dual.constrained_gap == sp.sqrt(budget) * MMD
    assert "constant polynomial part" in dual.condition
    assert str(dual) == "min J = -MMD²/(4*λ), λ* = MMD/(2*√c)"
    assert Dual(Objective(Loss(1 - y, 2 + y), lam * GradientPenalty(1)), Space(3)).value == 3 - MMD**2 / (4 * lam)
    assert Dual(Objective(WASSERSTEIN, *screened_terms(1, 1)), Space(1)).condition == ""


def critic(weights, g):
    """p, q, W and D on [0, 1] with W = Σ λ_i w_i and D′ = (F_q − F_p)/2W = −g/2: solve W = W(p, q), p − q = (W g)′ for p, q."""
    of_p, of_q = (sp.Add(*(k * sp.diff(w, s) for k, w in weights)) for s in (p, q))
    whole = 1 + generic_polynomial((x,), 3, 2)
    W = whole if of_p + of_q != 0 else weights[0][0]
    source = sp.diff(W * g, x)
    P = (W + of_q * source) / (of_p + of_q) if of_p + of_q != 0 else whole
    return sp.expand(P), sp.expand(P - source), W, sp.integrate(sp.expand(-g / 2), x)


WEIGHTS = {
    "1": ((sp.Integer(3), sp.S.One),),
    "p": ((sp.Integer(2), p),),
    "q": ((sp.Integer(2), q),),
    "mean": ((sp.Integer(5), (p + q) / 2),),
    "p and 2q": ((sp.Integer(3), p), (sp.Integer(6), q)),
}
BUMP = x * (1 - x) * (1 + x / 3) / 5


@pytest.mark.parametrize("name", WEIGHTS)
def test_on_an_interval_the_value_is_the_integral_of_squared_distribution_functions(name):
    """J at D′ = (F_q − F_p)/2λw against the closed form, both exact; the densities are made so that all are polynomials."""
    P, Q, _, D = critic(WEIGHTS[name], BUMP)
    objective = Objective(WASSERSTEIN, *(k * GradientPenalty(1, over=w) for k, w in WEIGHTS[name]))
    left, right = objective.euler_lagrange().at(D, P, Q, (x,))
    assert sp.expand(left - right) == 0
    dual = Dual(objective, UNIT)
    least = sp.integrate(sp.expand(objective.lagrangian(D, P, Q, (x,)).doit()), (x, 0, 1))
    functions = {sp.Function("F_p", real=True)(x): sp.integrate(P - Q, x), sp.Function("F_q", real=True)(x): 0}
    densities = {sp.Function(s.name, positive=True)(x): f for s, f in ((p, P), (q, Q))}

    def evaluated(value):
        inner = next(iter(value.atoms(sp.Integral)))
        integrand = sp.cancel(inner.function.subs(functions | densities))
        return value.xreplace({inner: sp.integrate(integrand, (x, 0, 1))})

    assert least != 0
    assert sp.simplify(evaluated(dual.value) - least) == 0
    gap = sp.integrate(sp.expand(D * (P - Q)), (x, 0, 1))
    assert sp.simplify(evaluated(dual.gap) - gap) == 0
    assert sp.simplify(evaluated(dual.penalty) * dual.weight - least - gap) == 0


@pytest.mark.parametrize(
    ("objective", "domain", "words"),
    [
        (Objective(LEAST_SQUARES, GradientPenalty(1)), Space(1), "curved in D"),
        (Objective(WASSERSTEIN), Space(1), "without a penalty"),
        (Objective(WASSERSTEIN, GradientPenalty(1, centre=1)), Space(1), "centre"),
        (Objective(Loss(-2 * y, y), GradientPenalty(1)), Space(1), "different slopes"),
        (Objective(WASSERSTEIN, GradientPenalty(2)), Space(1), "annihilates"),
        (Objective(WASSERSTEIN, GradientPenalty(2)), Box((0,), (1,)), "annihilates"),
    ],
)
def test_no_closed_form_has_a_reason(objective, domain, words):
    dual = Dual(objective, domain)
    assert words in dual.reason
    assert str(dual).startswith("no closed form: ")
    assert dual.condition == ""
    for value in (dual.value, dual.gap, dual.penalty, dual.multiplier, dual.constrained_gap, dual.weight, dual.squared_norm):
        assert value is None


def test_where_a_constant_of_integration_is_left_the_norm_stays_a_symbol():
    for domain in (Torus((1.0,)), Box((0,), (1,), Boundary.DIRICHLET)):
        assert Dual(Objective(WASSERSTEIN, GradientPenalty(1)), domain).squared_norm == MMD**2
    assert Dual(Objective(WASSERSTEIN, GradientPenalty(1, over=nu)), Space(1)).squared_norm.has(sp.Integral)


@pytest.mark.parametrize("name", WEIGHTS)
def test_dissipation_is_the_derivative_of_the_dual_value(name):
    """d/dt ∫ (F_p − F_q)²/4W dx with d/dt q = −(q D′)′, on an interval: exact, with weights that move."""
    P, Q, W, D = critic(WEIGHTS[name], BUMP)
    objective = Objective(WASSERSTEIN, *(k * GradientPenalty(1, over=w) for k, w in WEIGHTS[name]))
    slope = sp.Add(*(k * sp.diff(w, q) for k, w in WEIGHTS[name]))  # ∂W/∂q
    v = sp.diff(D, x)
    s = -2 * W * v  # F_p − F_q
    rate = 2 * s * Q * v / (4 * W) + s**2 * slope * sp.diff(Q * v, x) / (4 * W**2)
    expected = sp.integrate(sp.cancel(rate), (x, 0, 1))
    found = dissipation(objective)
    assert expected != 0
    assert sp.expand(sp.integrate(sp.expand(found.integrand(D, P, Q, (x,))), (x, 0, 1)) - expected) == 0
    assert bool(found.moving) == (slope != 0)
    assert found.everywhere == (slope == 0)


@pytest.mark.parametrize("loss", [LEAST_SQUARES, PEARSON, least_squares(-1, 2, 0), Loss(-y, y + y**2 / 4, -y - y**2 / 4)])
def test_without_a_penalty_it_is_the_derivative_of_the_divergence(loss):
    """(∂_q f)′ q v, the integrand of ∫ ∂_q f ∂_t q dx by parts, with f the divergence found by SymPy."""
    P, Q = 2 + x**2, 1 + x / 3
    best = loss.optimum().subs({p: P, q: Q})
    slope = sp.diff(loss.divergence(), q).subs({p: P, q: Q})
    v = -sp.diff(loss.generator, y).subs(y, best) * sp.diff(best, x)
    found = dissipation(Objective(loss)).integrand(best, P, Q, (x,))
    assert sp.simplify(found) != 0
    assert sp.simplify(found - sp.diff(slope, x) * Q * v) == 0


@pytest.mark.parametrize(
    ("loss", "everywhere", "at_optimum"),
    [
        (WASSERSTEIN, True, None),
        (LOGISTIC, True, True),
        (NON_SATURATING, True, True),
        (LEAST_SQUARES, False, True),
        (PEARSON, False, True),
        (least_squares(-1, 1, 0), False, False),
    ],
)
def test_signs_of_the_rate(loss, everywhere, at_optimum):
    found = dissipation(Objective(loss, GradientPenalty(1)))
    assert found.everywhere is everywhere
    assert found.at_optimum is at_optimum
    assert ("every value" in found.says) == everywhere
    assert found.says in str(found)


def test_the_hinge_falls_everywhere_and_moving_weights_have_no_sign():
    assert dissipation(Objective(HINGE)).everywhere
    moving = dissipation(Objective(WASSERSTEIN, GradientPenalty(1, over=q)))
    assert "without a sign" in moving.says
    assert str(moving).startswith("d/dt (−min J) = E_q[−|∇D|²] + …")
    with pytest.raises(Refusal, match="moves with q in no closed form"):
        dissipation(Objective(WASSERSTEIN, GradientPenalty(1, over=nu)))


def mean_power(a, n, variance, distance):
    """E|V|^a for V ~ N(d, variance I): noncentral, by Kummer's function."""
    scale = (2 * variance) ** (mp.mpf(a) / 2) * mp.gamma((n + a) / mp.mpf(2)) / mp.gamma(n / mp.mpf(2))
    return scale * mp.hyp1f1(-mp.mpf(a) / 2, n / mp.mpf(2), -(distance**2) / (2 * variance))


def squared_mmd(mean, n):
    """(t, σ) ↦ MMD²(N(0, I), N(t e, σ² I)) from the mean kernel E k(|N(d, v I)|) = mean(v, d)."""
    return lambda t, s: mean(mp.mpf(2), mp.mpf(0)) + mean(2 * s**2, mp.mpf(0)) - 2 * mean(1 + s**2, t)


@pytest.mark.parametrize(("a", "n"), [*product((1, 3, 5, sp.Rational(3, 2)), (1, 2, 3, 5)), (-1, 3), (-2, 5)])
def test_curvatures_are_second_derivatives_of_the_discrepancy(a, n):
    with mp.workdps(40):
        L = squared_mmd(lambda v, d: mean_power(mp.mpf(a.p) / a.q if isinstance(a, sp.Rational) else a, n, v, d), n)
        numbers = [mp.diff(lambda t: L(t, mp.mpf(1)), 0, 2), mp.diff(lambda s: L(mp.mpf(0), s), 1, 2)]
        found = [sp.N(f(r**a, n), 30) for f in (translation_curvature, scaling_curvature)]
        assert all(abs(u - mp.mpf(str(v))) < 1e-9 * max(1, abs(u)) for u, v in zip(numbers, found, strict=True))


@pytest.mark.parametrize(("a", "n"), product((0, 2), (1, 2, 3)))
def test_logarithms_are_derivatives_in_the_exponent(a, n):
    """r^a log r = lim (r^{a+h} − r^{a−h})/2h, of the discrepancy itself."""
    with mp.workdps(60):
        h = mp.mpf(10) ** -15
        L = [squared_mmd(lambda v, d, e=e: mean_power(a + e, n, v, d), n) for e in (h, -h)]
        along = [(mp.diff(lambda t, f=f: f(t, mp.mpf(1)), 0, 2), mp.diff(lambda s, f=f: f(mp.mpf(0), s), 1, 2)) for f in L]
        numbers = [(u - v) / (2 * h) for u, v in zip(*along, strict=True)]
        found = [sp.N(f(r**a * sp.log(r), n), 30) for f in (translation_curvature, scaling_curvature)]
        assert all(abs(u - mp.mpf(str(v))) < 1e-8 * max(1, abs(u)) for u, v in zip(numbers, found, strict=True))


def even_moment(power, S, m):
    """E|V|^2, E|V|^4 for V ~ N(m, S), and E|V|^6 for m = 0."""
    t1, t2, t3 = (sp.trace(S**k) for k in (1, 2, 3))
    size = m.dot(m)
    if power == 2:
        return t1 + size
    if power == 4:
        return (t1 + size) ** 2 + 2 * t2 + 4 * (m.T * S * m)[0]
    return t1**3 + 6 * t1 * t2 + 8 * t3


@pytest.mark.parametrize(("power", "n"), product((2, 4, 6), (2, 3)))
def test_the_hessian_of_affine_motions_is_that_of_the_discrepancy(power, n):
    """∂²/∂θ_i∂θ_j of MMD²(N(0, I), law of X + Σ θ_i φ_i(X)), exact for even powers, with no symmetric matrix."""
    theta = sp.symbols("theta1:3", real=True)
    matrices = [sp.Matrix(n, n, lambda i, j, k=k: sp.Rational(1 + (2 * i + 3 * j + 5 * k) % 7, 3 + k)) for k in (0, 1)]
    shifts = [sp.Matrix(n, 1, lambda i, j, k=k: sp.Integer(i - 2 * k + 1) * (power < 6)) for k in (0, 1)]
    A = sp.eye(n) + theta[0] * matrices[0] + theta[1] * matrices[1]
    m = theta[0] * shifts[0] + theta[1] * shifts[1]
    zero, S = sp.zeros(n, 1), A * A.T
    L = even_moment(power, 2 * S, zero) - 2 * even_moment(power, sp.eye(n) + S, m)
    expected = sp.Matrix(2, 2, lambda i, j: sp.diff(L, theta[i], theta[j]).subs(dict.fromkeys(theta, 0)))
    motions = [Motion(n, tuple(b), M.tolist()) for b, M in zip(shifts, matrices, strict=True)]
    assert expected != sp.zeros(2, 2)
    assert sp.simplify(generator_hessian(r**power, *motions) - expected) == sp.zeros(2, 2)


def test_poly_wgan_of_one_dimension():
    """The kernels r³/12 (unstable mean) and −r/2 (stable)."""
    translation, scaling = Motion(1, (1,)), Motion(1, (), ((1,),))
    for m, expected in ((2, (-2, 1)), (1, (1, sp.Rational(1, 2)))):
        found = generator_hessian(fundamental_solution(m, 1), translation, scaling)
        assert found == sp.diag(*expected) / sp.sqrt(sp.pi)


def test_symbolic_dimension_and_exponent():
    n, a = sp.symbols("n a", positive=True)
    for f in (translation_curvature, scaling_curvature):
        assert sp.simplify(f(r**a, n).subs({a: 3, n: 2}) - f(r**3, 2)) == 0
        assert f(sp.Integer(4), n) == 0
    rotation = Motion(2, (), ((0, 1), (-1, 0)))
    assert generator_hessian(r**3, rotation) == sp.zeros(1, 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: translation_curvature(sp.exp(-r), 1), "sums of r"),
        (lambda: translation_curvature(r**-2, 1), "a > −n"),
        (lambda: Motion(2, (1,)), "shift of n numbers"),
        (lambda: Motion(2, (), ((1,),)), "n × n"),
        (lambda: generator_hessian(r), "one space"),
        (lambda: generator_hessian(r, Motion(1, (1,)), Motion(2, (1, 0))), "one space"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal, match=words):
        make()
