"""Divergences over invariant fields: the (f, Γ)-divergences of the averaged laws."""

from functools import cache, partial
from itertools import combinations

import numpy as np
import sympy as sp
from scipy.optimize import minimize, minimize_scalar
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from derivations.symmetry._shared import GROUPS, cloud, orbits
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.measures import Empirical
from gantheory.metrics import orbit_cost, wasserstein
from gantheory.objectives import Loss
from gantheory.symbolic import p, q, y

GROUP = GROUPS["C3"]
a, b = sp.symbols("a b", real=True)


def kullback(values: np.ndarray, weights: np.ndarray) -> float:
    """Λ(γ) = log E_P e^γ, for the divergence of Kullback and Leibler."""
    return float(logsumexp(values, b=weights))


def kullback_slope(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Its gradient."""
    shares = weights * np.exp(values - values.max())
    return shares / shares.sum()


def pearson(values: np.ndarray, weights: np.ndarray) -> float:
    """E_P f*(γ) for α = 2: f*(y) = y₊²/2 + 1/2."""
    return float(weights @ (np.maximum(values, 0) ** 2 + 1) / 2)


def pearson_slope(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Its gradient."""
    return weights * np.maximum(values, 0)


FAMILIES = {"KL": (kullback, kullback_slope), "Pearson": (pearson, pearson_slope)}


def best(name: str, distances: np.ndarray, high: np.ndarray, low: np.ndarray) -> tuple[float, np.ndarray]:
    """max E_Q γ − Λ_P(γ) over 1-Lipschitz γ on points with these distances, by SLSQP; high, low: the masses of Q and P."""
    value, slope = FAMILIES[name]
    i, j = map(list, zip(*combinations(range(len(high)), 2), strict=True))
    rows = np.zeros((len(i), len(high)))
    rows[range(len(i)), i], rows[range(len(i)), j] = 1, -1
    rows, bounds = np.concatenate([rows, -rows]), np.tile(distances[i, j], 2)
    held = {"type": "ineq", "fun": lambda g: bounds - rows @ g, "jac": lambda g: -rows}
    found = minimize(
        lambda g: value(g, low) - high @ g, np.zeros(len(high)), jac=lambda g: slope(g, low) - high,
        constraints=[held], method="SLSQP", options={"ftol": 1e-14, "maxiter": 300},
    )  # fmt: skip
    return -float(found.fun), found.x


@cache
def pair() -> tuple[Empirical, Empirical]:
    """Q and P: 3 and 4 weighted points."""
    return cloud(3, 2, 1, 0.9), cloud(4, 2, 2, -0.1)


def together() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The points of both, and the masses of Q and P on them."""
    Q, P = pair()
    points = np.concatenate([Q.points.numpy(), P.points.numpy()])
    return points, np.concatenate([Q.weights.numpy(), np.zeros(4)]), np.concatenate([np.zeros(3), P.weights.numpy()])


def over_invariant(name: str) -> float:
    """The divergence over invariant fields: 1-Lipschitz for the package's distance of orbits."""
    points, high, low = together()
    both = Empirical(pair()[0].points.new_tensor(points))
    return best(name, orbit_cost(both, both, GROUP, 1), high, low)[0]


def between_averages(name: str) -> float:
    """The divergence between the averaged laws over all 1-Lipschitz fields, on every image."""
    points, high, low = together()
    images = orbits(Empirical(pair()[0].points.new_tensor(points)), GROUP)[0]
    k = GROUP.order
    return best(name, cdist(images, images), np.tile(high, k) / k, np.tile(low, k) / k)[0]


def between_laws(name: str) -> float:
    """The divergence between the laws themselves."""
    points, high, low = together()
    return best(name, cdist(points, points), high, low)[0]


def violations(name: str) -> float:
    """1 + the number of the two inequalities 0 < D_inv < D that fail."""
    inside, whole = over_invariant(name), between_laws(name)
    return 1.0 + (not inside > 1e-3) + (not inside + 1e-3 < whole)


GAINS = {
    "KL": ((sp.exp(a) + sp.exp(b)) / 2 - sp.exp((a + b) / 2), (sp.exp(a / 2) - sp.exp(b / 2)) ** 2 / 2),
    "Pearson": ((a**2 + b**2) / 4 - ((a + b) / 2) ** 2 / 2, (a - b) ** 2 / 8),
}


def divergence_claim(name: str) -> Claim:
    """The theorem for one f."""
    return Claim(
        name=f"invariant-discriminator-{name.lower()}",
        says=f"Over 1-Lipschitz fields, D_{name} with an invariant discriminator is D_{name} of the averaged laws, and at most "
        "D of the laws: averaging a field raises the objective, by Jensen.",
        equation=r"D^{\Gamma_\Sigma^{inv}}(Q|P) = D^\Gamma(S^\Sigma[Q]|S^\Sigma[P]) \le D^\Gamma(Q|P)",
        source="birrell2022structure, the theorem on invariant discriminators",
        proof=(
            Step(
                "two images: what averaging gains is a square",
                partial(lambda n: sp.expand(GAINS[n][0]), name),
                partial(lambda n: sp.powsimp(sp.expand(GAINS[n][1])), name),
            ),
        ),
        witness=Agreement(
            (
                Step("C3: orbits, all images", partial(over_invariant, name), partial(between_averages, name), Rivals(1e-6)),
                Step("1 + failures of 0 < D_inv < D", partial(violations, name), lambda: 1.0, Rivals(1e-9)),
            )
        ),
    )


DIVERGENCES = tuple(divergence_claim(name) for name in FAMILIES)

g, masses = sp.symbols("g1:4", real=True), sp.symbols("p1:4", positive=True)


def tilted() -> tuple[list[sp.Expr], sp.Expr]:
    """η_i = p_i e^{g_i}/Z, and Z."""
    total = sp.Add(*(m * sp.exp(e) for m, e in zip(masses, g, strict=True)))
    return [m * sp.exp(e) / total for m, e in zip(masses, g, strict=True)], total


def divergence_of_tilted() -> sp.Expr:
    """KL(η|p) = Σ η log(η/p)."""
    eta, _ = tilted()
    return sp.Add(*(e * sp.expand_log(sp.log(sp.powsimp(e / m)), force=True) for e, m in zip(eta, masses, strict=True)))


def by_potential() -> sp.Expr:
    """Σ η g − log Z."""
    eta, total = tilted()
    return sp.Add(*(e * s for e, s in zip(eta, g, strict=True))) - sp.log(total)


def optimum() -> float:
    """D_KL^Γ(Q|P) by its supremum."""
    return between_laws("KL")


def two_stages() -> float:
    """KL(η*|P) + W1(Q, η*), η* = P e^{γ*}/Z, the second by the package."""
    points, high, low = together()
    gamma = best("KL", cdist(points, points), high, low)[1]
    eta = kullback_slope(gamma, low)
    support = eta > 0
    redistributed = float(eta[support] @ np.log(eta[support] / low[support]))
    Q, P = pair()
    return redistributed + wasserstein(Q, Empirical(P.points, P.weights.new_tensor(eta[support])), order=1)


CONVOLUTION = Claim(
    name="redistribution-then-transport",
    says="D_KL over 1-Lipschitz fields first redistributes mass on the support of P, then transports it: KL plus W1.",
    equation=r"D^{\Gamma}_{KL}(Q|P) = KL(\eta^*|P) + W_1(Q,\eta^*),\quad d\eta^* = \frac{e^{\gamma^*}}{Z}\,dP",
    source="birrell2022fgamma, the infimal convolution",
    proof=(Step("KL of a tilted law, three points", divergence_of_tilted, by_potential),),
    witness=Agreement((Step("supremum, two stages", optimum, two_stages, Rivals(1e-7)),)),
)

alpha, t, z = sp.symbols("alpha t z", positive=True)


def generator_function(power: sp.Expr) -> sp.Expr:
    """f_α(t) = (t^α − 1)/(α(α − 1))."""
    return (t**power - 1) / (power * (power - 1))


def conjugate(power: sp.Expr) -> sp.Expr:
    """The printed f*_α(z), z > 0: z^{α/(α−1)} (α−1)^{α/(α−1)}/α + 1/(α(α−1))."""
    return (z * (power - 1)) ** (power / (power - 1)) / power + 1 / (power * (power - 1))


def at_the_optimum(power: sp.Rational) -> sp.Expr:
    """t z − f(t) at f′(t) = z."""
    optimal = (z * (power - 1)) ** (1 / (power - 1))
    return sp.powsimp(sp.powdenest(optimal * z - generator_function(power).subs(t, optimal), force=True))


def supremum(power: float) -> np.ndarray:
    """max_t t z − f(t) at three z, by SciPy."""
    function = sp.lambdify((t, z), t * z - generator_function(sp.nsimplify(power)))
    tight = {"bounds": (1e-9, 60), "method": "bounded", "options": {"xatol": 1e-10}}
    return np.array([-minimize_scalar(lambda s, v=v: -function(s, v), **tight).fun for v in (0.4, 1.1, 2.3)])


def printed_conjugate(power: float) -> np.ndarray:
    """The formula at the same z."""
    return np.array([float(conjugate(sp.nsimplify(power)).subs(z, v)) for v in (0.4, 1.1, 2.3)])


POWERS = (sp.Rational(3, 2), sp.Integer(2), sp.Integer(3))

CONJUGATE = Claim(
    name="alpha-divergence-conjugate",
    says="The dual side of the α-divergences is the Legendre transform of (t^α − 1)/(α(α−1)).",
    equation=r"f_\alpha^*(z) = \frac{(\alpha-1)^{\alpha/(\alpha-1)}}{\alpha}\,z^{\alpha/(\alpha-1)}"
    r" + \frac{1}{\alpha(\alpha-1)}",
    source="birrell2022structure, the Lipschitz α-divergences",
    proof=tuple(
        Step(f"α = {power}: at the stationary point", partial(at_the_optimum, power), partial(conjugate, power))
        for power in POWERS
    ),
    witness=Agreement(
        tuple(
            Step(
                f"α = {power}: SciPy's supremum",
                partial(supremum, float(power)),
                partial(printed_conjugate, float(power)),
                Rivals(1e-8),
            )
            for power in POWERS
        )
    ),
)

SQUARES = Loss(real=-y, fake=y**2 / 2 + sp.Rational(1, 2))
"""The variational form of α = 2 as a loss: E_q[D²/2 + 1/2] − E_p[D]."""


def chi_squared_by_numpy() -> float:
    """½ Σ (p − q)²/q for two laws on five points."""
    first, second = _laws()
    return float(((first - second) ** 2 / second).sum() / 2)


def by_loss() -> float:
    """The package's divergence of the loss, summed, for the same laws."""
    integrand = sp.lambdify((p, q), SQUARES.divergence())
    return float(integrand(*_laws()).sum())


def _laws() -> tuple[np.ndarray, np.ndarray]:
    raw = np.random.default_rng(3).random((2, 5)) + 0.2
    first, second = raw / raw.sum(1, keepdims=True)
    return first, second


PEARSON = Claim(
    name="alpha-two-is-half-chi-squared",
    says="For α = 2 the optimal discriminator is p/q and the divergence ½χ².",
    equation=r"D_{f_2}(P|Q) = \frac12\int\frac{(p-q)^2}{q}\,dx",
    source="birrell2022structure, the Lipschitz α-divergences",
    proof=(
        Step("the optimum", SQUARES.optimum, lambda: p / q),
        Step("the integrand, up to p − q, whose integral is 0", SQUARES.divergence, lambda: (p - q) ** 2 / (2 * q) + p - q),
    ),
    witness=Agreement((Step("five points", by_loss, chi_squared_by_numpy, Rivals(1e-12)),)),
)
