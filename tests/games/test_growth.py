"""Growth per step on the bilinear game: three routes to one number, and where it stays bounded."""

import numpy as np
import pytest
import sympy as sp
import torch

from gantheory._errors import Refusal
from gantheory.games import (
    Game,
    alternating,
    bilinear_game,
    bilinear_growth,
    consensus,
    decoupled,
    euler_heun,
    extragradient,
    extrapolation_from_the_past,
    growth_factor,
    implicit_euler,
    implicit_midpoint,
    measured_growth,
    optimistic,
    simultaneous,
    stability_function,
    stable_range,
    symplectic_adjustment,
    two_time_scales,
    update_matrix,
)
from gantheory.integration import FixedStep, euler, heun, rk4, rk38
from tests.games import cases

H = 0.3
RK3 = FixedStep("rk3", 3, H, a=((), (1 / 2,), (-1, 2)), b=(1 / 6, 2 / 3, 1 / 6), c=(0, 1 / 2, 1))
METHODS = {
    "simultaneous": simultaneous(H),
    "two time scales": two_time_scales(H, (0.5, 3.0)),
    "alternating": alternating(H),
    "alternating 1, 3": alternating(H, (1, 3)),
    "extragradient": extragradient(H),
    "optimistic": optimistic(H),
    "from the past": extrapolation_from_the_past(H),
    "consensus": consensus(H, 0.4),
    "weak consensus": consensus(H, 0.1),
    "symplectic": symplectic_adjustment(H, 0.4),
    "implicit Euler": implicit_euler(H),
    "implicit midpoint": implicit_midpoint(H),
    "decoupled": decoupled(rk4(H)),
    "euler-heun": euler_heun(H),
    "rk3": RK3,
    **{make.__name__: make(H) for make in (euler, heun, rk4, rk38)},
}
STABLE = {  # the end of the range, from the theory
    "alternating": 2, "alternating 1, 3": 2 / np.sqrt(3), "extragradient": 1, "optimistic": 1 / np.sqrt(3),
    "from the past": 1 / np.sqrt(3), "consensus": np.sqrt(2 * 4 / 3 - 1) * 3 / 4, "symplectic": np.sqrt(2 * 4 / 3 - 1) * 3 / 4,
    "implicit Euler": np.inf, "implicit midpoint": np.inf, "rk3": np.sqrt(3), "rk4": np.sqrt(8), "rk38": np.sqrt(8),
}  # fmt: skip
REST, START = torch.zeros(2, dtype=torch.float64), torch.tensor([0.8, -0.5], dtype=torch.float64)
every_method = pytest.mark.parametrize("name", METHODS)


@every_method
@pytest.mark.parametrize("kappa", [0.11, 0.43, 0.9, 1.7, 2.6])
def test_growth_by_law_by_derivative_and_by_iterates(name, kappa):
    method, game = METHODS[name], bilinear_game(kappa / H)
    law = float(bilinear_growth(method, kappa))
    assert growth_factor(method, game, REST) == pytest.approx(law, rel=1e-12)
    assert measured_growth(method, game, START, 12) == pytest.approx(law, rel=1e-9)


@every_method
def test_stable_range_is_where_iterates_stay_bounded(name):
    found, end = stable_range(METHODS[name]), STABLE.get(name, 0)
    if end == 0:
        assert found is sp.S.EmptySet
        assert all(float(bilinear_growth(METHODS[name], k)) > 1 for k in (0.01, 0.3, 1.0, 3.0))
        return
    assert (float(found.inf), float(found.sup)) == pytest.approx((0, end))
    inside, beyond = (0.2, 0.7, 0.99), (1.01, 1.5)
    assert all(float(bilinear_growth(METHODS[name], min(f * end, 50 * f))) <= 1 + 1e-15 for f in inside)
    assert end == np.inf or all(float(bilinear_growth(METHODS[name], f * end)) > 1 + 1e-4 for f in beyond)


def test_double_roots_cost_half_the_digits():
    for method, kappa, rho in ((optimistic(H), 0.5, np.sqrt(0.5)), (alternating(H), 2.0, 1.0)):
        assert float(bilinear_growth(method, kappa)) == pytest.approx(rho, rel=1e-15)
        assert growth_factor(method, bilinear_game(kappa / H), REST) == pytest.approx(rho, abs=1e-7)
        assert measured_growth(method, bilinear_game(kappa / H), START, 12) == pytest.approx(rho, abs=1e-6)


def test_of_several_frequencies_the_fastest_growing_counts():
    C = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=torch.float64)
    kappas = [H * float(s) for s in torch.linalg.svdvals(C)] + [0]
    for name in ("simultaneous", "alternating", "extragradient", "optimistic", "consensus", "rk4"):
        expected = max(float(bilinear_growth(METHODS[name], k)) for k in kappas)
        assert growth_factor(METHODS[name], bilinear_game(C), torch.zeros(5, dtype=torch.float64)) == pytest.approx(expected)


def test_the_matrix_of_a_step_is_the_derivative_of_the_step():
    z, update = cases.state(), extragradient(H)
    unit = torch.eye(3, dtype=torch.float64) * 1e-6
    columns = [(update(cases.game(), z + e) - update(cases.game(), z - e)) / 2e-6 for e in unit]
    assert torch.allclose(update_matrix(update, cases.game(), z), torch.stack(columns, 1), atol=1e-8)
    assert update_matrix(optimistic(H), cases.game(), z).shape == (6, 6)
    J = torch.from_numpy(cases.derivative(cases.STATE))
    one = torch.eye(3, dtype=torch.float64)
    expected = torch.cat([torch.cat([one + 2 * H * J, -H * one], 1), torch.cat([J, 0 * J], 1)])
    assert torch.allclose(update_matrix(optimistic(H), cases.game(), z), expected, rtol=1e-12)


@pytest.mark.parametrize("method", [euler(H), heun(H), RK3, rk4(H), rk38(H), euler_heun(H)], ids=lambda m: m.name)
def test_the_stability_function_is_a_step_on_a_linear_equation(method):
    rate = 1.3
    game = Game(lambda x: (rate / 2 * (x * x).sum(),), (1,))
    z = sp.Symbol("z")
    R = stability_function(method, z)
    factor = float(update_matrix(method, game, torch.ones(1, dtype=torch.float64)))
    assert float(R.subs(z, -rate * H)) == pytest.approx(factor, rel=1e-13)
    exponential = sum(z**j / sp.factorial(j) for j in range(method.order + 1))
    higher = sp.Poly(R - exponential, z)
    assert higher.is_zero or all(power > method.order for (power,) in higher.monoms())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: alternating(H, (1, 1, 2)).growth(0.1),
            "belongs to an update whose law is known; got alternating. Use growth_",
        ),
        (lambda: stable_range(alternating(H, (1, 1, 2))), "belongs to an update whose law is known"),
        (lambda: measured_growth(optimistic(H), bilinear_game(1.0), START, 3), "is read off at least 4 steps; got 3"),
        (lambda: measured_growth(heun(H), bilinear_game(1.0), REST, 5), "finite iterates; got iterates at rest"),
    ],
)
def test_growth_that_is_unknown_is_refused(make, words):
    with pytest.raises(Refusal, match=words):
        make()
