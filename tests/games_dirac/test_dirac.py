"""The Dirac-GAN: two routes to its velocity, eigenvalues, and what it refuses."""

import numpy as np
import pytest
import sympy as sp
import torch
from scipy.integrate import quad

from gantheory._errors import Refusal
from gantheory.games import (
    UNREGULARISED,
    Consensus,
    DiracField,
    DiracGAN,
    GeneratorSlope,
    InstanceNoise,
    Penalised,
    Regulariser,
    jacobian,
    noise,
    psi,
    r1,
    r2,
    spectrum,
    theta,
    wgan_gp,
)
from gantheory.integration import integrate, rk4
from gantheory.objectives import (
    HINGE,
    LEAST_SQUARES,
    LOGISTIC,
    NON_SATURATING,
    WASSERSTEIN,
    GradientPenalty,
    Loss,
    least_squares,
)
from gantheory.symbolic import nu, p, q, y

LOSSES = {
    "wasserstein": WASSERSTEIN,
    "logistic": LOGISTIC,
    "non-saturating": NON_SATURATING,
    "least squares": LEAST_SQUARES,
    "labels": least_squares(-2, 1, sp.Rational(1, 2)),
    "hinge": HINGE,
}
REGULARISERS = {
    "none": UNREGULARISED,
    "r1": r1(0.3),
    "r2": r2(1.7),
    "wgan-gp": wgan_gp(0.7, 1.2),
    "wgan-lp": Penalised(0.4 * GradientPenalty(over=nu, centre=0.8, one_sided=True)),
    "order 0": Penalised(0.6 * GradientPenalty(0, over=q)),
    "mixed": Penalised(0.6 * GradientPenalty(over=(p + 3 * q) / 4)),
    "noise": InstanceNoise(0.7),
    "noise on one": InstanceNoise(0.4, real_deviation=0.9),
    "consensus": Consensus(0.8),
    "ode-gan": GeneratorSlope(0.45),
}
CASES = [(a, b) for a in LOSSES for b in REGULARISERS]
STATES = torch.tensor([[0.4, -0.7], [-1.3, 0.9], [1.9, 1.1], [0.3, -2.2]], dtype=torch.float64)
ORIGIN = torch.zeros(2, dtype=torch.float64)
g = sp.Symbol("gamma", positive=True)


@pytest.mark.parametrize(("loss", "regulariser"), CASES)
def test_the_velocity_by_sympy_is_that_by_autograd(loss, regulariser):
    dirac = DiracGAN(LOSSES[loss], REGULARISERS[regulariser])
    if loss == "hinge" and isinstance(dirac.regulariser, InstanceNoise):
        with pytest.raises(Refusal, match=r"smooth losses; got a loss with kinks.*closed form"):
            _ = dirac.field
        return
    by_autograd = dirac.game.velocity(STATES)
    assert torch.allclose(dirac.field.velocity(STATES), by_autograd, rtol=1e-12, atol=1e-12)
    assert torch.allclose(dirac.field.velocity(STATES[2]), by_autograd[2], rtol=1e-12, atol=1e-12)


SLOPES = {  # ℓ_fake′ and γ′, ℓ_real′ in NumPy
    "wasserstein": (lambda u: 1 + 0 * u, lambda u: -1 + 0 * u, lambda u: -1 + 0 * u),
    "logistic": (lambda u: 1 / (1 + np.exp(-u)), lambda u: -1 / (1 + np.exp(-u)), lambda u: -1 / (1 + np.exp(u))),
    "non-saturating": (lambda u: 1 / (1 + np.exp(-u)), lambda u: -1 / (1 + np.exp(u)), lambda u: -1 / (1 + np.exp(u))),
    "least squares": (lambda u: u + 1, lambda u: u - 1, lambda u: u - 1),
    "hinge": (lambda u: 1.0 * (u > -1), lambda u: -1 + 0 * u, lambda u: -1.0 * (u < 1)),
}


@pytest.mark.parametrize("loss", SLOPES)
def test_the_velocity_is_that_of_the_paper_with_our_sign(loss):
    fake, generator, _ = SLOPES[loss]
    x, s = STATES.numpy().T
    found = DiracGAN(LOSSES[loss], r1(0.3)).game.velocity(STATES).numpy()
    assert np.allclose(found, np.column_stack([-s * generator(x * s), -x * fake(x * s) - 0.3 * s]), rtol=1e-13)


def mean(f, kinks):
    """E f(ξ) by SciPy."""
    return quad(lambda e: f(e) * np.exp(-(e**2) / 2) / np.sqrt(2 * np.pi), -12, 12, points=kinks, epsabs=1e-12, limit=300)[0]


@pytest.mark.parametrize("data", [0.7, 0.3, 0.0])
@pytest.mark.parametrize("loss", SLOPES)
def test_instance_noise_averages_both_sides(loss, data):
    fake, generator, real = SLOPES[loss]
    found = DiracGAN(LOSSES[loss], InstanceNoise(0.7, data)).game.velocity(STATES[:2]).numpy()
    for (x, s), v in zip(STATES.numpy(), found, strict=False):
        at = sorted(e for e in ((-1 / s - x) / 0.7, 1 / (data * s) if data else 99) if abs(e) < 12)
        first = -s * mean(lambda e, x=x, s=s: generator(s * (x + 0.7 * e)), at)
        second = -mean(lambda e, x=x, s=s: (x + 0.7 * e) * fake(s * (x + 0.7 * e)) + data * e * real(s * data * e), at)
        assert np.allclose(v, [first, second], rtol=1e-8, atol=1e-8)


def slope(f, x, s, h=1e-5):
    """(∂f/∂θ, ∂f/∂ψ) by central differences of the fourth order."""
    weights = {2: -1 / 12, 1: 2 / 3, -1: -2 / 3, -2: 1 / 12}
    return [sum(w * f(x + k * h * a, s + k * h * b) for k, w in weights.items()) / h for a, b in ((1, 0), (0, 1))]


@pytest.mark.parametrize("loss", [name for name in SLOPES if name != "hinge"])
def test_consensus_and_ode_gan_pay_for_gradients(loss):
    fake, generator, _ = SLOPES[loss]
    x, s = STATES.numpy().T
    plain = np.array([-s * generator(x * s), -x * fake(x * s)])
    half_speed = slope(lambda x, s: ((s * generator(x * s)) ** 2 + (x * fake(x * s)) ** 2) / 2, x, s)
    found = DiracGAN(LOSSES[loss], Consensus(0.8)).game.velocity(STATES).numpy().T
    assert np.allclose(found, plain - 0.8 * np.array(half_speed), rtol=1e-8, atol=1e-8)
    paid = slope(lambda x, s: (s * generator(x * s)) ** 2, x, s)[1]
    found = DiracGAN(LOSSES[loss], GeneratorSlope(0.45)).game.velocity(STATES).numpy().T
    assert np.allclose(found, [plain[0], plain[1] - 0.45 * paid], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("regulariser", [k for k in REGULARISERS if k != "wgan-gp"])
def test_the_symbolic_jacobian_is_that_by_autograd(loss, regulariser):
    dirac = DiracGAN(LOSSES[loss], REGULARISERS[regulariser])
    assert np.allclose(np.array(dirac.jacobian(), dtype=float), jacobian(dirac.game, ORIGIN), atol=1e-11)
    low, high = (complex(v) for v in dirac.eigenvalues())
    found = spectrum(dirac.game, ORIGIN).numpy()
    assert np.allclose(sorted([low, high], key=lambda v: (-v.real, -v.imag)), found, atol=1e-7)


def test_the_jacobian_away_from_the_equilibrium():
    dirac = DiracGAN(LEAST_SQUARES, Consensus(0.8))
    at = (sp.Rational(2, 5), sp.Rational(-7, 10))
    assert np.allclose(np.array(dirac.jacobian(at), dtype=float), jacobian(dirac.game, STATES[0]), atol=1e-12)


def test_rates_scale_the_rows():
    dirac = DiracGAN(LOGISTIC, r1(g))
    slow, fast = sp.Rational(1, 3), sp.Rational(5, 2)
    scaled = (sp.diag(slow, fast) * dirac.jacobian()).eigenvals()
    assert {sp.simplify(v) for v in scaled} == {sp.simplify(v) for v in dirac.eigenvalues((slow, fast))}


def test_critical_weights():
    s, unsigned = sp.Symbol("s", positive=True), sp.Symbol("c", real=True)
    assert DiracGAN(LOGISTIC, r1(g)).critical(g) == (1,)
    assert DiracGAN(LOGISTIC, r1(unsigned)).critical(unsigned) == (1,)
    assert DiracGAN(LEAST_SQUARES, InstanceNoise(s)).critical(s) == (1,)
    assert DiracGAN(WASSERSTEIN, InstanceNoise(s)).critical(s) == ()
    assert DiracGAN(LOGISTIC, Consensus(g)).critical(g) == ()


def test_the_letters_of_the_paper():
    assert (DiracGAN(LOGISTIC).a, DiracGAN(LOGISTIC).b) == (sp.Rational(1, 2), -sp.Rational(1, 4))
    assert (DiracGAN(LEAST_SQUARES).a, DiracGAN(LEAST_SQUARES).b) == (1, -1)
    assert (DiracGAN(HINGE).a, DiracGAN(HINGE).b) == (1, 0)


def test_a_penalty_is_taken_as_it_is():
    assert DiracGAN(WASSERSTEIN, sp.Rational(3, 20) * GradientPenalty(over=p)).velocity == (
        psi,
        -theta - sp.Rational(3, 10) * psi,
    )
    assert DiracGAN(WASSERSTEIN, GradientPenalty(over=q)).velocity == (psi, -theta - 2 * psi)
    assert DiracGAN(WASSERSTEIN, GradientPenalty(2, over=q)).velocity == (psi, -theta)
    assert DiracGAN(WASSERSTEIN, GradientPenalty(0, over=q)).velocity == (psi, -theta - 2 * psi * theta**2)
    assert DiracGAN(WASSERSTEIN, GradientPenalty(0, over=p)).velocity == (psi, -theta)


def test_a_one_sided_penalty_does_nothing_at_the_equilibrium():
    term = g * GradientPenalty(over=nu, centre=1, one_sided=True)
    assert DiracGAN(WASSERSTEIN, term).eigenvalues() == (-sp.I, sp.I)


def test_users_write_regularisers():
    class Decay:
        def players(self, loss):
            generator, discriminator = UNREGULARISED.players(loss)
            return generator, discriminator + psi**2 / 20

    assert isinstance(Decay(), Regulariser)
    assert DiracGAN(WASSERSTEIN, Decay()).jacobian() == DiracGAN(WASSERSTEIN, r1(0.1)).jacobian()


def test_dtype_and_device_follow_the_state():
    for dirac in (DiracGAN(LOGISTIC, InstanceNoise(0.7)), DiracGAN(HINGE, r1(0.3))):
        assert dirac.field.velocity(STATES.float()).dtype == torch.float32
        assert torch.allclose(dirac.field.velocity(STATES.float()).double(), dirac.field.velocity(STATES), atol=1e-5)
        assert dirac.field.velocity(STATES.to("meta")).device.type == "meta"
        assert dirac.game.velocity(STATES.float()).dtype == torch.float32


def test_a_field_of_many_games_is_each_of_them():
    values = torch.tensor([0.2, 0.9, 1.7], dtype=torch.float64)
    steps = torch.tensor([0.1, 0.4, 2.0], dtype=torch.float64)
    for dirac, single in (
        (DiracGAN(LOGISTIC, r1(g)), lambda v: DiracGAN(LOGISTIC, r1(v))),
        (DiracGAN(NON_SATURATING, InstanceNoise(g)), lambda v: DiracGAN(NON_SATURATING, InstanceNoise(v))),
    ):
        field = DiracField(dirac.drift, dirac.nodes, g, values, steps)
        found = field.velocity(STATES[:3].T.reshape(-1)).reshape(2, 3).T
        for i in range(3):
            alone = steps[i] * single(float(values[i])).game.velocity(STATES[i])
            assert torch.allclose(found[i], alone, rtol=1e-12, atol=1e-13)


def test_the_flow_is_differentiable_in_its_start():
    start = torch.tensor([0.8, 0.3], dtype=torch.float64)

    def end(z):
        return integrate(DiracGAN(LOGISTIC, r1(0.4)).field, z, (0.0, 1.0), method=rk4(0.1)).final

    assert torch.autograd.gradcheck(end, start.requires_grad_())


def test_gaussian_averages_stay_integrals_where_they_must():
    velocity = DiracGAN(LOGISTIC, InstanceNoise(1)).velocity[0]
    assert isinstance(velocity, sp.Integral)
    assert DiracGAN(LEAST_SQUARES, InstanceNoise(1)).velocity[1].expand() == -(theta**2) * psi - theta - 2 * psi


REFUSED = {
    "no loss": (lambda: DiracGAN("logistic"), r"starts with a Loss; got 'logistic'\. Use LOGISTIC"),
    "a name": (lambda: DiracGAN(LOGISTIC, "r1"), r"losses of both players; got 'r1'\. Use r1\(weight\)"),
    "a class": (lambda: DiracGAN(LOGISTIC, InstanceNoise), r"losses of both players; got <class"),
    "lebesgue": (lambda: DiracGAN(LOGISTIC, GradientPenalty()), r"measures being points; got over=1\. Use over=p"),
    "product": (lambda: DiracGAN(LOGISTIC, GradientPenalty(over=p * q)), r"measures being points; got over=p\*q"),
    "nu of order 0": (lambda: DiracGAN(LOGISTIC, GradientPenalty(0, over=nu)), r"is one of the slope of D; got order 0"),
    "no penalty": (lambda: Penalised(3), r"is weight \* GradientPenalty\(…\); got 3\. Use r1"),
    "negative weight": (lambda: r1(-1), r"weight γ of R1 is a number > 0, or a symbol; got -1"),
    "no weight": (lambda: r2(0), r"weight γ of R2 is a number > 0, or a symbol; got 0"),
    "NaN weight": (lambda: wgan_gp(float("nan")), r"weight γ of WGAN-GP is a finite real number or a free symbol; got nan"),
    "infinite weight": (lambda: Consensus(float("inf")), r"weight of consensus optimisation is a finite .* got inf"),
    "true weight": (lambda: GeneratorSlope(True), r"generator's slope is a finite real number .* got True"),
    "text weight": (lambda: Consensus("a"), r"got 'a'"),
    "negative centre": (lambda: wgan_gp(1, -1), r"centre K of a penalty is ≥ 0; got -1"),
    "negative noise": (lambda: InstanceNoise(-0.1), r"deviation of the instance noise is a number > 0, .*; got -1/10"),
    "negative noise on data": (lambda: InstanceNoise(1, -1), r"noise on the data is a number ≥ 0, or a symbol; got -1"),
    "nodes": (lambda: InstanceNoise(1, nodes=1), r"integer from 2 to 180; got 1"),
    "symbols": (lambda: DiracGAN(LOGISTIC, r1(g)).game, r"numbers for every weight and label; got the symbols gamma\. Give"),
    "symbols of a field": (lambda: DiracGAN(LOGISTIC, r1(g)).field, r"got the symbols gamma"),
    "kink": (lambda: DiracGAN(WASSERSTEIN, wgan_gp(0.7)).eigenvalues(), r"the kink psi = 0 at theta = 0, psi = 0\. Take"),
    "hinge": (lambda: DiracGAN(HINGE).jacobian((-2, 0.5)), r"the kink psi\*theta \+ 1 = 0 at theta = -2, psi = 1/2"),
    "one-sided": (
        lambda: DiracGAN(WASSERSTEIN, GradientPenalty(over=nu, centre=1, one_sided=True)).jacobian((0, 1)),
        r"the kink Abs\(psi\) - 1 = 0",
    ),
    "point": (lambda: DiracGAN(HINGE).jacobian((0,)), r"a state of the Dirac-GAN is a tuple \(θ, ψ\); got \(0,\)"),
    "rates": (lambda: DiracGAN(HINGE).eigenvalues((1, -1)), r"a learning rate is a number > 0, or a symbol; got -1"),
    "one rate": (lambda: DiracGAN(HINGE).eigenvalues((1,)), r"a tuple \(generator, discriminator\); got \(1,\)"),
    "friends": (lambda: DiracGAN(Loss(real=-y, fake=y, generator=y)).a, r"oppose each other, .*; got γ′\(0\) .* = 1"),
    "a state too long": (lambda: DiracGAN(HINGE).field.velocity(torch.zeros(3)), r"has 2 numbers, .*; got shape \(3,\)"),
    "values alone": (lambda: DiracField(DiracGAN(HINGE).drift, values=torch.ones(2)), r"got one without the other"),
    "steps": (
        lambda: DiracField(DiracGAN(HINGE, r1(g)).drift, 0, g, torch.ones(2), torch.ones(3)),
        r"as many as its values; got \(3,\) for \(2,\)",
    ),
    "kinks under noise": (
        lambda: DiracGAN(Loss(real=-y, fake=sp.Max(0, 1 + y) ** 2), InstanceNoise(1)).game.velocity(ORIGIN + 0.1),
        r"a sum of terms c·Max\(0, α \+ βy\); got Max",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    call, words = REFUSED[case]
    with pytest.raises(Refusal, match=words):
        call()


def test_noise_is_a_symbol_of_the_players():
    assert noise in DiracGAN(LOGISTIC, InstanceNoise(1)).players[0].free_symbols
    assert noise not in DiracGAN(LOGISTIC, r1(1)).players[1].free_symbols
