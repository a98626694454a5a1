"""Flows with memory: frozen within a step, resumed bit for bit, refused by adaptive methods."""

from dataclasses import dataclass

import pytest
import torch

from gantheory._errors import Refusal
from gantheory.integration import Remembering, dopri5, euler, heun, integrate, rk4


@dataclass(frozen=True)
class Kicked:
    """v(x) = u − x, u a normal vector drawn anew every `repeats` steps."""

    repeats: int = 1
    seed: int = 0

    def freeze(self, t, state, memory):
        generator = torch.Generator().manual_seed(self.seed)
        if memory:
            generator.set_state(memory[0])
        u = torch.randn(state.shape, generator=generator, dtype=state.dtype)
        return (lambda t, x: u - x), (generator.get_state(),)


START = torch.tensor([[0.3, -1.0]], dtype=torch.float64)


def by_hand(steps, h, repeats=1):
    """The Euler iterates with the same draws."""
    generator, x = torch.Generator().manual_seed(0), START
    for k in range(steps):
        if k % repeats == 0:
            u = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        x = x + h * (u - x)
    return x


@pytest.mark.parametrize("repeats", [1, 3])
def test_a_flow_is_frozen_every_repeats_steps(repeats):
    path = integrate(Kicked(repeats), START, [0, 0.6], method=euler(0.1))
    torch.testing.assert_close(path.final, by_hand(6, 0.1, repeats), rtol=1e-14, atol=0)


def test_all_stages_of_a_step_see_one_flow():
    """Heun on v = u − x with u fixed is x + (h − h²/2)(u − x)."""
    path = integrate(Kicked(), START, [0, 0.1], method=heun(0.1))
    u = torch.randn(START.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(path.final, START + (0.1 - 0.005) * (u - START), rtol=1e-14, atol=0)
    assert path.stats["evaluations"] == 2


@pytest.mark.parametrize("method", [euler(0.1), heun(0.1), rk4(0.1)], ids=lambda m: m.name)
def test_memory_resumes_bit_for_bit(method):
    whole = integrate(Kicked(), START, [0, 0.5, 1.0], method=method)
    first = integrate(Kicked(), START, [0, 0.5], method=method)
    second = integrate(Kicked(), first.final, [0.5, 1.0], method=method, memory=first.memory)
    assert torch.equal(second.final, whole.final)
    assert torch.equal(second.memory[0], whole.memory[0])
    without = integrate(Kicked(), first.final, [0.5, 1.0], method=method)
    assert not torch.equal(without.final, whole.final)


def test_a_plain_flow_has_no_memory():
    path = integrate(lambda t, x: -x, START, [0, 1], method=euler(0.1))
    assert path.memory == ()
    assert not isinstance(lambda t, x: -x, Remembering)
    assert isinstance(Kicked(), Remembering)


def test_adaptive_methods_refuse_memory():
    with pytest.raises(Refusal, match=r"a flow with memory.*fixed step"):
        integrate(Kicked(), START, [0, 1], method=dopri5())


@pytest.mark.parametrize("method", ["rk4", None, rk4])
def test_what_is_no_method_is_refused(method):
    with pytest.raises(Refusal, match=r"integrate takes a method such as euler\(0.1\)"):
        integrate(lambda t, x: -x, START, [0, 1], method=method)
