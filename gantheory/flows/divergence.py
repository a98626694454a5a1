"""Flows along the log-ratio of two densities that are known exactly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import log, pi
from typing import Any

import numpy as np
import sympy as sp
import torch
from jaxtyping import Float
from torch import Tensor

from gantheory._checks import finite, has_values, holds, real_tensor
from gantheory._errors import Refusal
from gantheory.lowering import Lowered, lower
from gantheory.measures import Gaussian
from gantheory.objectives import Divergence
from gantheory.symbolic import r, refuse_foreign

d = sp.Symbol("d", real=True)  # log r: p/(p + q) and its like are evaluated in it, so that no digit is lost

FAR = 10**8  # |log r| at which a force shows its exponential growth; a factor d^k shifts the exponent by k log(2)/FAR
RESOLVED = 1e-6  # to which exponents of growth are told apart
POINTS = 10**6  # of a quadrature, at most


def in_log_ratio(force: Any) -> sp.Expr:
    """h′(d), d = log r, for a force in r or a Divergence; a Refusal for anything else."""
    C = force.force if isinstance(force, Divergence) else force
    if not isinstance(C, sp.Expr | int | float) or isinstance(C, bool):
        given = f"the text {force!r}" if isinstance(force, str) else type(force).__name__
        raise Refusal("a force is a Divergence, or a SymPy expression in r", given, "Use r from gantheory.")
    C = refuse_foreign(sp.sympify(C, strict=True), r)
    if C.free_symbols - {r} or C.has(sp.I, sp.nan, sp.zoo, sp.oo):
        raise Refusal("a force is a real and finite expression in r alone", C, "Substitute numbers for parameters.")
    C = C.replace(sp.log, lambda z: sp.Add(*map(sp.log, z.as_content_primitive())))  # log((1 + r)/2): 1 + r alone is softplus
    return sp.powsimp(sp.expand_log(C, force=True).subs(r, sp.exp(d)), deep=True, combine="exp")


@dataclass(frozen=True, eq=False)
class MonoFlow:
    """ẋ = h′(log r) ∇ log r, r = p/q: p the density of `real`, q that of the particles' law, both exact.

    force: h′ as an expression in r, or a Divergence, whose gradient flow it is. Every h′ > 0 decreases every f-divergence:
    dD_f/dt = −E_q[r² f″(r) h′ |∇ log r|²]. Where the law moves, AffineMonoFlow knows it. Source: yi2023monoflow.
    """

    force: Any
    real: Any  # Density with log_density

    def __post_init__(self) -> None:
        _ = self.lowered  # a force that cannot be evaluated is refused now
        _exact(self.real, "real")

    @cached_property
    def lowered(self) -> Lowered:
        """h′ as a function of log r."""
        return lower(in_log_ratio(self.force), d)

    def log_ratio(self, x: Float[Tensor, "n d"], fake: Any) -> Float[Tensor, " n"]:
        """log p − log q."""
        _exact(fake, "fake")
        return self.real.log_density(x) - fake.log_density(x)

    def velocity(self, x: Float[Tensor, "n d"], fake: Any) -> Float[Tensor, "n d"]:
        """h′(log r) (∇ log p − ∇ log q) at the rows of x."""
        if real_tensor(x, "the points of a MonoFlow").ndim != 2:
            raise Refusal(f"the points of a MonoFlow have shape (n, {self.real.dim})", f"shape {tuple(x.shape)}")
        if not x.shape[1] == self.real.dim == fake.dim:
            given = f"dimensions {x.shape[1]}, {self.real.dim} and {fake.dim}"
            raise Refusal("points, real and fake lie in one space", given)
        finite(x, "the points of a MonoFlow")
        ratio = self.log_ratio(x, fake)
        v = self.lowered(ratio)[:, None] * (self.real.score(x) - fake.score(x))
        _refuse_infinite(v, ratio)
        return v


@dataclass(frozen=True, eq=False)
class AffineMonoFlow:
    """The MonoFlow of an affine generator G(z) = A z + b, z ~ N(0, I): ḃ = E[v(G(z))], Ȧ = E[v(G(z)) zᵀ].

    A Flow (t, (b, A)) ↦ (ḃ, Ȧ) of shapes (d,) and (d, d): θ̇ = E[J_θGᵀ v], exact where v is affine, as for reverse KL. The law
    is N(b, AAᵀ) at all times. A force Σ_k g_k(log r) r^{a_k}, g_k growing slower than any exponential, is integrated over the
    normal laws ∝ p^{a_k} q^{1−a_k}: exactly for polynomials g_k, else to the accuracy of `nodes` Gauss–Hermite points in each
    dimension. Refused: forces with a_k ≠ 0 unless `real` is Gaussian, and laws at which E_q[r^{a_k}] is infinite.
    """

    force: Any
    real: Any  # Density with log_density
    nodes: Any = 48

    def __post_init__(self) -> None:
        _exact(self.real, "real")
        if isinstance(self.nodes, bool) or not isinstance(self.nodes, int) or self.nodes < 2:
            raise Refusal("the number of nodes in each dimension is an integer ≥ 2", repr(self.nodes))
        if self.nodes**self.real.dim > POINTS:
            given = f"{self.nodes}^{self.real.dim}"
            raise Refusal(f"a quadrature takes at most {POINTS} points", given, "Use fewer nodes, or particles.")
        powers = any(a for a, _ in self.parts)
        if powers and not isinstance(self.real, Gaussian):
            need = "a force that grows or decays like a power of r is integrated exactly, which needs a Gaussian real"
            raise Refusal(need, type(self.real).__name__, "Use a bounded force, or a Gaussian.")

    @cached_property
    def parts(self) -> tuple[tuple[float, Lowered], ...]:
        """(a, g) with force = Σ g(log r) r^a."""
        whole = in_log_ratio(self.force)
        terms = (whole,) if _exponent(whole) is not None else sp.Add.make_args(sp.expand(whole))
        split = [(_exponent(term), term) for term in terms]
        if any(a is None for a, _ in split):
            need = "an affine flow integrates sums of g(log r) r^a, g slower than any exponential on both sides"
            raise Refusal(need, f"the force {self.force}", "Write the force as such a sum.")
        return tuple((float(a), lower(term * sp.exp(-a * d), d)) for a, term in split if a is not None)

    def law(self, state: tuple[Tensor, Tensor]) -> Gaussian:
        """N(b, AAᵀ); a Refusal where A is singular or of another dimension."""
        b, A = state
        if b.shape != (self.real.dim,) or A.shape != (self.real.dim, self.real.dim):
            need = f"the state is (b, A) of shapes ({self.real.dim},) and ({self.real.dim}, {self.real.dim})"
            raise Refusal(need, f"shapes {tuple(b.shape)} and {tuple(A.shape)}")
        if isinstance(self.real, Gaussian) and b.dtype != self.real.mean.dtype:
            need = "the state (b, A) and the data of an AffineMonoFlow share a dtype"
            raise Refusal(need, f"{b.dtype} and {self.real.mean.dtype}", "Convert with .to(real.mean).")
        return Gaussian(b, A @ A.mT)

    def __call__(self, t: Float[Tensor, ""], state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """(ḃ, Ȧ)."""
        fake, (b, A) = self.law(state), state
        shift, turn = torch.zeros_like(b), torch.zeros_like(A)
        for a, g in self.parts:
            x, mass = self._tilted(a, fake)
            ratio = self.real.log_density(x) - fake.log_density(x)
            pull = (mass * g(ratio))[:, None] * (self.real.score(x) - fake.score(x))
            shift = shift + pull.sum(0)
            turn = turn + pull.mT @ torch.linalg.solve(A, (x - b).mT).mT
        return shift, turn

    def _tilted(self, a: float, fake: Gaussian) -> tuple[Float[Tensor, "k d"], Float[Tensor, " k"]]:
        """Nodes and weights with Σ w φ(x) = ∫ p^a q^{1−a} φ."""
        xi, w = (torch.as_tensor(part).to(fake.mean) for part in _hermite(self.nodes, len(fake.mean)))
        if a == 0:
            return fake.mean + xi @ fake.factor.mT, w
        P, Q = (torch.cholesky_inverse(law.factor) for law in (self.real, fake))
        R, failed = torch.linalg.cholesky_ex(a * P + (1 - a) * Q)
        if not failed.is_meta and bool(failed):
            need = f"the affine flow needs a finite E_q[r^{a:g}], of a law wide enough or narrow enough beside the data"
            raise Refusal(need, "an infinite one", "Start from another covariance, or use a bounded force.")
        offset = a * torch.cholesky_solve((P @ (self.real.mean - fake.mean))[:, None], R)[:, 0]
        centre = (fake.mean + offset)[None]
        height = a * self.real.log_density(centre) + (1 - a) * fake.log_density(centre)
        mass = (height + 0.5 * len(R) * log(2 * pi) - R.diagonal().log().sum()).exp()
        return centre + torch.linalg.solve_triangular(R.mT, xi.mT, upper=True).mT, mass * w


def _refuse_infinite(v: Float[Tensor, "n d"], ratio: Float[Tensor, " n"]) -> None:
    """A force beyond the float range, or NaN where it is not real, by its first place."""
    if has_values(v) and not holds(v.isfinite().all()):
        i = int((~v.isfinite()).any(1).nonzero()[0])
        given = f"{v[i].sum().item():g} at point {i}, where log r = {ratio[i].item():.6g}"
        raise Refusal("the velocity of a MonoFlow is finite", given, "Use a bounded force that is real there, or other points.")


def _exact(law: Any, what: str) -> None:
    """Refuse a law whose log-density and score are not at hand."""
    if not all(callable(getattr(law, part, None)) for part in ("log_density", "score")):
        need = f"a MonoFlow knows {what} exactly: .log_density(x) and .score(x)"
        raise Refusal(need, type(law).__name__, "Use Gaussian or Mixture; for samples, a ParticleFlow.")


@cache
def _hermite(nodes: int, dim: int) -> tuple[np.ndarray, np.ndarray]:
    """The tensor rule for N(0, I): points (nodes^d, d) and weights of sum 1."""
    z, w = np.polynomial.hermite_e.hermegauss(nodes)
    grid = np.stack(np.meshgrid(*[z] * dim, indexing="ij"), -1).reshape(-1, dim)
    weights = np.stack(np.meshgrid(*[w / np.sqrt(2 * np.pi)] * dim, indexing="ij"), -1).reshape(-1, dim).prod(1)
    return grid, weights


def _exponent(force: sp.Expr) -> sp.Expr | None:
    """a, the nearest to 0, for which e^{−a d} · force neither grows nor falls like an exponential where it should not.

    With force ~ e^{u d} at ∞ and e^{l d} at −∞ these are the a in [u, l]; None where that is empty.
    """
    upper, lower_ = (_growth(force, side) for side in (1, -1))
    if upper > lower_:
        return None
    return upper if upper > 0 else lower_ if lower_ < 0 else sp.S.Zero


def _growth(force: sp.Expr, side: int) -> sp.Expr:
    """u with force ~ e^{u d} at side · ∞, from its values at FAR and 2 FAR; a force that vanishes there may take any."""
    near, far = (abs(force.subs(d, side * k * FAR).n(30)) for k in (1, 2))
    if near == 0 or far == 0:
        return -side * sp.oo
    return sp.nsimplify(sp.log(far / near).n(30) / (side * FAR), rational=True, tolerance=RESOLVED)
