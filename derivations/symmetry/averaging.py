"""Averages over a group: a projection, its adjoint, and a gradient that turns with its argument."""

from functools import partial

import numpy as np
import sympy as sp
import torch
from numpy.polynomial.hermite_e import hermegauss

from derivations.symmetry._shared import (
    GROUPS,
    X,
    average,
    cloud,
    exact,
    f,
    field,
    field_by_numpy,
    moved,
    orbits,
    polynomial,
    slope_by_numpy,
    turned,
)
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.groups import symmetrised
from gantheory.measures import Gaussian, symmetrised_measure

MEAN, COVARIANCE = np.array([0.7, -0.4]), np.array([[0.5, 0.2], [0.2, 0.9]])
PLANE = ("C3", "C4", "D3", "D4")


def twice(name: str) -> sp.Expr:
    """S[S[f]] for an unknown f, by substituting twice."""
    return average(average(f(*X), exact(name)), exact(name))


def by_table(name: str) -> sp.Expr:
    """(1/k²) Σ_ij f(T_ij x) with T_ij = T_i T_j read off the package's table."""
    T, table = exact(name), GROUPS[name].table.tolist()
    return sp.Add(*(f(*moved(T[j])) for row in table for j in row)) / len(T) ** 2


def after(name: str, index: int) -> sp.Expr:
    """S[f](T x)."""
    return turned(average(f(*X), exact(name)), exact(name)[index])


def once(name: str) -> sp.Expr:
    """S[f](x)."""
    return average(f(*X), exact(name))


def averaged_twice(name: str) -> np.ndarray:
    """S[S[γ]] by the package."""
    group = GROUPS[name]
    return symmetrised(symmetrised(field, group), group)(cloud(7, 2, 1).points).numpy()


def averaged_by_numpy(name: str) -> np.ndarray:
    """The mean over the images."""
    x = cloud(7, 2, 1)
    return field_by_numpy(orbits(x, GROUPS[name])[0].reshape(-1, 7, 2)).mean(0)


PROJECTION = Claim(
    name="symmetrisation-is-a-projection",
    says="S[γ](x), the mean of γ(T x) over the group, is invariant, and averaging it again changes nothing.",
    equation=r"S_\Sigma[\gamma](x) = \frac{1}{|\Sigma|}\sum_\sigma \gamma(T_\sigma x),\quad S_\Sigma S_\Sigma = S_\Sigma,"
    r"\quad S_\Sigma[\gamma]\circ T = S_\Sigma[\gamma]",
    source="birrell2022structure, invariant discriminators",
    proof=(
        *(Step(f"{n}: S S f by substitution, by the table", partial(twice, n), partial(by_table, n)) for n in ("C4", "D3")),
        *(Step(f"{n}: S f (T x) = S f (x)", partial(after, n, -1), partial(once, n)) for n in PLANE),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"{n}: averaged twice, against NumPy", partial(averaged_twice, n), partial(averaged_by_numpy, n), Rivals(1e-13)
            )
            for n in PLANE
        )
    ),
)


def moment(power: int, mean: sp.Expr) -> sp.Expr:
    """E (m + Z)^i for a standard normal Z."""
    halves = range(power // 2 + 1)
    return sp.Add(*(sp.binomial(power, 2 * k) * sp.factorial2(2 * k - 1) * mean ** (power - 2 * k) for k in halves))


def expectation(polynomial_: sp.Expr, mean: list[sp.Expr]) -> sp.Expr:
    """E of a polynomial under N(mean, I)."""
    terms = sp.Poly(polynomial_, *X).terms()
    return sp.expand(sp.Add(*(c * moment(i, mean[0]) * moment(j, mean[1]) for (i, j), c in terms)))


M = sp.symbols("m1 m2", real=True)


def of_averaged_field(name: str) -> sp.Expr:
    """E_P S[γ], P = N(m, I), γ the generic polynomial of degree 4."""
    return expectation(average(polynomial(4), exact(name)), list(M))


def under_averaged_law(name: str) -> sp.Expr:
    """E_{S[P]} γ, S[P] the mean of the laws N(T m, I)."""
    return sp.expand(sp.Add(*(expectation(polynomial(4), moved(T, M)) for T in exact(name))) / len(exact(name)))


def by_hermite(name: str) -> float:
    """E_P S[γ] with Gauss and Hermite's nodes, P = N(MEAN, COVARIANCE), S by the package."""
    z, w = hermegauss(40)
    nodes = MEAN + np.stack(np.meshgrid(z, z), -1).reshape(-1, 2) @ np.linalg.cholesky(COVARIANCE).T
    values = symmetrised(field, GROUPS[name])(torch.from_numpy(nodes)).numpy()
    return float(np.outer(w, w).ravel() @ values / w.sum() ** 2)


def by_trapezoids(name: str) -> float:
    """∫ γ S[p] with the package's averaged density and the trapezoidal rule, which is spectrally accurate here."""
    axis, step = np.linspace(-9.0, 9.0, 181, retstep=True)
    nodes = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    law = symmetrised_measure(Gaussian(torch.from_numpy(MEAN), torch.from_numpy(COVARIANCE)), GROUPS[name])
    return float(field_by_numpy(nodes) @ law.density(torch.from_numpy(nodes)).numpy() * step**2)


def sample_mean(name: str) -> float:
    """Σ w_i S[γ](x_i) by the package."""
    x = cloud(9, 2, 2)
    return float(x.weights @ symmetrised(field, GROUPS[name])(x.points))


def orbit_mean(name: str) -> float:
    """Σ w γ over the orbits by NumPy."""
    points, weights = orbits(cloud(9, 2, 2), GROUPS[name])
    return float(weights @ field_by_numpy(points))


DUALITY = Claim(
    name="symmetrisation-duality",
    says="The mean of an averaged field under P is the mean of the field under the averaged law.",
    equation=r"\mathbb{E}_P\,S_\Sigma[\gamma] = \mathbb{E}_{S^\Sigma[P]}\,\gamma,\quad "
    r"S^\Sigma[P] = \frac{1}{|\Sigma|}\sum_\sigma (T_\sigma)_\#P",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(f"{n}: generic quartic, P = N(m, I)", partial(of_averaged_field, n), partial(under_averaged_law, n))
        for n in ("C4", "D3")
    ),
    witness=Agreement(
        (
            *(
                Step(f"{n}: Gauss–Hermite against trapezoids", partial(by_hermite, n), partial(by_trapezoids, n), Rivals(1e-10))
                for n in ("C3", "D4")
            ),
            *(
                Step(f"{n}: weighted sample", partial(sample_mean, n), partial(orbit_mean, n), Rivals(1e-13))
                for n in ("C4", "C8", "D3")
            ),
        )
    ),
)


def slope_there(name: str, index: int) -> list[sp.Expr]:
    """∇S[γ] at T x."""
    S = average(polynomial(3), exact(name))
    return [turned(sp.diff(S, x), exact(name)[index]) for x in X]


def turned_slope(name: str, index: int) -> list[sp.Expr]:
    """T ∇S[γ] at x."""
    S = average(polynomial(3), exact(name))
    return moved(exact(name)[index], tuple(sp.diff(S, x) for x in X))


def package_slope(name: str, index: int) -> np.ndarray:
    """∇S[γ] at T x by the package."""
    group, x = GROUPS[name], cloud(6, 2, 3).points
    return symmetrised(field, group).gradient(group.orbit(x)[index]).numpy()


def numpy_slope(name: str, index: int) -> np.ndarray:
    """T (1/k) Σ T_σᵀ ∇γ(T_σ x) with the gradient by hand."""
    T, x = GROUPS[name].elements.numpy(), cloud(6, 2, 3).points.numpy()
    return np.mean([slope_by_numpy(x @ t.T) @ t for t in T], 0) @ T[index].T


GRADIENT = Claim(
    name="symmetrised-gradient-turns",
    says="For isometries the gradient of an averaged field turns with its argument, so that particles keep an invariant law.",
    equation=r"\nabla S_\Sigma[\gamma](Tx) = T\,\nabla S_\Sigma[\gamma](x)",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(f"{n}: generic cubic, element {i}", partial(slope_there, n, i), partial(turned_slope, n, i))
        for n, i in (("C4", 1), ("D3", 1), ("D3", 4))
    ),
    witness=Agreement(
        tuple(
            Step(f"{n}, element {i}", partial(package_slope, n, i), partial(numpy_slope, n, i), Rivals(1e-12))
            for n, i in (("C3", 2), ("C4", 1), ("D3", 4), ("D4", 6))
        )
    ),
)
