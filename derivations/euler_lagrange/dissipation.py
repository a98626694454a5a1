"""Along the flow of an optimal critic the dual value falls, by E_q|∇D|² for a Wasserstein loss under a fixed penalty."""

from functools import partial

import numpy as np
import sympy as sp

from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Loss, Objective, dissipation
from gantheory.symbolic import coordinates, p, q, y

(x,) = coordinates(1)
WEIGHT = sp.Integer(3)
PEARSON = Loss(real=-y, fake=y + y**2 / 4)
BUMP = x * (1 - x) * (1 + x / 3) / 5  # −2D′: it vanishes at both ends, so that no mass leaves
WHOLE = 1 + x / 7 + 2 * x**2 / 5
WEIGHTS = {"1": sp.S.One, "p": p, "q": q, "(p + q)/2": (p + q) / 2}


def densities(name: str) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """p, q and W = λw on [0, 1] with p − q = (W g)′, so that D′ = −g/2 is optimal."""
    of_p, of_q = (WEIGHT * sp.diff(WEIGHTS[name], s) for s in (p, q))
    moving = of_p + of_q != 0
    W = WHOLE if moving else WEIGHT
    source = sp.diff(W * BUMP, x)
    real = (W + of_q * source) / (of_p + of_q) if moving else WHOLE
    return sp.expand(real), sp.expand(real - source), W


def by_value(name: str) -> sp.Expr:
    """d/dt ∫(F_p − F_q)²/4λw dx with ∂_t q = −(qD′)′, ∂_t F_q = −qD′: by hand, exact."""
    _, fake, W = densities(name)
    v, s = -BUMP / 2, W * BUMP
    moved = WEIGHT * sp.diff(WEIGHTS[name], q)
    return sp.integrate(sp.cancel(s * fake * v / (2 * W) + s**2 * moved * sp.diff(fake * v, x) / (4 * W**2)), (x, 0, 1))


def by_package(name: str) -> sp.Expr:
    """The integral of what the package says is dissipated."""
    real, fake, _ = densities(name)
    D = sp.integrate(sp.expand(-BUMP / 2), x)
    found = dissipation(Objective(WASSERSTEIN, WEIGHT * GradientPenalty(1, over=WEIGHTS[name])))
    return sp.integrate(sp.expand(found.integrand(D, real, fake, (x,))), (x, 0, 1))


def square_of_the_slope(name: str) -> sp.Expr:
    """−E_q|D′|²."""
    fake = densities(name)[1]
    return -sp.integrate(sp.expand(fake * BUMP**2 / 4), (x, 0, 1))


def pointwise(loss: Loss) -> list[sp.Expr]:
    """(∂_q f)′ q v for unknown p, q, with f the divergence that SymPy finds, and the same by the package."""
    P, Q = 2 + x**2, 1 + x / 3
    best = loss.optimum().subs({p: P, q: Q})
    v = -sp.diff(loss.generator, y).subs(y, best) * sp.diff(best, x)
    return [sp.cancel(sp.diff(sp.diff(loss.divergence(), q).subs({p: P, q: Q}), x) * Q * v)]


def pointwise_by_package(loss: Loss) -> list[sp.Expr]:
    """The integrand of the package at the pointwise optimum."""
    P, Q = 2 + x**2, 1 + x / 3
    best = loss.optimum().subs({p: P, q: Q})
    return [sp.cancel(dissipation(Objective(loss)).integrand(best, P, Q, (x,)))]


def transported(name: str) -> float:
    """d/dt of the value, numerically: q moved by x + εD′(x), the value by quadrature, a central difference."""
    real, fake, _ = densities(name)
    grid = (np.arange(20000) + 0.5) / 20000
    Fp, Fq, pdf_p, pdf_q, g, slope = (
        np.broadcast_to(sp.lambdify(x, f)(grid), grid.shape)
        for f in (sp.integrate(real, (x, 0, x)), sp.integrate(fake, (x, 0, x)), real, fake, BUMP, sp.diff(BUMP, x))
    )

    def value(step: float) -> float:
        moved, density = grid - step * g / 2, pdf_q / (1 - step * slope / 2)
        weights: dict[str, np.ndarray] = {"1": np.ones(1), "p": pdf_p, "q": np.interp(grid, moved, density)}
        return float(np.mean((Fp - np.interp(grid, moved, Fq)) ** 2 / (4 * float(WEIGHT) * weights[name])))

    return (value(0.02) - value(-0.02)) / 0.04


FIXED = Claim(
    name="dual-value-dissipates",
    says="Along ẋ = ∇D with D optimal under a penalty that does not depend on q, d/dt MMD²/4λ = −E_q|∇D|².",
    equation=r"\frac{d}{dt}\left(-\min_D J\right) = E_q\left[\ell_q'(D)\,\gamma'(D)\,|\nabla D|^2\right] = -E_q|\nabla D|^2",
    source="gretton2012kernel, section 2, for the value; the rate is derived by the envelope theorem",
    proof=(
        *(
            Step(f"w = {name}, n = 1: from the value, by hand", partial(by_value, name), partial(by_package, name))
            for name in ("1", "p")
        ),
        *(Step(f"w = {name}: −E_q|D′|²", partial(by_package, name), partial(square_of_the_slope, name)) for name in ("1", "p")),
        *(
            Step(
                f"{name}, without a penalty: from its divergence", partial(pointwise, loss), partial(pointwise_by_package, loss)
            )
            for name, loss in (("least squares", LEAST_SQUARES), ("Pearson", PEARSON))
        ),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"w = {name}: a moved density and a difference quotient",
                partial(transported, name),
                lambda name=name: float(by_package(name)),  # type: ignore[misc]
                Rivals(9e-4),
            )
            for name in ("1", "p")
        )
    ),
)

MOVING = Claim(
    name="moving-weight-dissipates-more-or-less",
    says="Under R2, whose weight q moves, d/dt(−min J) = −E_q|∇D|² + λE_q[γ′ ∇D·∇|∇D|²]: the value may rise.",
    equation=r"\frac{d}{dt}\left(-\min_D J\right) = -E_q|\nabla D|^2"
    r" + \lambda E_q\left[\gamma'(D)\,\nabla D\cdot\nabla\left(\partial_q w\,|\nabla D|^2\right)\right]",
    source="mescheder2018which, the penalty R2; derived by the envelope theorem",
    proof=tuple(
        Step(f"w = {name}, n = 1: from the value, by hand", partial(by_value, name), partial(by_package, name))
        for name in ("q", "(p + q)/2")
    ),
    witness=Agreement(
        (
            Step(
                "w = q: a moved density and a difference quotient",
                partial(transported, "q"),
                lambda: float(by_package("q")),
                Rivals(9e-4),
            ),
        )
    ),
)
