"""The sign with which a power or logarithm is the kernel of (−Δ)^m, and a rule in public code that misses it."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise, product

import numpy as np
import sympy as sp
import torch
from scipy.integrate import quad

from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.kernels import polyharmonic
from gantheory.symbolic import flux, fundamental_solution, r, radial_laplacian

u, v = sp.symbols("u v", positive=True)
CASES = list(product(range(1, 9), range(1, 7)))  # (n, m)
POINTS, WEIGHTS = np.array([-1.5, -0.5, 0.5, 1.5]), np.array([1.0, -3.0, 3.0, -1.0])  # moments 0, 1, 2 vanish


def by_flux(dim: int, order: int) -> int:
    """The sign that makes ψ a kernel of (−Δ)^m with positive flux."""
    psi = r ** (2 * order - dim) * (sp.log(r) if dim % 2 == 0 and dim <= 2 * order else 1)
    return int(sp.sign(flux((-1) ** (order - 1) * radial_laplacian(psi, dim, order - 1), dim)))


def by_rule(dim: int, order: int) -> int:
    """+1 for 2m < n, else (−1)^{⌊k/2⌋+1} with k = 2m − n."""
    k = 2 * order - dim
    return 1 if k < 0 else (-1) ** (k // 2 + 1)


def of_the_kernel(dim: int, order: int) -> int:
    """The sign of the toolkit's G/ψ."""
    constant = sp.Mul(*(f for f in sp.Mul.make_args(fundamental_solution(order, dim)) if not f.has(r)))
    return int(sp.sign(constant))


def in_code(dim: int, order: int) -> int:
    """The public code's sign: flipped iff k < 0."""
    return 1 if 2 * order < dim else -1


def table(entry: Callable[[int, int], int]) -> sp.Expr:
    """Σ entry(n, m) uⁿ vᵐ: every sign at once."""
    return sp.Add(*(entry(n, m) * u**n * v**m for n, m in CASES))


def energy(order: int) -> float:
    """Σ w_i w_j G(|x_i − x_j|) on the line."""
    G = sp.lambdify(r, fundamental_solution(order, 1), "numpy")
    return float(WEIGHTS @ G(np.abs(POINTS[:, None] - POINTS)) @ WEIGHTS)


def penalty(order: int) -> float:
    """∫|D^{(m)}|² dx of D = Σ w_i G(|x − x_i|), by quadrature: positive."""
    t = sp.Symbol("t", real=True)
    half = sp.diff(fundamental_solution(order, 1).subs(r, t), t, order)
    slope = sp.lambdify(t, half, "numpy")

    def D(x: float) -> float:
        parts = [np.sign(x - c) ** order * w * slope(abs(x - c)) for c, w in zip(POINTS, WEIGHTS, strict=True)]
        return float(sum(parts))

    return sum(quad(lambda x: D(x) ** 2, a, b, epsabs=1e-13)[0] for a, b in pairwise(POINTS))


SIGN = Claim(
    name="polyharmonic-sign",
    says="G = ±|c|ψ with + for 2m < n and (−1)^{⌊k/2⌋+1} otherwise, k = 2m − n: with this sign the energy of D is positive.",
    equation=r"\operatorname{sign}(G/\psi) = \begin{cases} +1 & 2m < n\\ (-1)^{\lfloor k/2\rfloor+1} & 2m \ge n\end{cases}",
    source="wendland2004scattered, section 8.3",
    proof=(
        Step("the rule against the flux, n ≤ 8, m ≤ 6", lambda: table(by_flux), lambda: table(by_rule)),
        Step("the toolkit's constant against the rule, n ≤ 8, m ≤ 6", lambda: table(of_the_kernel), lambda: table(by_rule)),
    ),
    witness=Agreement(
        tuple(
            Step(
                f"n = 1, m = {m}: kernel energy against ∫|D^({m})|² by quadrature",
                partial(energy, m),
                partial(penalty, m),
                Rivals(1e-11),
            )
            for m in (1, 2, 3)
        )
    ),
)


def agreements() -> sp.Expr:
    """Where the code's sign is the kernel's."""
    return sp.Add(*(int(in_code(n, m) == of_the_kernel(n, m)) * u**n * v**m for n, m in CASES))


def expected() -> sp.Expr:
    """k < 0, or ⌊k/2⌋ even."""
    return sp.Add(*(u**n * v**m for n, m in CASES if 2 * m < n or ((2 * m - n) // 2) % 2 == 0))


def by_code() -> float:
    """Second differences in the energy of r³/12 with the code's sign."""
    w = np.array([1.0, -2.0, 1.0])
    x = np.array([-1.0, 0.0, 1.0])
    return float(-(w @ (np.abs(x[:, None] - x) ** 3 / 12) @ w))


def by_toolkit() -> float:
    """The same with the toolkit's kernel."""
    w, x = torch.tensor([1.0, -2.0, 1.0], dtype=torch.float64), torch.tensor([[-1.0], [0.0], [1.0]], dtype=torch.float64)
    return float(w @ polyharmonic(2, 1)(x, x) @ w)


SIGN_FLIP = Claim(
    name="sign-flip-of-code",
    says="To flip the sign of ψ iff k < 0, as public code does, is right iff k < 0 or ⌊k/2⌋ is even: wrong for k = 2, 3, 6, 7.",
    equation=r"\text{right} \iff k < 0 \ \text{or}\ \lfloor k/2\rfloor \in 2\mathbb{Z},\qquad k = 2m-n",
    source="asokan2023data, public code, loss_RBF",
    proof=(Step("where the rule agrees, n ≤ 8, m ≤ 6", agreements, expected),),
    witness=(
        Refutation(
            example="n = 1, m = 2, k = 3: the energy ∫|D″|² = 2/3 of weights 1, −2, 1 at −1, 0, 1",
            printed=by_code,
            found=by_toolkit,
        ),
        Agreement((Step("the toolkit's energy is that of a hat function", by_toolkit, lambda: 2 / 3, Rivals(1e-13)),)),
    ),
)
