"""The weights r = −γ′ of SAN: one claim for each loss, the loss that has none, and the direction term of BigVSAN."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from scipy.special import expit

from gantheory._errors import Refusal
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import SOFTPLUS_LEAST_SQUARES, SlicedLinear, SlicedObjective
from gantheory.lowering import lower
from gantheory.objectives import HINGE, LEAST_SQUARES, LOGISTIC, NON_SATURATING, WASSERSTEIN, Loss
from gantheory.symbolic import y

VALUES = np.array([-35.0, -6.0, -1.3, 0.0, 0.4, 2.0, 7.0, 40.0])


@cache
def objective(loss: Loss, weight: float = 1.0, normalised: bool = True) -> SlicedObjective:
    """SAN for the loss."""
    return SlicedObjective(loss, weight, normalised)


def shares(loss: Loss) -> np.ndarray:
    """The package's unnormalised weights of equally many samples with these values of f, times their number."""
    return len(VALUES) * objective(loss, normalised=False).shares(torch.from_numpy(VALUES)).numpy()


def softplus(u: np.ndarray) -> np.ndarray:
    """log(1 + e^u)."""
    return np.logaddexp(0, u)


def table_row(
    name: str, loss: Loss, printed: sp.Expr, numbers: Callable[[np.ndarray], np.ndarray], latex: str, source: str
) -> Claim:
    """The claim that −γ′ is what the table prints."""
    return Claim(
        name=f"san-weights-{name}",
        says=f"SAN for the {name.replace('-', ' ')} loss weighs samples by this positive r = −γ′.",
        equation=latex,
        source=source,
        proof=(Step("−γ′ by SymPy", lambda: sp.simplify(-sp.diff(loss.generator, y)), lambda: printed),),
        witness=Agreement(
            (Step("weights of a batch, f from −35 to 40", partial(shares, loss), lambda: numbers(VALUES), Rivals(1e-13)),)
        ),
    )


_san = "takida2024san, the weighting functions of its objective"
WEIGHTS = (
    table_row("wasserstein", WASSERSTEIN, sp.Integer(1), np.ones_like, r"\gamma = -f,\quad r = 1", _san),
    table_row("hinge", HINGE, sp.Integer(1), np.ones_like, r"\gamma = -f,\quad r = 1", _san),
    table_row("saturating", LOGISTIC, 1 / (1 + sp.exp(-y)), expit, r"\gamma = \log(1-\sigma(f)),\quad r = \sigma(f)", _san),
    table_row(
        "non-saturating",
        NON_SATURATING,
        1 / (1 + sp.exp(y)),
        lambda f: expit(-f),
        r"\gamma = -\log\sigma(f),\quad r = \sigma(-f)",
        _san,
    ),
    table_row(
        "softplus-least-squares",
        SOFTPLUS_LEAST_SQUARES,
        2 * sp.log(1 + sp.exp(1 - y)) / (1 + sp.exp(y - 1)),
        lambda f: 2 * softplus(1 - f) * expit(1 - f),
        r"\gamma = \mathrm{softplus}(1-f)^2,\quad r = 2\,\mathrm{softplus}(1-f)\,\sigma(1-f)",
        "shibuya2024bigvsan, the least-squares form of its code",
    ),
)


def refused() -> float:
    """Where the package says that the weights of least squares change sign."""
    try:
        objective(LEAST_SQUARES)
    except Refusal as refusal:
        return float(str(refusal.given).rsplit("=", 1)[1])
    return 0.0


TURNING = Claim(
    name="least-squares-weights-turn",
    says="Plain least squares has no weights for SAN: r = 1 − f is negative beyond the generator's label.",
    equation=r"\gamma = \tfrac12(f-1)^2,\qquad r = 1-f < 0\ \text{for}\ f > 1",
    source="shibuya2024bigvsan, which replaces the square by softplus; takida2024san needs r > 0",
    proof=(Step("−γ′ by SymPy", lambda: -sp.diff(LEAST_SQUARES.generator, y), lambda: 1 - y),),
    witness=(
        Refutation(
            "f = 3: the weight that a measure needs, |1 − f|, and r",
            lambda: 2.0,
            lambda: float(lower(-sp.diff(LEAST_SQUARES.generator, y), y)(torch.tensor([3.0], dtype=torch.float64))),
        ),
        Agreement((Step("the refusal names a value just above the label 1", refused, lambda: 1.01, Rivals(9e-4)),)),
    ),
)


def batch() -> tuple[torch.Tensor, torch.Tensor, SlicedLinear]:
    """Features of 7 reals and 5 fakes in R⁴, and the layer."""
    rng = np.random.default_rng(5)
    layer = SlicedLinear(4, generator=torch.Generator().manual_seed(5), scale=1.4, dtype=torch.float64)
    return torch.from_numpy(rng.normal(0.2, 1.0, (7, 4))), torch.from_numpy(rng.normal(-0.3, 1.0, (5, 4))), layer


def by_generator_loss(loss: Loss) -> np.ndarray:
    """The gradient in ω of E_p γ(s⟨ω, h⟩) − E_q γ(s⟨ω, h⟩), projected, by autograd."""
    h, k, layer = batch()
    omega = layer.weight.detach().requires_grad_()
    gamma = lower(loss.generator, y)
    (found,) = torch.autograd.grad(gamma(1.4 * h @ omega).mean() - gamma(1.4 * k @ omega).mean(), omega)
    return (found - omega * (omega @ found)).detach().numpy()


def by_objective(loss: Loss) -> np.ndarray:
    """The gradient in the layer's weight with λ = s and unnormalised weights."""
    h, k, layer = batch()
    (found,) = torch.autograd.grad(objective(loss, 1.4, False).discriminator(layer(h), layer(k)), layer.weight)
    return found.numpy()


def slope(side: int, loss: Loss) -> list[sp.Expr]:
    """∂/∂ω of γ(s⟨ω, h⟩) − γ(s⟨ω, k⟩), and −s(r h − r k), D = 2."""
    s = sp.Symbol("s", positive=True)
    omega, h, k = (sp.Matrix(sp.symbols(f"{n}1:3", real=True)) for n in ("w", "h", "k"))
    if side == 0:
        total = loss.generator.subs(y, s * omega.dot(h)) - loss.generator.subs(y, s * omega.dot(k))
        return [sp.diff(total, v) for v in omega]
    r = {
        NON_SATURATING: lambda f: 1 / (1 + sp.exp(f)),
        SOFTPLUS_LEAST_SQUARES: lambda f: 2 * sp.log(1 + sp.exp(1 - f)) * sp.exp(1 - f) / (1 + sp.exp(1 - f)),
    }[loss]
    return list(-s * (r(s * omega.dot(h)) * h - r(s * omega.dot(k)) * k))


BIGVSAN = Claim(
    name="bigvsan-direction",
    says="Training ω by E_p γ(f) − E_q γ(f), as BigVSAN's code does, follows the un-normalised weighted gap, λ = s.",
    equation=r"\partial_\omega\left(\mathbb{E}_p\gamma(s\langle\omega,h\rangle)-\mathbb{E}_q\gamma(s\langle\omega,h\rangle)"
    r"\right) = -s\left(\mathbb{E}_p[r\,h]-\mathbb{E}_q[r\,h]\right)",
    source="shibuya2024bigvsan, its public code",
    proof=tuple(
        Step(f"{name}: one real, one fake, D = 2", partial(slope, 0, loss), partial(slope, 1, loss))
        for name, loss in (("non-saturating", NON_SATURATING), ("softplus squares", SOFTPLUS_LEAST_SQUARES))
    ),
    witness=Agreement(
        tuple(
            Step(
                f"{name}: the layer against autograd of γ",
                partial(by_objective, loss),
                partial(by_generator_loss, loss),
                Rivals(1e-12),
            )
            for name, loss in (
                ("saturating", LOGISTIC),
                ("non-saturating", NON_SATURATING),
                ("softplus squares", SOFTPLUS_LEAST_SQUARES),
            )
        )
    ),
)
