"""Laws of integration: orders, agreement with torchdiffeq and SciPy, guards, failures in words, gradients."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torchdiffeq import odeint

from gantheory._errors import Refusal
from gantheory.integration import (
    FixedStep,
    IntegrationError,
    Method,
    dopri5,
    euler,
    heun,
    integrate,
    largest,
    rk4,
    rk38,
    rms,
)

FIXED = {"euler": (euler, 1, 1), "heun": (heun, 2, 2), "rk4": (rk4, 4, 4), "rk38": (rk38, 4, 4)}  # factory, order, stages
METHODS = {**{name: row[0](0.05) for name, row in FIXED.items()}, "dopri5": dopri5()}
X0 = (1.2, -0.4, 0.7)
END = 2.0

every_fixed = pytest.mark.parametrize(("make", "order", "stages"), FIXED.values(), ids=FIXED)
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def generic(t, x, lib=torch):
    """A right-hand side that depends on t, is not linear, and has no symmetry."""
    a, b, c = x[..., 0], x[..., 1], x[..., 2]
    return lib.stack([lib.sin(3 * t) + b * c / 2 - a, lib.cos(2 * t) * a - b**3 / 3 + c, a * b - 0.7 * c + t**2 / 4], -1)


def rotation(t, x):
    return torch.stack([x[..., 1], -x[..., 0]], -1)


def start():
    return torch.tensor(X0, dtype=torch.float64)


def reference(times):
    """SciPy's DOP853 at rtol 1e-13: another family, another library."""
    f = lambda t, x: generic(t, x, np)  # noqa: E731
    found = solve_ivp(f, (times[0], times[-1]), X0, method="DOP853", rtol=1e-13, atol=1e-14, t_eval=times)
    return torch.from_numpy(found.y.T)


def error(method, times=(0.0, END)):
    path = integrate(generic, start(), times, method=method)
    return float((path.x - reference(times)).abs().max())


def slopes(make, times):
    errors = [error(make(0.1 / 2**k), times) for k in range(5)]
    return [math.log2(a / b) for a, b in pairwise(errors)], errors


# Orders


@every_fixed
def test_fixed_methods_have_their_order(make, order, stages):
    found, errors = slopes(make, (0.0, END))
    assert all(abs(slope - order) < 0.1 for slope in found[-2:])
    assert errors[-1] < 10 * (0.1 / 2**4) ** order


@every_fixed
def test_outputs_off_the_step_grid_keep_the_order(make, order, stages):
    found, _ = slopes(make, (0.0, 0.37, 0.5501, 1.234, 1.2345, END))
    assert all(abs(slope - order) < 0.15 for slope in found[-2:])


def test_dopri5_error_falls_with_its_tolerance():
    tolerances = [1e-4, 1e-6, 1e-8, 1e-10]
    errors = [error(dopri5(tol, tol), np.linspace(0, END, 7)) for tol in tolerances]
    assert all(later < earlier / 10 for earlier, later in pairwise(errors))
    assert all(e < 10 * tol for e, tol in zip(errors, tolerances, strict=True))


def test_dopri5_has_order_five_in_its_steps():
    costs, errors = [], []
    for tol in (1e-6, 1e-8, 1e-10):
        path = integrate(generic, start(), (0.0, END), method=dopri5(tol, tol))
        costs.append(path.stats["steps"])
        errors.append(float((path.final - reference((0.0, END))[-1]).abs().max()))
    assert math.log(errors[0] / errors[-1]) / math.log(costs[-1] / costs[0]) > 4.5


# Agreement with torchdiffeq


@pytest.mark.parametrize(("method", "name"), [(euler(0.1), "euler"), (rk38(0.1), "rk4"), (heun(0.1), "heun2")])
def test_fixed_methods_agree_with_torchdiffeq(method, name):
    times = torch.linspace(0, 1, 11, dtype=torch.float64)
    theirs = odeint(generic, start(), times, method=name)
    assert torch.allclose(integrate(generic, start(), times, method=method).x, theirs, rtol=0, atol=1e-14)


def test_rk4_is_the_classic_tableau():
    x, h = start(), 0.1
    k1 = generic(torch.tensor(0.0), x)
    k2 = generic(torch.tensor(h / 2, dtype=x.dtype), x + h / 2 * k1)
    k3 = generic(torch.tensor(h / 2, dtype=x.dtype), x + h / 2 * k2)
    k4 = generic(torch.tensor(h, dtype=x.dtype), x + h * k3)
    classic = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    ours = integrate(generic, x, [0.0, h], method=rk4(h)).final
    theirs = odeint(generic, x, torch.tensor([0, h], dtype=x.dtype), method="rk4")[-1]
    assert torch.allclose(ours, classic, rtol=0, atol=1e-15)
    assert (ours - theirs).abs().max() > 1e-8


def test_many_outputs_of_dopri5_add_no_roundoff_of_interpolation():
    x0 = torch.linspace(900, 1100, 64, dtype=torch.float32)
    path = integrate(lambda t, x: torch.cos(t) + 0 * x, x0, torch.linspace(0, 3, 201), method=dopri5())
    exact = x0[None] + torch.sin(path.t)[:, None]
    assert (path.x - exact).abs().max() < 20 * 1100 * torch.finfo(torch.float32).eps


# Norms


def scattered(t, x):
    """One particle on a hard orbit; 63 at rest."""
    turned = torch.stack([x[:, 1] * (1 + x[:, 0] ** 2), -x[:, 0] * (1 + x[:, 1] ** 2)], 1)
    return 4 * turned * (torch.arange(len(x))[:, None] == 0)


def hard_error(n, norm, wrap):
    x = torch.zeros(n, 2, dtype=torch.float64)
    x[0] = torch.tensor([1.0, 0.3])
    flow = (lambda t, s: (scattered(t, s[0]), 0 * s[1])) if wrap else scattered
    state = (x, torch.ones(3, dtype=torch.float64)) if wrap else x
    exact = 0 * x
    exact[0] = integrate(scattered, x[:1], [0, 1], method=dopri5(1e-8, 1e-9)).final
    path = integrate(flow, state, [0, 1], method=dopri5(1e-5, 1e-7, norm=norm))
    final = path.final[0] if wrap else path.final
    return float((final - exact).abs().max())


@pytest.mark.parametrize("wrap", [False, True], ids=["tensor", "tuple"])
def test_a_hard_particle_is_not_diluted_by_resting_ones(wrap):
    alone, crowd, diluted = (hard_error(n, norm, wrap) for n, norm in ((1, largest), (64, largest), (64, rms)))
    assert crowd < 1.5 * alone
    assert diluted > 3 * alone


def test_norms_are_what_they_say():
    a, b = torch.tensor([[3.0, 4.0], [0.0, 0.0]]), torch.tensor(2.0)
    assert largest(a) == pytest.approx(math.sqrt(12.5))
    assert largest((a, 5 * b)) == 10
    assert dopri5().norm is largest
    assert rms((a, b)) == pytest.approx(math.sqrt(29 / 5))


# Costs


@every_fixed
def test_fixed_methods_cost_steps_times_stages(make, order, stages):
    calls = []
    times = [0.0, 0.25, 0.3, 1.0]  # 3 + 1 + 7 steps of at most 0.1
    path = integrate(lambda t, x: calls.append(float(t)) or -x, start(), times, method=make(0.1))
    assert path.stats["steps"] == 11
    assert len(calls) == path.stats["evaluations"] == 11 * stages
    assert path.stats["largest_step"] == pytest.approx(0.1)
    assert (path.stats["method"], path.stats["order"], path.stats["rejected"]) == (make.__name__, order, 0)
    assert path.stats["seconds"] > 0


def test_dopri5_costs_six_evaluations_a_step():
    calls = []
    times = torch.linspace(0, END, 5, dtype=torch.float64)
    path = integrate(lambda t, x: calls.append(float(t)) or generic(t, x), start(), times, method=dopri5())
    tried = path.stats["steps"] + path.stats["rejected"]
    assert len(calls) == path.stats["evaluations"] == 6 * tried + 1 + 4  # the first step, and one for each interval
    assert 4 <= path.stats["steps"] < 60
    assert 0 < path.stats["largest_step"] <= 0.5


@every_method
@pytest.mark.parametrize("backwards", [False, True])
def test_the_flow_is_never_evaluated_outside_the_interval(method, backwards):
    calls = []
    times = [1.0, 0.7, 0.0] if backwards else [0.0, 0.7, 1.0]
    integrate(lambda t, x: calls.append(float(t)) or 1e-4 * x, start(), times, method=method)
    assert min(calls) >= 0
    assert max(calls) <= 1


def test_dense_outputs_do_not_restart_the_step_selection():
    sparse, dense = (
        integrate(generic, start(), torch.linspace(0, END, k, dtype=torch.float64), method=dopri5()).stats for k in (2, 101)
    )
    assert dense["steps"] <= 100 + sparse["steps"]


# Structure


@every_method
def test_back_and_forth_returns(method):
    there = integrate(generic, start(), [0.0, 1.0], method=method).final
    back = integrate(generic, there, [1.0, 0.0], method=method).final
    bound = 1e-5 if isinstance(method, type(dopri5())) else 40 * 0.05**method.order
    assert 0 < (back - start()).abs().max() < bound


@every_method
def test_a_tuple_state_is_the_tensor_state_in_parts(method):
    x0 = torch.stack([start(), start() + 0.1])
    whole = integrate(lambda t, x: torch.cat([generic(t, x[:1]), -x[1:]]), x0, [0, 0.4, 1], method=method)
    parts = integrate(lambda t, s: (generic(t, s[0]), -s[1]), (x0[:1], x0[1:]), [0, 0.4, 1], method=method)
    assert isinstance(parts.x, tuple)
    assert isinstance(parts.final, tuple)
    assert torch.allclose(torch.cat(parts.x, 1), whole.x, rtol=0, atol=1e-15)
    assert torch.equal(torch.cat(parts.final), torch.cat(parts.x, 1)[-1])
    assert (len(parts), whole.x.shape, whole.t.shape) == (3, (3, 2, 3), (3,))


@every_method
def test_scalars_and_pairs_of_shapes_are_states(method):
    state = (torch.tensor(1.0, dtype=torch.float64), torch.ones(2, 3, 4, dtype=torch.float64))
    path = integrate(lambda t, s: (-s[0], -2 * s[1]), state, [0, 1], method=method)
    assert [tuple(part.shape) for part in path.final] == [(), (2, 3, 4)]
    assert path.final[0] == pytest.approx(math.exp(-1), rel=0.05)


@every_method
def test_observers_see_each_time_in_order_and_at_once(method):
    seen, evaluated = [], []
    times = [0.0, 0.3, 1.0]

    def flow(t, x):
        evaluated.append(float(t))
        return generic(t, x)

    def observe(t, x):
        assert all(s <= t for s in evaluated)
        seen.append((t, x))

    path = integrate(flow, start(), times, method=method, observe=observe)
    assert [t for t, _ in seen] == times
    assert torch.equal(torch.stack([x for _, x in seen]), path.x)


@every_method
def test_what_an_observer_raises_ends_the_run(method):
    def observe(t, x):
        if t > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        integrate(generic, start(), [0, 0.3, 1], method=method, observe=observe)


@every_method
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_follows_the_state(method, dtype):
    seen = set()
    x0 = start().to(dtype)
    path = integrate(lambda t, x: seen.update((t.dtype, x.dtype)) or generic(t, x), x0, np.linspace(0, 1, 3), method=method)
    assert path.x.dtype == path.t.dtype == dtype
    assert seen == {dtype}
    exact = integrate(generic, start(), [0, 0.5, 1], method=method).x
    assert (path.x - exact).abs().max() < (1e-5 if dtype == torch.float32 else 1e-15)


@every_method
def test_repeats_are_bitwise_equal(method):
    first, second = (integrate(generic, start(), [0, 0.4, 1], method=method).x for _ in range(2))
    assert torch.equal(first, second)


def test_methods_are_data():
    assert all(isinstance(method, Method) for method in METHODS.values())
    assert rk4(0.1) == rk4(0.1) != rk4(0.2)
    kutta3 = FixedStep("kutta3", 3, 0.01, a=((), (1 / 2,), (-1, 2)), b=(1 / 6, 2 / 3, 1 / 6), c=(0, 1 / 2, 1))
    assert error(kutta3) < error(heun(0.01)) / 20


# Gradients


@every_method
def test_gradients_of_a_linear_flow_are_its_propagator(method):
    x0 = start()[:2].requires_grad_()
    angle = 0.8
    final = integrate(rotation, x0, [0, angle], method=method).final
    grad = torch.autograd.grad(final[0], x0)[0]
    exact = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    bound = 1e-6 if method.order == 5 else 0.05**method.order
    assert (grad - exact).abs().max() < bound


def test_gradients_are_those_of_the_discrete_map():
    rate = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    final = integrate(lambda t, x: rate * x, torch.ones(1, dtype=torch.float64), [0, 1], method=euler(0.1)).final
    assert float(torch.autograd.grad(final.sum(), rate)[0]) == pytest.approx(1.03**9, rel=1e-13)


@every_method
def test_a_flow_may_differentiate(method):
    def climbing(t, x):
        x = x.detach().requires_grad_()
        return -torch.autograd.grad(x.square().sum() / 2, x)[0]

    final = integrate(climbing, start(), [0, 1], method=method).final
    assert torch.allclose(final, math.exp(-1) * start(), rtol=0.06)


# Failures


@every_method
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_velocity_that_is_not_finite_stops_at_once(method, bad):
    with pytest.raises(IntegrationError, match=r"velocity is not finite, at t = 0, after 0 steps and [12] evaluations"):
        integrate(lambda t, x: x * bad, start(), [0, 1], method=method)


@every_method
def test_a_velocity_that_turns_nan_names_the_time(method):
    with pytest.raises(IntegrationError, match="velocity is not finite") as caught:
        integrate(lambda t, x: torch.where(t > 0.5, math.nan, -x), start(), [0, 1], method=method)
    assert caught.value.t == pytest.approx(0.5, abs=0.0501)
    assert caught.value.steps > 1
    assert caught.value.evaluations > 2


@every_method
def test_a_state_that_overflows_is_an_error(method):
    with pytest.raises(IntegrationError, match="the state is not finite"):
        integrate(lambda t, x: torch.full_like(x, 1e308), start(), [0, 2.5], method=method)


@every_method
def test_an_output_time_where_the_velocity_is_nan_is_an_error(method):
    with pytest.raises(IntegrationError, match="velocity is not finite") as caught:
        integrate(lambda t, x: torch.where(t == 0.5, math.nan, -x), start(), [0, 0.5, 1], method=method)
    assert caught.value.t == pytest.approx(0.5, abs=0.051)


@every_method
def test_an_exploding_flow_is_an_error(method):
    with pytest.raises(IntegrationError, match=r"not finite|underflows") as caught:
        integrate(lambda t, x: x**2, torch.ones(1, dtype=torch.float64), [0, 3], method=method)
    assert caught.value.cures
    if method.order == 5:
        assert caught.value.t == pytest.approx(1, abs=1e-4)


def test_a_trial_step_beyond_the_domain_is_shortened_not_fatal():
    flow = lambda t, x: -(x.sqrt()) / (2 + 0 * t)  # noqa: E731  NaN for x < 0; x = (1 − t/4)²
    path = integrate(flow, torch.ones(1, dtype=torch.float64), [0, 3.99], method=dopri5(1e-3, 1e-3))
    assert float(path.final) == pytest.approx((1 - 3.99 / 4) ** 2, abs=1e-2)


def test_a_stiff_flow_runs_out_of_steps_in_words():
    stiff = lambda t, x: -1e6 * (x - torch.cos(t))  # noqa: E731
    words = r"max_steps = 50 exceeded \(rtol = 1e-06, atol = 1e-08, step .*\), at t = .*Use a larger max_steps.*stiff"
    with pytest.raises(IntegrationError, match=words) as caught:
        integrate(stiff, start(), [0, 1], method=dopri5(max_steps=50))
    assert 0 < caught.value.t < 1
    with pytest.raises(IntegrationError, match="not finite"):
        integrate(stiff, start(), [0, 1], method=euler(0.01))


def test_a_trouble_that_was_overcome_is_not_blamed():
    calls = []

    def flow(t, x):
        calls.append(t)
        return torch.sign(0.3 - x) * (math.nan if len(calls) == 5 else 1)

    with pytest.raises(IntegrationError, match=r"^dopri5: max_steps = 40 exceeded"):
        integrate(flow, 0 * start(), [0, 1], method=dopri5(1e-7, 1e-9, max_steps=40))


def test_max_steps_bounds_the_whole_trajectory():
    steps = integrate(generic, start(), np.linspace(0, 1, 21), method=dopri5()).stats["steps"]
    assert steps >= 20
    with pytest.raises(IntegrationError, match="max_steps = 19 exceeded"):
        integrate(generic, start(), np.linspace(0, 1, 21), method=dopri5(max_steps=19))


def test_a_discontinuous_flow_is_an_error():
    with pytest.raises(IntegrationError, match=r"exceeded|underflows") as caught:
        integrate(lambda t, x: torch.sign(0.3 - x), 0 * start(), [0, 1], method=dopri5(1e-7, 1e-9, max_steps=120))
    assert "discontinuous" in str(caught.value)
    assert caught.value.t == pytest.approx(0.3, abs=1e-2)


@every_method
def test_what_the_flow_raises_passes_through(method):
    def flow(t, x):
        raise AssertionError("the flow's own")

    with pytest.raises(AssertionError, match="the flow's own"):
        integrate(flow, start(), [0, 1], method=method)


# Refusals

WRONG_STEPS = [0, -0.1, math.inf, math.nan, True]
WRONG_TIMES = [[0.0], [0.0, 0.0], [0, 1, 0.5], [0, math.nan], [0, math.inf], [[0.0, 1.0]], 1.0]
WRONG_STATES = {
    "int64": torch.ones(2, dtype=torch.int64),
    "float16": torch.ones(2, dtype=torch.float16),
    "complex128": torch.ones(2, dtype=torch.complex128),
    "1 entries that are NaN": torch.tensor([1.0, math.nan]),
    "ndarray": np.ones(2),
    "list": [torch.ones(2)],
    "tuple": (),
    r"\(0, 2\)": torch.ones(0, 2),
    "float32 on cpu, torch.float64": (torch.ones(1), torch.ones(1, dtype=torch.float64)),
}
WRONG_VELOCITIES = {
    r"shape \(3,\).*; got a float64 tensor of shape \(3, 3\)": lambda t, x: torch.outer(x, x),
    r"got a float64 tensor of shape \(1,\)": lambda t, x: x[:1],
    r"float64 tensor of shape \(3,\) on cpu; got a float32 tensor": lambda t, x: x.float(),
    r"got the tuple \(a float64": lambda t, x: (x,),
    "got a float": lambda t, x: 1.0,
    "got a NoneType": lambda t, x: None,
}


@pytest.mark.parametrize("make", [row[0] for row in FIXED.values()], ids=FIXED)
@pytest.mark.parametrize("step", WRONG_STEPS)
def test_wrong_steps_are_refused(make, step):
    with pytest.raises(Refusal, match=f"the step of {make.__name__} is a finite number > 0; got"):
        make(step)


@pytest.mark.parametrize("tableau", [dict(b=(0.5,)), dict(c=(0.1,)), dict(a=((1.0,),)), dict(b=(0.5, 0.5))])
def test_inconsistent_tableaux_are_refused(tableau):
    with pytest.raises(Refusal, match="explicit tableau"):
        FixedStep("mine", 1, 0.1, **{"a": ((),), "b": (1.0,), "c": (0.0,), **tableau})


def test_wrong_tolerances_are_refused():
    for name, value in (("rtol", 0), ("atol", math.nan), ("max_steps", 0), ("max_steps", True)):
        with pytest.raises(Refusal, match=f"{name} of dopri5 is"):
            dopri5(**{name: value})
    with pytest.raises(Refusal, match=r"at least 4 eps of the state's float32; got 1e-07. Use a float64 state"):
        integrate(generic, start().float(), [0, 1], method=dopri5(1e-7))


@pytest.mark.parametrize("times", WRONG_TIMES, ids=str)
def test_wrong_times_are_refused(times):
    with pytest.raises(Refusal, match=r"at least 2 finite numbers, strictly increasing or decreasing in float64; got"):
        integrate(generic, start(), times, method=rk4(0.1))


def test_times_that_merge_in_the_dtype_of_the_state_are_refused():
    with pytest.raises(Refusal, match="decreasing in float32"):
        integrate(generic, start().float(), [1.0, 1.0 + 1e-12], method=rk4(0.1))


def test_times_with_a_gradient_are_refused():
    with pytest.raises(Refusal, match="output times are constants"):
        integrate(generic, start(), torch.tensor([0.0, 1.0], requires_grad=True), method=rk4(0.1))


@pytest.mark.parametrize("words", WRONG_STATES)
def test_wrong_states_are_refused(words):
    with pytest.raises(Refusal, match=f"state.*got .*{words}"):
        integrate(generic, WRONG_STATES[words], [0, 1], method=rk4(0.1))


@every_method
@pytest.mark.parametrize("words", WRONG_VELOCITIES)
def test_wrong_velocities_are_refused(words, method):
    with pytest.raises(Refusal, match=f"a velocity has the structure.*{words}"):
        integrate(WRONG_VELOCITIES[words], start(), [0, 1], method=method)


def test_stochastic_flows_are_refused():
    class Noise:
        stochastic = True

        def __call__(self, t, x):
            return torch.randn_like(x)

    with pytest.raises(Refusal, match="got a stochastic flow"):
        integrate(Noise(), start(), [0, 1], method=rk4(0.1))
