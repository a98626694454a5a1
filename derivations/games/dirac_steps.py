"""Steps of simultaneous and alternating descent on the Dirac-GAN: growth, eigenvalues, and the largest steps that converge."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch

from derivations.games.dirac_eigenvalues import SETTINGS, parts, t
from gantheory.claims import Agreement, Claim, Rivals, Roundoff, Step
from gantheory.games import (
    DiracGAN,
    alternating,
    alternating_limit,
    growth_factor,
    psi,
    r1,
    simultaneous,
    simultaneous_limit,
    theta,
    update_matrix,
)
from gantheory.objectives import LOGISTIC, WASSERSTEIN, Loss
from gantheory.symbolic import y

h, g = sp.symbols("h gamma", positive=True)
ORIGIN = torch.zeros(2, dtype=torch.float64)
SATURATING = {
    "wasserstein": WASSERSTEIN,
    "logistic": LOGISTIC,
    "least-squares": Loss(real=(y - 1) ** 2 / 2, fake=(y + 1) ** 2 / 2, generator=-((y + 1) ** 2) / 2),
}


def stepped_norm(loss: Loss) -> sp.Expr:
    """|w⁺|² of a simultaneous step with the package's velocity."""
    move = DiracGAN(loss).velocity
    return (theta + h * move[0]) ** 2 + (psi + h * move[1]) ** 2


def norm_by_f(name: str) -> sp.Expr:
    """|w|² (1 + h² f′(−θψ)²): the paper's f at the paper's ψ, which is −ψ."""
    slope = sp.diff(SETTINGS[name].f, t).subs(t, -theta * psi)
    return (theta**2 + psi**2) * (1 + h**2 * slope**2)


STATES = torch.tensor([[1.3, -0.4], [0.7, 2.1], [-1.9, 0.6]], dtype=torch.float64)


def iterated_norm(name: str) -> np.ndarray:
    """|w⁺|² by the update, h = 0.3."""
    return simultaneous(0.3)(DiracGAN(SATURATING[name]).game, STATES).square().sum(1).numpy()


def norm_in_numpy(name: str) -> np.ndarray:
    """The identity in NumPy."""
    x, p = STATES.numpy().T
    slopes = {"wasserstein": lambda u: 1.0, "logistic": lambda u: 1 / (1 + np.exp(-u)), "least-squares": lambda u: 1 + u}
    return (x**2 + p**2) * (1 + 0.09 * slopes[name](x * p) ** 2)


NORMS = tuple(
    Claim(
        name=f"dirac-simultaneous-norm-{name}",
        says=f"Each simultaneous step multiplies θ² + ψ² by 1 + h² f′² exactly ({name}, saturating).",
        equation=r"|w^+|^2 = |w|^2\left(1 + h^2 f'(\theta\psi)^2\right)",
        source="mescheder2018which, section 2",
        proof=(Step("the step of the package's velocity, squared", partial(stepped_norm, loss), partial(norm_by_f, name)),),
        witness=Agreement(
            (Step("the update on three states", partial(iterated_norm, name), partial(norm_in_numpy, name), Roundoff()),)
        ),
    )
    for name, loss in SATURATING.items()
)


def product_eigenvalues(counts: tuple[int, int]) -> list[sp.Expr]:
    """Of D^k G^j: G moves the generator, D the discriminator, the Jacobian by the package."""
    J = DiracGAN(LOGISTIC).jacobian()
    G, D = (sp.eye(2) + h * sp.diag(*mask) * J for mask in ((1, 0), (0, 1)))
    M = D ** counts[1] * G ** counts[0]
    root = sp.sqrt(sp.factor(sp.expand(M.trace() ** 2 / 4 - M.det())))
    return [sp.expand(M.trace() / 2 - root), sp.expand(M.trace() / 2 + root)]


def by_alpha(counts: tuple[int, int]) -> list[sp.Expr]:
    """1 − α²/2 ± √((1 − α²/2)² − 1), α² = n_g n_d h² a², a = ½."""
    middle = 1 - sp.Rational(counts[0] * counts[1], 8) * h**2
    root = sp.sqrt(sp.factor(sp.expand(middle**2 - 1)))
    return [sp.expand(middle - root), sp.expand(middle + root)]


def of_update(counts: tuple[int, int], step: float) -> np.ndarray:
    """The eigenvalues of the update's matrix, non-saturating loss."""
    game = DiracGAN(SETTINGS["non-saturating"].loss).game
    return parts(np.linalg.eigvals(update_matrix(alternating(step, counts), game, ORIGIN).numpy()))


def of_formula(counts: tuple[int, int], step: float) -> np.ndarray:
    """The closed form in complex floats."""
    middle = 1 - counts[0] * counts[1] * (step * 0.5) ** 2 / 2
    root = np.sqrt(complex(middle**2 - 1))
    return parts(np.array([middle + root, middle - root]))


ALTERNATING = tuple(
    Claim(
        name=f"dirac-alternating-{counts[0]}-{counts[1]}",
        says=f"Alternating descent with {counts[0]} generator and {counts[1]} discriminator steps has the eigenvalues "
        "1 − α²/2 ± √((1 − α²/2)² − 1), α = √(n_g n_d) h f′(0).",
        equation=r"\mu_\pm = 1 - \frac{\alpha^2}{2} \pm \sqrt{\left(1 - \frac{\alpha^2}{2}\right)^2 - 1}, \quad "
        r"\alpha = \sqrt{n_g n_d}\,h f'(0)",
        source="mescheder2018which, section 2",
        proof=(
            Step("the product of the two half steps", partial(product_eigenvalues, counts), partial(by_alpha, counts)),
            Step(
                "their product is 1: areas are kept",
                lambda c=counts: sp.prod(product_eigenvalues(c)),  # type: ignore[misc]
                lambda: sp.S.One,
            ),
        ),
        witness=Agreement(
            tuple(
                Step(
                    f"h = {step}: the matrix of the update against the closed form",
                    partial(of_update, counts, step),
                    partial(of_formula, counts, step),
                    Rivals(1e-9),
                )
                for step in (0.2, 1.1, 4.6)
            )
        ),
    )
    for counts in ((1, 1), (1, 5), (2, 3))
)


@cache
def largest_step(maker: object, weight: float, upper: float) -> float:
    """The step at which the growth factor of the package's update passes 1, by bisection; logistic loss with R1."""
    game = DiracGAN(LOGISTIC, r1(weight) if weight else DiracGAN(LOGISTIC).regulariser).field  # type: ignore[arg-type]
    low, high = 1e-3, upper
    for _ in range(32):
        middle = (low + high) / 2
        inside = growth_factor(maker(middle), game, ORIGIN) <= 1 + 1e-9  # type: ignore[operator]
        low, high = (middle, high) if inside else (low, middle)
    return low


def jury(complex_pair: bool) -> sp.Expr:
    """What reaches 1 at the limit: |1 + hλ|² of a complex pair, −(1 + hλ₋) of real eigenvalues; a = ½, γ = c or 1 + c."""
    weight = 1 / (1 + g) if complex_pair else 1 + g
    low, high = DiracGAN(LOGISTIC, r1(weight)).eigenvalues()
    step = simultaneous_limit(weight, sp.Rational(1, 2))
    return sp.simplify((1 + step * low) * (1 + step * high)) if complex_pair else sp.simplify(-(1 + step * low))


SIMULTANEOUS_LIMIT = Claim(
    name="dirac-r1-simultaneous-limit",
    says="With R1 simultaneous descent converges for steps below γ/f′(0)² while γ ≤ 2f′(0), and below "
    "(γ − √(γ² − 4f′(0)²))/f′(0)² beyond: too strong a penalty shortens the step again.",
    equation=r"h_* = \frac{\gamma}{a^2} \; (\gamma \le 2a), \quad "
    r"h_* = \frac{\gamma - \sqrt{\gamma^2 - 4a^2}}{a^2} \; (\gamma > 2a)",
    source="mescheder2018which, section 3",
    proof=(
        Step("γ < 2a: |1 + h λ|² = 1 at the limit", partial(jury, True), lambda: sp.S.One),
        Step("γ > 2a: 1 + h λ₋ = −1 at the limit", partial(jury, False), lambda: sp.S.One),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"γ = {weight}: the step where the update's growth factor passes 1, logistic",
                partial(largest_step, simultaneous, weight, 6.0),
                partial(lambda c, w: float(c), limit, weight),
                Rivals(1e-6),
            )
            for weight, limit in ((0.3, 1.2), (0.8, 3.2), (3.0, 4 * (3 - np.sqrt(8))))
        )
    ),
)


def alternating_residual() -> list[sp.Expr]:
    """Trace and determinant of D G at the limit, a = ½ and R1 of weight γ."""
    J = DiracGAN(LOGISTIC, r1(g)).jacobian()
    step = alternating_limit(g, sp.Rational(1, 2))
    G, D = (sp.eye(2) + step * sp.diag(*mask) * J for mask in ((1, 0), (0, 1)))
    return [sp.simplify((D * G).trace())]


def minus_one_and_determinant() -> list[sp.Expr]:
    """−1 + (γh − 1): the trace of a matrix with an eigenvalue −1 and the determinant 1 − γh."""
    step = 4 * (sp.sqrt(g**2 + 1) - g)
    return [sp.expand(g * step - 2)]


ALTERNATING_LIMIT = Claim(
    name="dirac-r1-alternating-limit",
    says="With R1 of any weight alternating descent converges for steps below (√(γ² + 4f′(0)²) − γ)/f′(0)², "
    "near 2/f′(0) for small weights, where simultaneous descent needs steps below γ/f′(0)².",
    equation=r"h_* = \frac{\sqrt{\gamma^2 + 4a^2} - \gamma}{a^2}, \quad h_*^2 a^2 + 2 h_* \gamma = 4",
    source="mescheder2018which, section 3 (the limit is derived here)",
    proof=(
        Step("at the limit an eigenvalue is −1", alternating_residual, minus_one_and_determinant),
        Step(
            "the limit solves h²a² + 2hγ = 4",
            lambda: sp.expand(alternating_limit(g, h) ** 2 * h**2 + 2 * g * alternating_limit(g, h)),
            lambda: sp.Integer(4),
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"γ = {weight}: the step where the update's growth factor passes 1, logistic",
                partial(largest_step, alternating, weight, 6.0),
                partial(lambda c, w: float(c), limit, weight),
                Rivals(1e-6),
            )
            for weight, limit in (
                (0.05, 4 * (np.sqrt(1.0025) - 0.05)),
                (0.9, 4 * (np.sqrt(1.81) - 0.9)),
                (3.0, 0.6491106406735173),
            )
        )
    ),
)


ALTERNATING_BOUND = Claim(
    name="dirac-alternating-bound",
    says="Unregularised alternating descent stays bounded for steps below 2/(f′(0) √(n_g n_d)), and never converges.",
    equation=r"\alpha < 2 \iff h < \frac{2}{f'(0)\sqrt{n_g n_d}}",
    source="mescheder2018which, section 2",
    proof=tuple(
        Step(
            f"the eigenvalues meet at −1, counts {counts}",
            lambda c=counts: product_eigenvalues(c)[0].subs(h, 4 / sp.sqrt(c[0] * c[1])),  # type: ignore[misc]
            lambda: sp.Integer(-1),
        )
        for counts in ((1, 1), (1, 5), (2, 3))
    ),
    witness=Agreement(
        (
            Step(
                "the step where the update's growth factor passes 1, logistic",
                partial(largest_step, alternating, 0.0, 6.0),
                lambda: 4.0,
                Rivals(1e-6),
            ),
            Step(
                "at h = 1.7 neither eigenvalue is inside the circle",
                lambda: np.hypot(*of_update((1, 1), 1.7).T),
                lambda: np.ones(2),
                Rivals(1e-9),
            ),
        )
    ),
)
