"""Laws of TangentFlow: scalar kernels and blocks, flows with memory, and what is refused."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory.flows import RememberingTangentFlow, TangentFlow, tangent_flow
from gantheory.integration import Remembering, dopri5, euler, integrate
from gantheory.kernels import RELU, tangent_blocks, tangent_kernel
from tests.tangent.reference import points

ZERO = torch.zeros((), dtype=torch.float64)
LATENTS, STATE = points(6, 3, 1), points(6, 2, 2)


def pull(t, x):
    return torch.stack([torch.sin(x[:, 0]) + t, -x[:, 0] * x[:, 1]], 1)


class Wandering:
    """Its push grows by one at every freeze."""

    repeats = 2

    def freeze(self, t, state, memory):
        (count,) = memory or (torch.zeros((), dtype=torch.float64),)
        return (lambda t, x: x * 0 + count), (count + 1,)


def test_a_scalar_kernel_mixes_velocities():
    kernel = tangent_kernel(2, RELU, 1.0, 0.5)
    v = TangentFlow(kernel, pull, LATENTS)(ZERO, STATE)
    expected = kernel(LATENTS, LATENTS).numpy() @ pull(ZERO, STATE).numpy() / 6
    assert np.allclose(v.numpy(), expected, rtol=1e-13)


def test_blocks_mix_coordinates_too():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)).double()  # asymmetric blocks
    v = TangentFlow(partial(tangent_blocks, net), pull, LATENTS)(ZERO, STATE)
    push = pull(ZERO, STATE)
    theta = torch.autograd.grad((net(LATENTS) * push).sum(), list(net.parameters()))
    rate, step = [g / 6 for g in theta], 1e-6
    with torch.no_grad():
        ends = []
        for sign in (1, -1):
            moved = {k: p + sign * step * g for (k, p), g in zip(net.named_parameters(), rate, strict=True)}
            ends.append(torch.func.functional_call(net, moved, (LATENTS,)))
    assert torch.allclose(v, (ends[0] - ends[1]) / (2 * step), rtol=1e-7, atol=1e-9)


def test_the_kernel_is_evaluated_once():
    calls = []

    def kernel(z, w):
        calls.append(1)
        return tangent_kernel(1, RELU)(z, w)

    integrate(TangentFlow(kernel, pull, LATENTS), STATE, [0.0, 1.0], method=euler(0.1))
    integrate(tangent_flow(kernel, Wandering(), LATENTS), STATE, [0.0, 1.0], method=euler(0.1))
    assert len(calls) == 2


def test_memory_is_handed_through():
    flow = tangent_flow(tangent_kernel(1, RELU, 1.0, 1.0), Wandering(), LATENTS)
    assert isinstance(flow, RememberingTangentFlow)
    assert isinstance(flow, Remembering)
    path = integrate(flow, STATE, [0.0, 1.0], method=euler(0.25))
    rows = tangent_kernel(1, RELU, 1.0, 1.0)(LATENTS, LATENTS).sum(1) / 6
    assert torch.allclose(path.final - STATE, 0.5 * rows[:, None].expand(6, 2), rtol=1e-12)
    assert path.memory[0] == 2


def test_plain_flows_may_be_integrated_adaptively():
    flow = tangent_flow(tangent_kernel(1, RELU, 1.0, 1.0), pull, LATENTS)
    assert isinstance(flow, TangentFlow)
    assert not isinstance(flow, Remembering)
    assert integrate(flow, STATE, [0.0, 1.0], method=dopri5()).final.isfinite().all()


def test_shapes_alone():
    flow = TangentFlow(tangent_kernel(1, RELU), pull, LATENTS.to("meta"))
    assert flow(ZERO.to("meta"), STATE.to("meta")).shape == (6, 2)


KERNEL = tangent_kernel(1, RELU)
REFUSED = {
    "a flow with memory": (lambda: TangentFlow(KERNEL, Wandering(), LATENTS), "with memory. Use tangent_flow"),
    "a flow without": (lambda: RememberingTangentFlow(KERNEL, pull, LATENTS), "Use TangentFlow"),
    "no flow": (lambda: TangentFlow(KERNEL, 3, LATENTS), "takes a flow"),
    "no kernel": (lambda: TangentFlow(3, pull, LATENTS), "takes a kernel of latents"),
    "latents as a list": (lambda: TangentFlow(KERNEL, pull, [1.0]), r"latents are a floating-point tensor \(n, k\).*got list"),
    "latents in a row": (lambda: TangentFlow(KERNEL, pull, LATENTS[0]), r"got shape \(3,\), float64"),
    "integer latents": (lambda: TangentFlow(KERNEL, pull, torch.ones(2, 2, dtype=torch.long)), "got shape .*int64"),
    "no latents": (lambda: TangentFlow(KERNEL, pull, LATENTS[:0]), "n ≥ 1"),
    "NaN latents": (lambda: TangentFlow(KERNEL, pull, LATENTS * float("nan")), "latents are finite"),
    "other samples": (lambda: TangentFlow(KERNEL, pull, LATENTS[:4])(ZERO, STATE), "got 4 latents, 6 samples"),
    "a kernel of one": (lambda: TangentFlow(lambda z, w: z, pull, LATENTS)(ZERO, STATE), r"maps 6 latents to \(6, 6\)"),
    "small blocks": (
        lambda: TangentFlow(lambda z, w: torch.ones(6, 6, 3, 3).double(), pull, LATENTS)(ZERO, STATE),
        r"blocks of a TangentFlow are \(2, 2\)",
    ),
    "a NaN kernel": (lambda: TangentFlow(lambda z, w: torch.full((6, 6), torch.nan), pull, LATENTS)(ZERO, STATE), "is finite"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    build, words = REFUSED[name]
    with pytest.raises(Refusal, match=words):
        build()
