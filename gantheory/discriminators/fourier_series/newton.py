"""Damped Newton on the coefficients, each step by conjugate gradients under the constant-coefficient symbol."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from gantheory._errors import Refusal
from gantheory.discriminators.fourier_series.functional import Functional

STEPS = 60  # of Newton
INNER = 4000  # of conjugate gradients in one step
GOAL = 1e-14  # the residual, relative to the size of what it adds up: where waves have little penalty D magnifies it
ENOUGH = 1e-9  # where rounding lets it fall no further
HALVINGS = 40
ARMIJO = 1e-4  # the share of the predicted decrease that a step must bring
SLACK = 1e-14  # of the size of J: its rounding


def minimiser(J: Functional, start: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """u with dJ(u) = 0, to rounding; a Refusal where Newton or conjugate gradients do not get there."""
    u, inner, last = start, 0, np.inf
    for step in range(STEPS + 1):
        residual = J.residual(u)
        product, symbol = J.hessian(u)
        root = _inverse_root(symbol, J.free)
        now = float(np.linalg.norm(root * residual)) / max(float(np.linalg.norm(root * J.scale(u))), 1e-300)
        facts = {"steps": step, "conjugate gradients": inner, "residual": now}
        if now <= GOAL or (now <= ENOUGH and now > last / 2):
            return u, facts
        last = now
        direction, count = _direction(product, root, residual, min(1e-2, 0.1 * now))
        inner += count
        u = _damped(J, u, direction, float(residual @ direction), facts)
    raise _unconverged(facts)


def _inverse_root(symbol: np.ndarray, free: bool) -> np.ndarray:
    """Symbol^{−1/2}; 0 on constants that nothing holds."""
    safe = symbol.copy()
    if free:
        safe[0] = 1.0
    if not (safe > 0).all():
        given = "a symbol that vanishes"
        raise Refusal("every wave is held by a penalty or by the loss", given, "Add a GradientPenalty with centre 0.")
    root = 1 / np.sqrt(safe)
    root[0] = 0.0 if free else root[0]
    return root


def _direction(product: Any, root: np.ndarray, residual: np.ndarray, tolerance: float) -> tuple[np.ndarray, int]:
    """−(d²J)^{−1} dJ, in the norm of the symbol."""
    count = 0

    def counted(_: np.ndarray) -> None:
        nonlocal count
        count += 1

    n = len(root)
    operator = LinearOperator((n, n), matvec=lambda z: root * product(root * z), dtype=np.float64)
    tolerance = max(tolerance, 1e-14)
    found, failed = cg(operator, -root * residual, rtol=tolerance, atol=0.0, maxiter=INNER, callback=counted)
    if failed:
        need = "conjugate gradients reach the next step of Newton's method"
        cures = ("Use a weight that is not so small anywhere, such as 1 + p, or (p + q)/2.", "Use fewer modes.")
        raise Refusal(need, f"no convergence in {INNER} iterations", *cures)
    return root * found, count


def _damped(J: Functional, u: np.ndarray, direction: np.ndarray, slope: float, facts: dict[str, Any]) -> np.ndarray:
    """u + t d with t = 1, ½, ¼, … the first that lowers J as it should."""
    before, size = J.value(u)
    t = 1.0
    for _ in range(HALVINGS):
        with np.errstate(over="ignore", invalid="ignore"):
            after, _size = J.value(u + t * direction)
        if after <= before + ARMIJO * t * slope + SLACK * size:
            return u + t * direction
        t /= 2
    raise _unconverged(facts)


def _unconverged(facts: dict[str, Any]) -> Refusal:
    given = f"a residual of {facts['residual']:.2g} after {facts['steps']} steps"
    return Refusal(f"Newton's method brings the residual below {ENOUGH:g}", given, "Use a larger weight λ, or other modes.")
