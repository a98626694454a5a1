"""Kernels averaged over a group: the witness and the discrepancy of averaged measures."""

from functools import partial

import numpy as np
import sympy as sp
import torch

from derivations.symmetry._shared import GROUPS, X, Y, cloud, exact, moved, orbits, square
from gantheory.claims import Agreement, Claim, Rivals, Step
from gantheory.groups import symmetrised
from gantheory.kernels import KernelExpansion, Radial, SymmetrisedKernel
from gantheory.metrics import mmd_squared
from gantheory.symbolic import r

phi = sp.Function("phi", real=True)  # the profile, as a function of the squared distance
CUBE, SPLINE = r**3, r**2 * sp.log(r)
KERNELS = {
    "−r": (Radial(-r, 1), lambda d: -d),
    "r³": (Radial(CUBE, 2), lambda d: d**3),
    "r² log r": (Radial(SPLINE, 2), lambda d: d**2 * np.log(np.where(d > 0, d, 1.0))),
    "Gaussian": (Radial(sp.exp(-(r**2) / 2)), lambda d: np.exp(-(d**2) / 2)),
}
NAMES = ("C4", "C8", "D3")
CASES = [(k, n) for k in KERNELS for n in NAMES]


def first_turned(name: str) -> sp.Expr:
    """The mean of k(T x, y) for an unknown radial k."""
    return sp.Add(*(phi(square(moved(T), Y)) for T in exact(name))) / len(exact(name))


def second_turned(name: str) -> sp.Expr:
    """The mean of k(x, T y)."""
    return sp.Add(*(phi(square(X, moved(T, Y))) for T in exact(name))) / len(exact(name))


def both_turned(name: str) -> sp.Expr:
    """The mean of k(T x, T' y) over both."""
    pairs = [(S, T) for S in exact(name) for T in exact(name)]
    return sp.Add(*(phi(square(moved(S), moved(T, Y))) for S, T in pairs)) / len(pairs)


def signed(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The orbits of data and fakes with weights p − q, by NumPy."""
    (x, a), (y, b) = (orbits(m, GROUPS[name]) for m in (cloud(5, 2, 1), cloud(8, 2, 2, -0.3)))
    return np.concatenate([x, y]), np.concatenate([a, -b])


def averaged_witness(kernel: str, name: str) -> np.ndarray:
    """S[D], D the witness between the samples, by the package."""
    real, fake = cloud(5, 2, 1), cloud(8, 2, 2, -0.3)
    D = KernelExpansion(KERNELS[kernel][0], torch.cat([real.points, fake.points]), torch.cat([real.weights, -fake.weights]))
    return symmetrised(D, GROUPS[name])(cloud(6, 2, 3).points).numpy()


def witness_of_orbits(kernel: str, name: str) -> np.ndarray:
    """The witness between the averaged measures at the same points, by NumPy."""
    points, weights = signed(name)
    distance = np.linalg.norm(cloud(6, 2, 3).points.numpy()[:, None] - points, axis=2)
    return KERNELS[kernel][1](distance) @ weights


def discrepancy(kernel: str, name: str) -> float:
    """MMD² of the samples with the averaged kernel, by the package."""
    return mmd_squared(cloud(5, 2, 1), cloud(8, 2, 2, -0.3), SymmetrisedKernel(KERNELS[kernel][0], GROUPS[name]))


def discrepancy_of_orbits(kernel: str, name: str) -> float:
    """MMD² of the averaged measures, by NumPy."""
    points, weights = signed(name)
    return float(weights @ KERNELS[kernel][1](np.linalg.norm(points[:, None] - points, axis=2)) @ weights)


WITNESS = Claim(
    name="averaged-witness",
    says="The witness averaged over the group is the witness between the averaged measures, for any invariant kernel.",
    equation=r"S_\Sigma\left[\int k(\cdot, y)\,(P-Q)(dy)\right] = \int k(\cdot, y)\,(S^\Sigma[P]-S^\Sigma[Q])(dy)",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(f"{n}: mean k(T x, y) = mean k(x, T y), k unknown", partial(first_turned, n), partial(second_turned, n))
        for n in ("C4", "D3")
    ),
    witness=Agreement(
        tuple(
            Step(
                f"{k}, {n}: averaged witness, orbits",
                partial(averaged_witness, k, n),
                partial(witness_of_orbits, k, n),
                Rivals(1e-12),
            )
            for k, n in CASES
        )
    ),
)

DISCREPANCY = Claim(
    name="averaged-discrepancy",
    says="MMD over the invariant part of the unit ball is MMD with the averaged kernel, and is MMD of the averaged measures.",
    equation=r"k_\Sigma(x,y) = \frac{1}{|\Sigma|}\sum_\sigma k(x, T_\sigma y),\quad "
    r"\mathrm{MMD}_{k_\Sigma}(P,Q) = \mathrm{MMD}_k(S^\Sigma[P], S^\Sigma[Q])",
    source="birrell2022structure, invariant discriminators",
    proof=tuple(
        Step(f"{n}: averaging over both arguments is averaging over one", partial(both_turned, n), partial(second_turned, n))
        for n in ("C4", "D3")
    ),
    witness=Agreement(
        tuple(
            Step(
                f"{k}, {n}: averaged kernel, orbits",
                partial(discrepancy, k, n),
                partial(discrepancy_of_orbits, k, n),
                Rivals(1e-11),
            )
            for k, n in CASES
        )
    ),
)
