"""Networks as functions of their parameters."""

import pytest
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory._modules import Parametric


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()


def test_the_function_of_its_own_parameters_is_the_module():
    module, x = network(), torch.randn(7, 2, dtype=torch.float64)
    held = Parametric(module)
    assert held.names == ("0.weight", "0.bias", "2.weight", "2.bias")
    assert torch.equal(held(held.parameters, x), module(x))
    doubled = tuple(2 * part for part in held.parameters)
    assert not torch.equal(held(doubled, x), module(x))
    held.load(doubled)
    assert torch.equal(held(doubled, x), module(x))


def test_parameters_are_copies_and_the_function_differentiates_in_them():
    held = Parametric(network())
    parameters = held.parameters
    parameters[0].add_(1)
    assert not torch.equal(parameters[0], held.parameters[0])
    jacobian = torch.func.jacrev(lambda p: held(p, torch.ones(3, 2, dtype=torch.float64)))(held.parameters)
    assert [j.shape[2:] for j in jacobian] == [p.shape for p in held.parameters]


def test_frozen_parameters_are_no_state():
    module = network()
    module[0].bias.requires_grad_(False)
    assert Parametric(module).names == ("0.weight", "2.weight", "2.bias")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)), r"BatchNorm1d in training mode at '1'. Call .eval\(\)"),
        (nn.Sequential(nn.Linear(2, 3), nn.Dropout()), "Dropout in training mode at '1'"),
        (nn.Tanh(), "a Tanh without any"),
        (torch.sin, "a network is a torch.nn.Module; got builtin"),
    ],
)
def test_what_is_no_function_of_its_parameters_is_refused(module, words):
    with pytest.raises(Refusal, match=words):
        Parametric(module)


def test_batch_normalisation_is_allowed_when_frozen():
    assert Parametric(nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).eval()).names
