"""Linear discriminators between two normal laws: every classical loss points along Fisher's direction, SAN along the gap."""

from functools import cache, partial
from math import erf, exp, pi, sqrt

import numpy as np
import sympy as sp
import torch
from scipy.optimize import brentq, minimize

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.lowering import Lowered, lower
from gantheory.measures import Empirical
from gantheory.metrics import direction_alignment
from gantheory.objectives import HINGE, LOGISTIC, NON_SATURATING, Loss
from gantheory.symbolic import p, q, y

GAP = np.array([1.0, 0.6, -0.9])
FACTOR = np.array([[1.0, 0.0, 0.0], [0.5, 0.8, 0.0], [-0.3, 0.2, 1.3]])
COVARIANCE = FACTOR @ FACTOR.T

a, b, c = sp.symbols("a b c", positive=True)
t, tau, mean, u, v = sp.symbols("t tau mu u v", real=True)
D, s = sp.symbols("D s", positive=True)


def normal(dim: int) -> tuple[sp.Matrix, sp.Matrix, sp.Matrix]:
    """A point x, a gap δ, a covariance Σ of two or one dimensions, generic."""
    x, delta = (sp.Matrix(sp.symbols(f"{n}1:{dim + 1}", real=True)) for n in ("x", "d"))
    return (
        x,
        delta,
        sp.Matrix([[a]]) if dim == 1 else sp.Matrix([[a, sp.Symbol("k", real=True)], [sp.Symbol("k", real=True), b]]),
    )


def optimum(dim: int, loss: Loss) -> sp.Expr:
    """D*(p, q) with the densities of N(δ/2, Σ) and N(−δ/2, Σ)."""
    x, delta, S = normal(dim)
    inverse = S.inv()
    exponents = [-((x - sign * delta / 2).T * inverse * (x - sign * delta / 2))[0] / 2 for sign in (1, -1)]
    shape = sp.Symbol("Z", positive=True)
    densities = {p: sp.exp(exponents[0]) / shape, q: sp.exp(exponents[1]) / shape}
    return sp.expand_log(sp.expand_log(loss.optimum(), force=True).subs(densities), force=True)


def fisher(dim: int) -> sp.Expr:
    """⟨Σ⁻¹δ, x⟩."""
    x, delta, S = normal(dim)
    return (x.T * S.inv() * delta)[0]


def nodes(kink: float, reach: float = 12.0, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """z and φ(z) dz of Gauss and Legendre's rule on [−reach, kink] and [kink, reach]: exact for piecewise smooth integrands."""
    z, w = np.polynomial.legendre.leggauss(count)
    middle = float(np.clip(kink, -reach + 1e-3, reach - 1e-3))
    parts = [((hi - lo) * z / 2 + (hi + lo) / 2, (hi - lo) / 2 * w) for lo, hi in ((-reach, middle), (middle, reach))]
    points, mass = (np.concatenate(part) for part in zip(*parts, strict=True))
    return points, mass * np.exp(-(points**2) / 2) / sqrt(2 * pi)


def risk(w: np.ndarray, loss: Loss, dim: int) -> tuple[float, np.ndarray]:
    """E_p ℓ_real(⟨w, x⟩) + E_q ℓ_fake(⟨w, x⟩) for N(±δ/2, Σ) in R^dim, on the line of ⟨w, x⟩, and its gradient."""
    omega = torch.tensor(w, requires_grad=True)
    S, delta = torch.from_numpy(COVARIANCE[:dim, :dim]), torch.from_numpy(GAP[:dim])
    scale, middle = (omega @ S @ omega).sqrt(), omega @ delta / 2
    z, mass = map(torch.from_numpy, nodes(float(((1 - middle) / scale).detach())))
    on_real, on_fake = lowered(loss)
    total = mass @ on_real(middle + scale * z) + mass @ on_fake(-middle - scale * z)
    (slope,) = torch.autograd.grad(total, omega)
    return float(total.detach()), slope.numpy()


@cache
def lowered(loss: Loss) -> tuple[Lowered, Lowered]:
    """Both sides of the loss as functions of tensors."""
    return lower(loss.real, y), lower(loss.fake, y)


@cache
def trained(loss: Loss, dim: int) -> np.ndarray:
    """The w of least risk, by BFGS."""
    found = minimize(risk, 0.3 * np.ones(dim), (loss, dim), jac=True, method="BFGS", options={"gtol": 1e-11})
    return found.x


def fisher_numbers(dim: int) -> np.ndarray:
    """Σ⁻¹δ."""
    return np.linalg.solve(COVARIANCE[:dim, :dim], GAP[:dim])


def hinge_numbers(dim: int) -> np.ndarray:
    """(u/D) Σ⁻¹δ, u = 1/(t + D/2), φ(t)/Φ(t) = D/2."""
    w = fisher_numbers(dim)
    size = sqrt(w @ GAP[:dim])
    ratio = lambda x: sqrt(2 / pi) * exp(-x * x / 2) / (1 + erf(x / sqrt(2))) - size / 2  # noqa: E731
    return w / (size * (brentq(ratio, -6, 6, xtol=1e-15) + size / 2))


def logistic(name: str, loss: Loss, words: str) -> Claim:
    """The claim for a loss whose optimum is log(p/q)."""
    return Claim(
        name=f"fisher-direction-{name}",
        says=f"Between N(δ/2, Σ) and N(−δ/2, Σ) the {words} discriminator is ⟨Σ⁻¹δ, x⟩, without a bias.",
        equation=r"w^* = \Sigma^{-1}\delta,\qquad b^* = 0",
        source="goodfellow2014generative, proposition 1, for the optimum log(p/q)",
        proof=tuple(Step(f"d = {n}: log(p/q) of the two laws", partial(optimum, n, loss), partial(fisher, n)) for n in (1, 2)),
        witness=Agreement(
            tuple(
                Step(f"d = {n}: the least risk by BFGS", partial(trained, loss, n), partial(fisher_numbers, n), Rivals(1e-6))
                for n in (1, 2, 3)
            )
        ),
    )


def phi(x: sp.Expr) -> sp.Expr:
    """The normal density."""
    return sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)


def Phi(x: sp.Expr) -> sp.Expr:
    """The normal distribution function."""
    return sp.erfc(-x / sp.sqrt(2)) / 2


def hinge_mean() -> sp.Expr:
    """E(1 − f)₊ for f ~ N(μ, s²) as a function of μ and s."""
    edge = (1 - mean) / s
    return s * (edge * Phi(edge) + phi(edge))


def hinge_integral() -> sp.Expr:
    """∫ s(τ − z)₊ φ(z) dz."""
    z = sp.Symbol("z", real=True)
    return sp.integrate(s * (tau - z) * phi(z), (z, -sp.oo, tau))


def balance(side: int) -> list[sp.Expr]:
    """At w = cΣ⁻¹δ: the two terms of the gradient over Φ, where φ/Φ = D/2 and s² = wᵀΣw = c²D²."""
    _, delta, S = normal(2)
    w = c * S.inv() * delta
    return list(sp.simplify(D / 2 * S * w / (c * D))) if side == 0 else list(delta / 2)


FISHER_LOGISTIC = logistic("saturating", LOGISTIC, "logistic")
FISHER_NON_SATURATING = logistic("non-saturating", NON_SATURATING, "non-saturating GAN's")

FISHER_HINGE = Claim(
    name="fisher-direction-hinge",
    says="Between N(δ/2, Σ) and N(−δ/2, Σ) the best linear hinge discriminator is a multiple of ⟨Σ⁻¹δ, x⟩.",
    equation=r"w^* = \frac{u}{D}\Sigma^{-1}\delta,\quad u = \frac{1}{t+D/2},\quad \frac{\varphi(t)}{\Phi(t)} = \frac{D}{2},"
    r"\quad D^2 = \delta^{\top}\Sigma^{-1}\delta",
    source="lim2017geometric, equation 11, for the loss; the optimum is derived here",
    proof=(
        Step("E(1−f)₊ of a normal f, τ = (1−μ)/s", hinge_integral, lambda: s * (tau * Phi(tau) + phi(tau))),
        Step("its slope in μ is −Φ(τ)", lambda: sp.diff(hinge_mean(), mean), lambda: -Phi((1 - mean) / s)),
        Step("its slope in s is φ(τ)", lambda: sp.diff(hinge_mean(), s), lambda: phi((1 - mean) / s)),
        Step("d = 2: both terms of the gradient balance at cΣ⁻¹δ", partial(balance, 0), partial(balance, 1)),
        Step(
            "c = 1/(D(t + D/2)) gives τ = t", lambda: ((1 - c * D**2 / 2) / (c * D)).subs(c, 1 / (D * (t + D / 2))), lambda: t
        ),
    ),
    witness=Agreement(
        tuple(
            Step(f"d = {n}: the least risk by BFGS", partial(trained, HINGE, n), partial(hinge_numbers, n), Rivals(1e-6))
            for n in (1, 2, 3)
        )
    ),
)


def squared_cosine() -> sp.Expr:
    """cos² between Σ⁻¹δ and δ for Σ = R diag(a, b) Rᵀ, R a rotation."""
    R = sp.Matrix([[3, -4], [4, 3]]) / 5
    delta = R * sp.Matrix([u, v])
    w = (R * sp.diag(a, b) * R.T).inv() * delta
    return w.dot(delta) ** 2 / (w.dot(w) * delta.dot(delta))


def by_components() -> sp.Expr:
    """(u²/a + v²/b)² / ((u² + v²)(u²/a² + v²/b²)), u and v the components along the eigenvectors."""
    return (u**2 / a + v**2 / b) ** 2 / ((u**2 + v**2) * (u**2 / a**2 + v**2 / b**2))


def columns(delta: np.ndarray, factor: np.ndarray) -> tuple[Empirical, Empirical]:
    """Points ±δ/2 ± √d L e_i with the means ±δ/2 and the covariance LLᵀ."""
    d = len(delta)
    spread = sqrt(d) * np.concatenate([factor.T, -factor.T])
    return Empirical(torch.from_numpy(spread + delta / 2)), Empirical(torch.from_numpy(spread - delta / 2))


def alignment(loss: Loss, dim: int) -> float:
    """cos(w, ω*) of the trained w."""
    laws = columns(GAP[:dim], FACTOR[:dim, :dim])
    return direction_alignment(lambda x: x, torch.from_numpy(trained(loss, dim)), *laws)


def cosine(dim: int) -> float:
    """δᵀΣ⁻¹δ / (|δ| |Σ⁻¹δ|)."""
    w, delta = fisher_numbers(dim), GAP[:dim]
    return float(w @ delta / (np.linalg.norm(w) * np.linalg.norm(delta)))


ALIGNMENT = Claim(
    name="fisher-alignment",
    says="Hinge and logistic discriminators miss the optimal direction of SAN by Fisher's angle, 0 for eigenvectors alone.",
    equation=r"\cos(w^*,\omega^*) = \frac{\delta^{\top}\Sigma^{-1}\delta}{|\delta|\,|\Sigma^{-1}\delta|}",
    source="takida2024san, table 1, which says that these losses lack direction optimality",
    proof=(
        Step("d = 2: the cosine in the eigenbasis", squared_cosine, by_components),
        Step(
            "1 − cos² vanishes for eigenvectors alone",
            lambda: sp.factor(1 - by_components()),
            lambda: (u * v * (a - b)) ** 2 / ((u**2 + v**2) * (b**2 * u**2 + a**2 * v**2)),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"d = {n}, {name}: the trained direction",
                partial(alignment, loss, n),
                partial(cosine, n),
                Rivals(1e-6),
            )
            for name, loss in (("hinge", HINGE), ("logistic", LOGISTIC))
            for n in (2, 3)
        )
    ),
)


def above_bound(side: int) -> sp.Expr:
    """cos² − 4ab/(a+b)², times what makes it a polynomial; and the square that it is."""
    if side == 0:
        return (u**2 * b + v**2 * a) ** 2 * (a + b) ** 2 - 4 * a * b * (u**2 + v**2) * (u**2 * b**2 + v**2 * a**2)
    return (a - b) ** 2 * (u**2 * b - v**2 * a) ** 2


def least_alignment(seed: int) -> float:
    """The least cos(Σ⁻¹δ, ω*) over gaps δ in R³, by Nelder and Mead's search from several starts."""
    rng = np.random.default_rng(seed)
    S = rng.normal(size=(3, 3))
    L = np.linalg.cholesky(S @ S.T + 0.3 * np.eye(3))

    def value(delta: np.ndarray) -> float:
        w = torch.from_numpy(np.linalg.solve(L @ L.T, delta))
        return direction_alignment(lambda x: x, w, *columns(delta, L))

    options = {"xatol": 1e-7, "fatol": 1e-13, "maxiter": 600}
    return min(minimize(value, rng.normal(size=3), method="Nelder-Mead", options=options).fun for _ in range(2))


def kantorovich(seed: int) -> float:
    """2√(l₁l₂)/(l₁ + l₂) for the extreme eigenvalues of the same covariance."""
    S = np.random.default_rng(seed).normal(size=(3, 3))
    low, _, high = np.linalg.eigvalsh(S @ S.T + 0.3 * np.eye(3))
    return float(2 * sqrt(low * high) / (low + high))


BOUND = Claim(
    name="fisher-alignment-bound",
    says="That cosine is at least 2√(l₁l₂)/(l₁+l₂), l₁ and l₂ the extreme eigenvalues of Σ, and some gap attains it.",
    equation=r"\frac{\delta^{\top}\Sigma^{-1}\delta}{|\delta|\,|\Sigma^{-1}\delta|} \ge"
    r" \frac{2\sqrt{\lambda_{\min}\lambda_{\max}}}{\lambda_{\min}+\lambda_{\max}}",
    source="takida2024san, table 1; the bound is Kantorovich's inequality",
    proof=(
        Step("d = 2: the difference of squares is a square", partial(above_bound, 0), partial(above_bound, 1)),
        Step(
            "equality for components √a : √b",
            lambda: by_components().subs({u: sp.sqrt(a), v: sp.sqrt(b)}),
            lambda: 4 * a * b / (a + b) ** 2,
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"covariance {k}: the least alignment in R³", partial(least_alignment, k), partial(kantorovich, k), Rivals(1e-6)
            )
            for k in (1, 2)
        )
    ),
)
