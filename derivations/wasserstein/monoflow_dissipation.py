"""One MonoFlow decreases every f-divergence, at a rate that is written down for any pair of force and f."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad
from scipy.stats import norm

from derivations.wasserstein.monoflow_table import d, dp, dq, tensor
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.flows import MonoFlow
from gantheory.lowering import lower
from gantheory.measures import Gaussian, Mixture
from gantheory.symbolic import p, q, r

ddp, ddq = sp.symbols("p'' q''", real=True)
MEAN, DEVIATION = 0.3, 0.9
WEIGHTS, MEANS, DEVIATIONS = (0.4, 0.6), (-0.7, 0.9), (1.2, 1.0)
REAL = Gaussian(tensor([MEAN]), tensor([[DEVIATION**2]]))
FAKE = Mixture(tensor(WEIGHTS), tuple(Gaussian(tensor([m]), tensor([[s**2]])) for m, s in zip(MEANS, DEVIATIONS, strict=True)))
PLANE = (
    Gaussian(tensor([0.2, -0.3]), tensor([[0.8, 0.2], [0.2, 0.6]])),
    Gaussian(tensor([-0.1, 0.4]), tensor([[1.1, -0.1], [-0.1, 0.9]])),
)


def along(F: sp.Expr) -> sp.Expr:
    """dF/dx where p, q, p′, q′ depend on x."""
    return sum((sp.diff(F, z) * dz for z, dz in ((p, dp), (q, dq), (dp, ddp), (dq, ddq))), sp.S.Zero)


def lost(f: sp.Expr, force: sp.Expr) -> sp.Expr:
    """V (q v)′ − (V q v)′ with V = ∂(q f(p/q))/∂q and v = C (log r)′: minus the rate of D_f, after one integration by parts."""
    V = sp.diff(q * f.subs(r, p / q), q)
    v = force.subs(r, p / q) * (dp / p - dq / q)
    return sp.factor(sp.expand(V * along(q * v) - along(V * q * v)))


def dissipated(f: sp.Expr, force: sp.Expr) -> sp.Expr:
    """q r² f″ C |∇ log r|²."""
    return q * (r**2 * sp.diff(f, r, 2) * force).subs(r, p / q) * (dp / p - dq / q) ** 2


def pushed(f: sp.Expr, force: sp.Expr) -> float:
    """d/dε at 0 of D_f(p‖(id + εv)_# q) = ∫ q f(p(x + εv)(1 + εv′)/q) dx, by autograd in ε, v by MonoFlow."""
    x = torch.linspace(-9, 9, 3001, dtype=torch.float64)[:, None].requires_grad_()
    v = MonoFlow(force, REAL).velocity(x, FAKE)
    (stretch,) = torch.autograd.grad(v.sum(), x)
    return _rate(f, (REAL, FAKE), x.detach(), v.detach(), lambda t: (t * stretch[:, 0]).log1p(), 18 / 3000)


def pushed_in_the_plane(f: sp.Expr, force: sp.Expr) -> float:
    """The same in two dimensions, with det(I + ε∇v)."""
    grid = torch.linspace(-6, 6, 81, dtype=torch.float64)
    x = torch.cartesian_prod(grid, grid).requires_grad_()
    v = MonoFlow(force, PLANE[0]).velocity(x, PLANE[1])
    rows = [torch.autograd.grad(v[:, i].sum(), x, retain_graph=True)[0] for i in range(2)]
    jacobian, eye = torch.stack(rows, 1), torch.eye(2, dtype=torch.float64)
    area = float(grid[1] - grid[0]) ** 2
    return _rate(f, PLANE, x.detach(), v.detach(), lambda t: torch.linalg.det(eye + t * jacobian).log(), area)


def _rate(
    f: sp.Expr,
    laws: tuple[Any, Any],
    x: torch.Tensor,
    v: torch.Tensor,
    log_volume: Callable[[torch.Tensor], torch.Tensor],
    cell: float,
) -> float:
    """d/dε Σ q f(e^{log p(x + εv) + log volume − log q}) · cell."""
    real, fake = laws
    t = torch.zeros((), dtype=torch.float64, requires_grad=True)
    ratio = real.log_density(x + t * v) + log_volume(t) - fake.log_density(x)
    value = (fake.density(x) * lower(f.subs(r, sp.exp(d)), d)(ratio)).sum() * cell
    return float(torch.autograd.grad(value, t)[0])


def integrated(f: sp.Expr, force: sp.Expr) -> float:
    """−E_q[r² f″ C |∇ log r|²] by SciPy alone."""
    weight = sp.lambdify(d, (r**2 * sp.diff(f, r, 2) * force).subs(r, sp.exp(d)), "numpy")

    def at(x: float) -> float:
        parts = [w * norm.pdf(x, m, s) for w, m, s in zip(WEIGHTS, MEANS, DEVIATIONS, strict=True)]
        pull = sum(part * (m - x) / s**2 for part, m, s in zip(parts, MEANS, DEVIATIONS, strict=True)) / sum(parts)
        ratio = norm.logpdf(x, MEAN, DEVIATION) - np.log(sum(parts))
        return float(-sum(parts) * weight(ratio) * ((MEAN - x) / DEVIATION**2 - pull) ** 2)

    return quad(at, -9, 9, epsabs=1e-11, epsrel=1e-11, limit=200)[0]


def integrated_in_the_plane(f: sp.Expr, force: sp.Expr) -> float:
    """The same in two dimensions, by Gauss–Hermite points of q and NumPy's linear algebra."""
    (m1, S1), (m0, S0) = ((law.mean.numpy(), law.covariance.numpy()) for law in PLANE)
    z, w = np.polynomial.hermite_e.hermegauss(64)
    nodes = np.stack(np.meshgrid(z, z), -1).reshape(-1, 2)
    x, weights = m0 + nodes @ np.linalg.cholesky(S0).T, np.outer(w, w).ravel() / (2 * np.pi)
    u, v = x - m1, x - m0
    ratio = 0.5 * (np.sum(v * np.linalg.solve(S0, v.T).T, 1) - np.sum(u * np.linalg.solve(S1, u.T).T, 1))
    ratio += 0.5 * np.log(np.linalg.det(S0) / np.linalg.det(S1))
    slope = np.linalg.solve(S0, v.T).T - np.linalg.solve(S1, u.T).T
    weight = sp.lambdify(d, (r**2 * sp.diff(f, r, 2) * force).subs(r, sp.exp(d)), "numpy")
    return float(-np.sum(weights * weight(ratio) * np.sum(slope**2, 1)))


def dissipation(name: str, decreasing: str, moving: str, f: sp.Expr, force: sp.Expr) -> Claim:
    """The claim that the flow of this force decreases D_f at the rate of the formula."""
    pair = (f, force)
    return Claim(
        name=f"monoflow-dissipation-{name}",
        says=f"The particles of {moving} decrease {decreasing} too, at the rate E_q[r² f″ h′ |∇ log r|²].",
        equation=r"\frac{d}{dt} D_f(p\|q) = -\mathbb{E}_q\left[r^2 f''(r)\,h'(\log r)\,|\nabla \log r|^2\right]"
        rf", \qquad f = {sp.latex(f)}, \quad h' = {sp.latex(force)}",
        source="yi2023monoflow, decrease of f-divergences along MonoFlow",
        proof=(Step("V (q v)′ is the dissipation, up to a divergence", partial(lost, *pair), partial(dissipated, *pair)),),
        witness=Agreement(
            (
                Step("a line: exact push-forward", partial(pushed, *pair), partial(integrated, *pair), Rivals(1e-7)),
                Step(
                    "the plane: exact push-forward",
                    partial(pushed_in_the_plane, *pair),
                    partial(integrated_in_the_plane, *pair),
                    Rivals(1e-7),
                ),
            )
        ),
    )


_log = sp.log(r)
PAIRS = (
    dissipation("js-by-kl", "2 JSD", "the reverse-KL flow", r * _log - (r + 1) * sp.log((r + 1) / 2), sp.S.One),
    dissipation("kl-by-non-saturating", "KL(p‖q)", "the non-saturating GAN", r * _log, 1 / (1 + r)),
    dissipation("pearson-by-least-squares", "Pearson's χ²", "least squares", (r - 1) ** 2, r / (1 + r) ** 3),
    dissipation(
        "hellinger-by-arcsinh", "Hellinger's distance", "the arcsinh loss", (sp.sqrt(r) - 1) ** 2, 1 / sp.sqrt(1 + _log**2)
    ),
    dissipation("jeffreys-by-saturating", "Jeffreys' divergence", "the saturating GAN", (r - 1) * _log, r / (1 + r)),
)
