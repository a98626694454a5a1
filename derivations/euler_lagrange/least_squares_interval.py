"""Least squares under λ∫ w|D′|² on an interval, natural ends: D lies between the labels, and differences have order 2."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import sympy as sp
from scipy.integrate import solve_bvp

from gantheory.claims import Agreement, Claim, Convergence, Rivals, Step
from gantheory.discriminators import FiniteDifferences, solve
from gantheory.grids import BoxGrid
from gantheory.objectives import Boundary, Box, GradientPenalty, Objective, least_squares
from gantheory.symbolic import coordinates, first_variation, nu, p, q
from gantheory.testing import ExpressedDensity

(x,) = coordinates(1)
a, b = sp.symbols("a b", real=True)
lam, step = sp.symbols("lambda h", positive=True)
real, fake, weight = (sp.Function(name, positive=True)(x) for name in ("p", "q", "nu"))
D, h = (sp.Function(name, real=True)(x) for name in ("D", "h"))
TOLERANCE = 1e-9  # of the residuals of SciPy's collocation
SOURCE = "asokan2022lsgans, the discriminator under a gradient penalty; derived"


def objective(low: sp.Expr, high: sp.Expr, size: sp.Expr, over: sp.Expr) -> Objective:
    """½E_p[(D − b)²] + ½E_q[(D − a)²] + λ∫ w|D′|²."""
    return Objective(least_squares(low, high), size * GradientPenalty(1, over=over))


WEIGHTED = objective(a, b, lam, nu)


def by_force() -> sp.Expr:
    """δJ/δD of the Lagrangian."""
    return first_variation(WEIGHTED.lagrangian(D, real, fake, (x,), weight), D, (x,))


def by_hand() -> sp.Expr:
    """p (D − b) + q (D − a) − 2λ(w D′)′."""
    return real * (D - b) + fake * (D - a) - 2 * lam * sp.diff(weight * D.diff(x), x)


def equation(d: sp.Expr) -> sp.Expr:
    """δJ/δD at d as the package has it."""
    left, right = WEIGHTED.euler_lagrange().at(d, real, fake, (x,), weight)
    return left - right


def tested(label: sp.Expr, sign: int) -> sp.Expr:
    """The equation at D = label ± h times ±h, and 2λ(w h h′)′, whose integral natural ends make 0."""
    return equation(label + sign * h).doit() * sign * h + sp.diff(2 * lam * weight * h * h.diff(x), x)


def squares(other: sp.Expr) -> sp.Expr:
    """(p + q) h² + (b − a) h × the density with the other label + 2λ w h′²."""
    return (real + fake) * h**2 + (b - a) * h * other + 2 * lam * weight * h.diff(x) ** 2


@dataclass(frozen=True)
class Case:
    """p, q and w as expressions, labels a and b, λ, and the interval."""

    sides: tuple[sp.Expr, sp.Expr]
    labels: tuple[float, float]
    size: float
    over: sp.Expr = (p + 2 * q) / 3
    ends: tuple[float, float] = (-0.6, 1.3)

    def differences(self, n: int) -> np.ndarray:
        """D at n + 1 nodes, by the package."""
        grid = BoxGrid(self.ends[:1], self.ends[1:], (n + 1,), Boundary.NATURAL)
        laws = (ExpressedDensity(side, 1) for side in self.sides)
        low, high = map(sp.Float, self.labels)
        J = objective(low, high, sp.Float(self.size), self.over)
        return solve(J, *laws, solver=FiniteDifferences(grid))(grid.nodes).numpy()

    def collocation(self, n: int) -> np.ndarray:
        """The same by SciPy's collocation for D′ = u/2λw, u′ = p (D − b) + q (D − a), u = 0 at both ends."""
        return _collocated(self)(np.linspace(*self.ends, n + 1))[0]


@cache
def _collocated(case: Case) -> Callable:
    low, high = case.labels
    f, g = (sp.lambdify(x, side, "numpy") for side in case.sides)
    share = sp.lambdify((p, q), case.over, "numpy")

    def slopes(t: np.ndarray, z: np.ndarray) -> np.ndarray:
        pull = f(t) * (z[0] - high) + g(t) * (z[0] - low)
        return np.vstack([z[1] / (2 * case.size * share(f(t), g(t))), pull])

    mesh = np.linspace(*case.ends, 401)
    guess = np.vstack([(high * f(mesh) + low * g(mesh)) / (f(mesh) + g(mesh)), 0 * mesh])
    found = solve_bvp(slopes, lambda s, e: np.array([s[1], e[1]]), mesh, guess, tol=TOLERANCE, max_nodes=100_000)
    if not found.success:
        raise RuntimeError(found.message)
    return found.sol


APART = (sp.exp(3 * sp.sin(3 * x)), sp.exp(4 * sp.cos(4 * x + 1)))  # each far above the other somewhere
BETWEEN = tuple(
    Case(APART, labels, size, over)
    for labels in ((-0.7, 1.6), (1.6, -0.7))
    for size, over in ((3e-3, sp.S.One), (0.1, sp.S.One), (0.1, (p + 2 * q) / 3))
)


def cut() -> np.ndarray:
    """D by differences, cut off at the labels."""
    return np.array([np.clip(case.differences(240), min(case.labels), max(case.labels)) for case in BETWEEN])


def uncut(way: Callable[[Case, int], np.ndarray]) -> np.ndarray:
    """D as it is."""
    return np.array([way(case, 240) for case in BETWEEN])


BOUNDS = Claim(
    name="least-squares-interval-bounds",
    says=(
        "Under λ∫ w|D′|², natural ends, the least-squares discriminator with labels a < b has a ≤ D ≤ b, "
        "and b ≤ D ≤ a where b < a."
    ),
    equation=r"p\,(D - b) + q\,(D - a) = 2\lambda\,(w D')', \quad w D' = 0 \text{ at the ends} \implies a \le D \le b",
    source=SOURCE,
    proof=(
        Step("the Euler–Lagrange equation", by_force, by_hand),
        Step("as the package has it", lambda: equation(D), by_hand),
        Step(
            "its natural ends",
            lambda: [c.expression for c in WEIGHTED.euler_lagrange().boundary_conditions(Box((0,), (1,)))],
            lambda: [2 * lam * weight * D.diff(x)],
        ),
        Step("above b, h = (D − b)₊: a sum of squares and (b − a) q h", partial(tested, b, 1), partial(squares, fake)),
        Step("below a, h = (a − D)₊: a sum of squares and (b − a) p h", partial(tested, a, -1), partial(squares, real)),
    ),
    witness=Agreement(
        (
            Step("finite differences stay between the labels", cut, partial(uncut, Case.differences), Rivals(1e-14)),
            Step("and agree with SciPy's collocation", partial(uncut, Case.collocation), cut, Rivals(5e-4)),
        )
    ),
)

SMOOTH = Case((sp.exp(sp.sin(3 * x) + x / 5), sp.exp(sp.cos(4 * x + 1) - x) / 2), (-0.7, 1.6), 0.3)


def expanded(rule: Callable[[Callable], sp.Expr]) -> list[sp.Expr]:
    """The coefficients of 1, h, h² in what a rule makes of D(0), D(±h), by Taylor's polynomial with D⁽ᵏ⁾(0) = d_k."""
    known = sp.symbols("d0:6")
    found = sp.expand(rule(lambda at: sum(d * at**k / sp.factorial(k) for k, d in enumerate(known))))
    return [found.coeff(step, k) for k in range(3)]


def inside() -> list[sp.Expr]:
    """(D(h) − 2D(0) + D(−h))/h²."""
    return expanded(lambda f: (f(step) - 2 * f(sp.S.Zero) + f(-step)) / step**2)


def at_an_end() -> list[sp.Expr]:
    """(D(h) − D(0))/h − ½h D″(0): the flux of the last face, less what half a cell takes of it."""
    return expanded(lambda f: (f(step) - f(sp.S.Zero)) / step - step * sp.Symbol("d2") / 2)


def gap(size: float) -> float:
    """The largest distance of finite differences from SciPy's collocation."""
    n = round(1 / size)
    return float(np.abs(SMOOTH.differences(n) - SMOOTH.collocation(n)).max())


ORDER = Claim(
    name="least-squares-interval-order",
    says="There finite differences converge at order 2 in the maximum norm, natural ends and variable weights included.",
    equation=r"\max_i |D_h(x_i) - D(x_i)| = O(h^2)",
    source="leveque2007finite, chapter 2; derived",
    proof=(
        Step("inside, the error of D″ is h² D⁗/12", inside, lambda: [sp.Symbol("d2"), sp.S.Zero, sp.Symbol("d4") / 12]),
        Step("at an end, that of the flux D′ is h² D‴/6", at_an_end, lambda: [sp.Symbol("d1"), sp.S.Zero, sp.Symbol("d3") / 6]),
    ),
    witness=Convergence(gap, (1 / 16, 1 / 32, 1 / 64, 1 / 128), 2, 1e-4, (1 / 256,), tolerance=0.02, quantity="maximum error"),
)
