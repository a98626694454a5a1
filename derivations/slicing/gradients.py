"""What each term of SAN trains: exact gradients of the layer, of its two predecessors in code, and of swapped detaches."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from scipy.special import expit
from torch import Tensor

from gantheory._types import gradient
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.discriminators import Sliced, SlicedDiscriminator, SlicedLinear, SlicedObjective
from gantheory.lowering import lower
from gantheory.objectives import HINGE, LOGISTIC, NON_SATURATING, WASSERSTEIN, Loss
from gantheory.symbolic import y

LOSSES = {"Wasserstein": WASSERSTEIN, "hinge": HINGE, "saturating": LOGISTIC, "non-saturating": NON_SATURATING}
UNWEIGHTED = {"Wasserstein": WASSERSTEIN, "hinge": HINGE}  # r = 1
SCALE = 1.7


@cache
def objective(loss: Loss, weight: float = 1.0, normalised: bool = True) -> SlicedObjective:
    """SAN for the loss."""
    return SlicedObjective(loss, weight, normalised)


def batch(seed: int = 0) -> tuple[Tensor, Tensor, SlicedLinear]:
    """Features of 7 reals and 5 fakes in R⁴, and the layer."""
    rng = np.random.default_rng(seed)
    h, k = (torch.tensor(rng.normal(m, 1.0, (n, 4)), requires_grad=True) for m, n in ((0.2, 7), (-0.1, 5)))
    layer = SlicedLinear(4, generator=torch.Generator().manual_seed(seed), scale=SCALE, dtype=torch.float64)
    return h, k, layer


def slopes(value: Tensor, *at: Tensor) -> list[np.ndarray]:
    """The gradients of the value."""
    return [z.numpy() for z in torch.autograd.grad(value, at)]


def risk(f: Tensor, e: Tensor, loss: Loss) -> Tensor:
    """The plain GAN's loss of the discriminator."""
    return lower(loss.real, y)(f).mean() + lower(loss.fake, y)(e).mean()


# SymPy: one real with features h, one fake with features k, in R²; the live w and its frozen copy

w, frozen, h_, k_, h_frozen, k_frozen = (sp.Matrix(sp.symbols(f"{n}1:3", real=True)) for n in ("w", "v", "h", "k", "i", "j"))
THAW = dict(zip([*frozen, *h_frozen, *k_frozen], [*w, *h_, *k_], strict=True))


def length(vector: sp.Matrix) -> sp.Expr:
    """|vector|."""
    return sp.sqrt(vector.dot(vector))


def simple_san(loss: Loss) -> sp.Expr:
    """ℓ_real(|w|⟨ω⁻, h⟩) + ℓ_fake(|w|⟨ω⁻, k⟩) − ⟨ω, |w|⁻(h⁻ − k⁻)⟩ with ω = w/|w|."""
    f, e = (length(w) * frozen.dot(z) / length(frozen) for z in (h_, k_))
    gap = length(frozen) * (h_frozen - k_frozen)
    return loss.real.subs(y, f) + loss.fake.subs(y, e) - w.dot(gap) / length(w)


def by_differentiation(loss: Loss) -> list[sp.Expr]:
    """Its gradient in w, copies thawed afterwards."""
    return [sp.diff(simple_san(loss), v).subs(THAW) for v in w]


def by_hand(loss: Loss) -> list[sp.Expr]:
    """ω ∂V/∂s − (I − ωωᵀ)(h − k), s = |w|."""
    omega = w / length(w)
    slope = sp.Add(*(sp.diff(side, y).subs(y, w.dot(z)) * omega.dot(z) for side, z in ((loss.real, h_), (loss.fake, k_))))
    gap = h_ - k_
    return list(omega * slope - (gap - omega * omega.dot(gap)))


def simple_gradient(loss: Loss) -> np.ndarray:
    """The gradient in w of simple-san's form, by autograd."""
    h, k, layer = batch()
    vector = (SCALE * layer.weight.detach()).requires_grad_()
    size, omega = vector.norm(), vector / vector.norm()
    f, e = (size * z @ omega.detach() for z in (h, k))
    gap = (size * h.mean(0) - size * k.mean(0)).detach()
    return slopes(risk(f, e, loss) - omega @ gap, vector)[0]


def layer_gradient(loss: Loss) -> np.ndarray:
    """ω ∂/∂s + ∂/∂ω of the package's layer."""
    h, k, layer = batch()
    along, across = slopes(objective(loss).discriminator(layer(h), layer(k)), layer.scale, layer.weight)
    return layer.weight.detach().numpy() * along + across


SAN_GRADIENT = Claim(
    name="san-gradient",
    says="SAN moves the last layer's scale by the GAN's loss and its direction by the tangent part of the gap of means.",
    equation=r"\frac{\partial L}{\partial w} = \omega\,\frac{\partial V}{\partial s} - (I-\omega\omega^{\top})\,\mathrm{gap},"
    r"\qquad w = s\,\omega",
    source="takida2024san, equation of the SAN objective, as its public code writes it",
    proof=tuple(
        Step(f"{name}: one real, one fake, D = 2", partial(by_differentiation, loss), partial(by_hand, loss))
        for name, loss in (("Wasserstein", WASSERSTEIN), ("logistic, r left out", LOGISTIC))
    ),
    witness=Agreement(
        tuple(
            Step(
                f"{name}: scale and direction of the layer against w = sω",
                partial(layer_gradient, loss),
                partial(simple_gradient, loss),
                Rivals(1e-13),
            )
            for name, loss in UNWEIGHTED.items()
        )
    ),
)


def feature_gradients(loss: Loss, sliced: bool) -> np.ndarray:
    """∂L/∂h and ∂L/∂k by SAN, or by the plain GAN with w = sω."""
    h, k, layer = batch()
    if sliced:
        return np.concatenate(slopes(objective(loss).discriminator(layer(h), layer(k)), h, k))
    vector = SCALE * layer.weight.detach()
    return np.concatenate(slopes(risk(h @ vector, k @ vector, loss), h, k))


def feature_slopes(loss: Loss, side: int) -> list[sp.Expr]:
    """∂/∂h of SAN's loss, thawed, and of ℓ_real(⟨w, h⟩)."""
    if side == 0:
        return [sp.diff(simple_san(loss), v).subs(THAW) for v in h_]
    return [sp.diff(loss.real.subs(y, w.dot(h_)), v) for v in h_]


FEATURE_GRADIENT = Claim(
    name="san-feature-gradient",
    says="SAN trains the features exactly as the plain GAN does.",
    equation=r"\frac{\partial L_{\mathrm{SAN}}}{\partial h} = \frac{\partial L_{\mathrm{GAN}}}{\partial h}",
    source="takida2024san, equation of the SAN objective",
    proof=(Step("logistic: one real, D = 2", partial(feature_slopes, LOGISTIC, 0), partial(feature_slopes, LOGISTIC, 1)),),
    witness=Agreement(
        tuple(
            Step(
                f"{name}: 7 reals, 5 fakes, D = 4",
                partial(feature_gradients, loss, True),
                partial(feature_gradients, loss, False),
                Rivals(1e-13),
            )
            for name, loss in LOSSES.items()
        )
    ),
)


def scaled_direction(side: int) -> list[sp.Expr]:
    """−∂/∂w of s⁻⟨w/|w|, gap⟩ at |w| = 1, and −s(I − wwᵀ)gap: w = (cos, sin) after differentiating."""
    s, angle = sp.Symbol("s", positive=True), sp.Symbol("theta", real=True)
    gap, circle = h_ - k_, dict(zip(w, (sp.cos(angle), sp.sin(angle)), strict=True))
    if side == 0:
        return [sp.simplify(-sp.diff(s * w.dot(gap) / length(w), v).subs(circle)) for v in w]
    omega = sp.Matrix(list(circle.values()))
    return list(-s * (gap - omega * omega.dot(gap)))


def style_gradient() -> np.ndarray:
    """The gradient in a unit weight of the direction term s⁻⟨ω, gap⟩, by autograd."""
    h, k, layer = batch()
    weight = layer.weight.detach().requires_grad_()
    omega = weight / weight.norm()
    return slopes(SCALE * (k.detach() @ omega).mean() - SCALE * (h.detach() @ omega).mean(), weight)[0]


def weighted_layer_gradient() -> np.ndarray:
    """The gradient in the layer's weight, with the scale as λ."""
    h, k, layer = batch()
    return slopes(objective(HINGE, SCALE).discriminator(layer(h), layer(k)), layer.weight)[0]


STYLE = Claim(
    name="san-scaled-direction",
    says="Where the scale multiplies the direction term too, as in StyleSAN's layer, it multiplies the gradient: λ = s.",
    equation=r"\frac{\partial}{\partial\omega}\left(-s\,\langle\omega,\mathrm{gap}\rangle\right)\Big|_{T}"
    r" = -s\,(I-\omega\omega^{\top})\,\mathrm{gap}",
    source="takida2024san, the layer of its large-scale code",
    proof=(Step("D = 2, a unit weight", partial(scaled_direction, 0), partial(scaled_direction, 1)),),
    witness=Agreement((Step("D = 4: λ = s in the objective", weighted_layer_gradient, style_gradient, Rivals(1e-13)),)),
)


def swapped(reading: Sliced, layer: SlicedLinear) -> Sliced:
    """Function and direction exchanged: ω is then trained by the loss, h by the unbounded gap of means."""
    return Sliced(layer.scale.detach() * reading.direction, reading.function)


def swapped_gradients(loss: Loss) -> np.ndarray:
    """∂L/∂h and ∂L/∂k where the detaches are swapped."""
    h, k, layer = batch()
    return np.concatenate(slopes(objective(loss).discriminator(swapped(layer(h), layer), swapped(layer(k), layer)), h, k))


def signature() -> np.ndarray:
    """−sω/n for every real, +sω/m for every fake."""
    omega = batch()[2].weight.detach().numpy()
    return SCALE * np.concatenate([np.tile(-omega / 7, (7, 1)), np.tile(omega / 5, (5, 1))])


def swapped_slopes(side: int) -> list[sp.Expr]:
    """∂/∂h of ℓ(|w|⟨ω, h⁻⟩) − |w|⟨ω⁻, h⟩, thawed; and −w."""
    if side == 1:
        return [-v for v in w]
    f = length(w) * w.dot(h_frozen) / length(w)
    term = LOGISTIC.real.subs(y, f) - length(w) * frozen.dot(h_) / length(frozen)
    return [sp.simplify(sp.diff(term, v).subs(THAW)) for v in h_]


def satisfied(loss: Loss, exchanged: bool) -> float:
    """|∂L/∂h| of the real that is farthest inside the margin of the hinge loss, f > 1."""
    h, k, layer = batch()
    omega = layer.weight.detach()
    h = (h.detach() + 3 * omega).requires_grad_()
    f = SCALE * (h.detach() @ omega)
    inside = int(f.argmax())
    real, fake = layer(h), layer(k)
    if exchanged:
        real, fake = swapped(real, layer), swapped(fake, layer)
    return float(np.linalg.norm(slopes(objective(loss).discriminator(real, fake), h)[0][inside]))


SWAPPED = Claim(
    name="swapped-detach",
    says="With the detaches swapped, every feature gets the same push sω/n for ever: no margin, no saturation, no bound.",
    equation=r"\frac{\partial L}{\partial h_i} = -\frac{s\,\omega}{n}\ \text{(data)},\qquad \frac{\partial L}{\partial h_j}"
    r" = \frac{s\,\omega}{m}\ \text{(fakes)}",
    source="takida2024san, its public MNIST code before 2024-06-13",
    proof=(Step("one real, D = 2: the slope is −w whatever the loss", partial(swapped_slopes, 0), partial(swapped_slopes, 1)),),
    witness=(
        Refutation(
            "hinge, a real with f > 1, which should be left alone: |∂L/∂h| of the swapped code, and of SAN",
            partial(satisfied, HINGE, True),
            partial(satisfied, HINGE, False),
            0.5,
        ),
        Agreement(
            tuple(
                Step(f"{name}: the signature", partial(swapped_gradients, loss), signature, Rivals(1e-12))
                for name, loss in UNWEIGHTED.items()
            )
        ),
    ),
)


# The generator


def network() -> tuple[SlicedDiscriminator, Tensor]:
    """f = s⟨ω, tanh(Mx)⟩ and 6 points in the plane."""
    rng = np.random.default_rng(3)
    M = torch.from_numpy(rng.normal(size=(2, 4)))
    features: Callable[[Tensor], Tensor] = lambda x: torch.tanh(x @ M)  # noqa: E731
    return SlicedDiscriminator(features, batch()[2]), torch.from_numpy(rng.normal(size=(6, 2)))


def generator_gradient(loss: Loss) -> np.ndarray:
    """∇ of the generator's loss in its points."""
    D, x = network()
    x.requires_grad_()
    (slope,) = torch.autograd.grad(objective(loss).generator(D.readings(x)), x)
    return slope.numpy()


FORCES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Wasserstein": np.ones_like,
    "hinge": np.ones_like,
    "saturating": expit,
    "non-saturating": lambda f: expit(-f),
}


def pushed(name: str) -> np.ndarray:
    """−r(f) ∇f / n, r by hand."""
    D, x = network()
    f = D(x).detach().numpy()
    return -FORCES[name](f)[:, None] * gradient(D, x).detach().numpy() / len(f)


def chain(side: int, loss: Loss) -> sp.Expr:
    """d/dθ γ(f(θ)) for f = αθ + βθ², and −r(f) f′."""
    alpha, beta, theta = sp.symbols("alpha beta theta", real=True)
    f = alpha * theta + beta * theta**2
    if side == 0:
        return sp.diff(loss.generator.subs(y, f), theta)
    r = {LOGISTIC: 1 / (1 + sp.exp(-f)), NON_SATURATING: 1 / (1 + sp.exp(f)), HINGE: sp.Integer(1)}[loss]
    return -r * (alpha + 2 * beta * theta)


GENERATOR = Claim(
    name="san-generator-gradient",
    says="The generator follows −E r(f)∇f, with the same weights r that SAN gives to the samples of its direction term.",
    equation=r"\nabla_\theta\,\mathbb{E}_z\,\gamma(f(g_\theta(z))) = -\mathbb{E}_z\left[r(f(g_\theta(z)))\,\nabla_\theta"
    r" f(g_\theta(z))\right],\qquad r=-\gamma'",
    source="takida2024san, the weighting functions of its objective",
    proof=tuple(
        Step(f"{name}: the chain rule with r by hand", partial(chain, 0, loss), partial(chain, 1, loss))
        for name, loss in LOSSES.items()
        if loss is not WASSERSTEIN
    ),
    witness=Agreement(
        tuple(
            Step(f"{name}: 6 points in the plane", partial(generator_gradient, loss), partial(pushed, name), Rivals(1e-12))
            for name, loss in LOSSES.items()
        )
    ),
)
