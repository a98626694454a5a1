"""Functions and flows, given what they cannot take: refused by name before a number is computed."""

from dataclasses import dataclass

import jaxtyping
import numpy as np
import pytest
import sympy as sp
import torch
from torch import nn

import gantheory as gt
from gantheory.directions import monotone_cost, monotone_map
from gantheory.discriminators import Sliced
from gantheory.flows import HeldTargets, effective_step, symmetrised_flow
from gantheory.flows.discrepancy import gaussian_embedding
from gantheory.games import clipped, decoupled, growth_factor, measured_growth
from gantheory.groups import folded
from gantheory.measures import Empirical
from gantheory.metrics import moment_gaussian
from gantheory.transport import quantile_cost, wasserstein_cost
from tests.test_refusals import refused_in_one_line

F64 = torch.float64
ZERO = torch.zeros((), dtype=F64)
X = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=F64)
LINE = torch.tensor([[0.3, -1.1, 2.0]], dtype=F64)
DATA = Empirical(X)
NAN = torch.full((6, 2), torch.nan, dtype=F64)
PLANE = gt.Gaussian(torch.zeros(2, dtype=F64), torch.eye(2, dtype=F64))
WIDE = gt.Gaussian(torch.ones(2, dtype=F64), 2 * torch.eye(2, dtype=F64))
NARROW = gt.Gaussian(torch.zeros(2, dtype=F64), 0.1 * torch.eye(2, dtype=F64))
NTK = gt.tangent_kernel(1, gt.RELU)
W2 = gt.WassersteinFlow(2, DATA)
MMD = gt.MMDFlow(gt.ENERGY, DATA)
SAN = gt.SlicedObjective(gt.HINGE)
READ = Sliced(LINE[0], LINE[0])
SQUARES = gt.Objective(gt.LEAST_SQUARES)
PAIR = gt.bilinear_game(1.0)
Z = torch.ones(2, dtype=F64)
HEAD = nn.Linear(3, 1, bias=False)
nn.init.zeros_(HEAD.weight)
EQUIVARIANT = gt.EquivariantGenerator(nn.Linear(2, 2).double(), gt.cyclic(4), 2)
TANGENT = gt.EmpiricalTangentKernel(nn.Linear(2, 1).double())
MONO = gt.MonoFlow(gt.r, PLANE)


class Recurrent(nn.Module):
    """A module whose output is a pair."""

    def __init__(self):
        super().__init__()
        self.inner = nn.LSTM(2, 2).double()

    def forward(self, x):
        return self.inner(x)


@dataclass(frozen=True)
class Narrow:
    """A flow with memory that gives one column only."""

    def freeze(self, t, state, memory):
        return (lambda t, x: x[:, :1]), memory


def column(t, x):
    return x[:, :1]


def weighted(*numbers):
    return torch.tensor(numbers, dtype=F64)


def array(*numbers):
    return np.asarray(numbers, dtype=np.float64)


def solved(kernel, **parts):
    return gt.solve(SQUARES, DATA, DATA, solver=gt.KernelGradient(kernel, 1.0, **parts))


WRONG = {
    # points whose squared distances overflow
    "energy far away": (lambda: MMD(ZERO, 1e155 * X), "squared distances", "inf"),
    "energy far away, float32": (
        lambda: gt.MMDFlow(gt.ENERGY, Empirical(X.float()))(ZERO.float(), 1e20 * X.float()),
        "squared distances",
        "inf",
    ),
    # the objective of SAN
    "san, zero weights": (lambda: SAN.shares(LINE[0], weighted(0, 0, 0)), "positive sum", "only zeros"),
    "san, NaN weights": (
        lambda: SAN.shares(LINE[0], weighted(1, torch.nan, 1)),
        "weights of samples are finite",
        "nan at index (1,)",
    ),
    "san, negative weights": (lambda: SAN.generator(READ, weighted(2, -0.5, 1)), "nonnegative", "-0.5 at index 1"),
    "san, too few weights": (lambda: SAN.discriminator(READ, READ, weighted(1, 1)), "shape (3,)", "(2,)"),
    "san, fake weights": (lambda: SAN.discriminator(READ, READ, None, weighted(0, 0, 0)), "positive sum", "only zeros"),
    "san, empty": (lambda: SAN.generator(Sliced(LINE[0, :0], LINE[0, :0])), "one value for each sample", "shape (0,)"),
    "san, empty share": (lambda: SAN.shares(LINE[0, :0]), "one value for each sample", "shape (0,)"),
    "san, NaN reading": (lambda: SAN.generator(Sliced(LINE[0] * torch.nan, LINE[0])), "finite", "nan at index (0,)"),
    "san, NaN direction": (
        lambda: SAN.discriminator(READ, Sliced(LINE[0], LINE[0] * torch.nan)),
        "finite",
        "nan at index (0,)",
    ),
    "san, no reading": (lambda: SAN.generator(LINE[0]), "Sliced", "Tensor"),
    # the layer of SAN
    "zero layer": (lambda: gt.SlicedLinear.of(HEAD), "a finite weight ≠ 0", "|w| = 0"),
    "bias as text": (lambda: gt.SlicedLinear(3, generator=torch.Generator(), bias="no"), "True or False", "'no'"),
    "layer without a generator": (lambda: gt.SlicedLinear(3, generator=None), "torch.Generator", "NoneType"),
    # flows along a ratio of densities
    "mono, points on a line": (lambda: MONO.velocity(X[:, 0], WIDE), "points of a MonoFlow have shape (n, 2)", "(6,)"),
    "mono, NaN": (lambda: MONO.velocity(NAN, WIDE), "points of a MonoFlow are finite", "nan at index (0, 0)"),
    "mono, integers": (lambda: MONO.velocity(torch.ones(3, 2, dtype=torch.int64), WIDE), "float32 or float64", "int64"),
    "mono, float32": (lambda: MONO.velocity(X.float(), WIDE), "float64", "float32"),
    "mono, array": (lambda: MONO.velocity(X.numpy(), WIDE), "torch tensor", "ndarray"),
    "mono, huge force": (lambda: MONO.velocity(1e3 * X, NARROW), "velocity of a MonoFlow is finite", "at point 0"),
    "mono, force that is not real": (
        lambda: gt.MonoFlow(sp.sqrt(gt.r - 1), PLANE).velocity(X, WIDE),
        "velocity of a MonoFlow is finite",
        "nan at point",
    ),
    "affine, float32 state": (
        lambda: gt.AffineMonoFlow(sp.Integer(1), PLANE)(ZERO, (torch.zeros(2), torch.eye(2))),
        "share a dtype",
        "float32",
    ),
    # transport on the line
    "cost, negative weight": (lambda: monotone_cost(LINE, LINE, weighted(1, -1, 1)), "nonnegative", "-1 at index 1"),
    "cost, zero weights": (lambda: monotone_cost(LINE, LINE, None, weighted(0, 0, 0)), "positive sum", "only zeros"),
    "cost, NaN weight": (lambda: monotone_cost(LINE, LINE, weighted(1, torch.nan, 1)), "finite", "nan at index (1,)"),
    "cost, too few weights": (lambda: monotone_cost(LINE, LINE, weighted(1, 1)), "shape (3,)", "(2,)"),
    "cost, NaN": (lambda: monotone_cost(LINE, LINE * torch.nan), "finite", "nan at index (0, 0)"),
    "cost, empty": (lambda: monotone_cost(LINE[:, :0], LINE), "shape (k, n), n ≥ 1", "(1, 0)"),
    "cost, integers": (lambda: monotone_cost(LINE.long(), LINE.long()), "float32 or float64", "int64"),
    "cost, order as text": (lambda: monotone_cost(LINE, LINE, order="2"), "at least 1", "'2'"),
    "cost, order NaN": (lambda: monotone_cost(LINE, LINE, order=float("nan")), "at least 1", "nan"),
    "cost, order as an array": (lambda: monotone_cost(LINE, LINE, order=np.array([1, 2])), "at least 1", "array"),
    "cost, two counts of lines": (
        lambda: monotone_cost(LINE, LINE.repeat(2, 1)),
        "share lines",
        "(1, 3) of torch.float64 on cpu and (2, 3)",
    ),
    "cost, two dtypes": (lambda: monotone_cost(LINE, LINE.float()), "share lines, dtype and device", "float32"),
    "map, negative weight": (lambda: monotone_map(LINE, LINE, weighted(1, -1, 1)), "nonnegative", "-1 at index 1"),
    "map, NaN": (lambda: monotone_map(LINE * torch.nan, LINE), "finite", "nan at index (0, 0)"),
    "map, empty": (lambda: monotone_map(LINE, LINE[:, :0]), "shape (k, n), n ≥ 1", "(1, 0)"),
    "map, integers": (lambda: monotone_map(LINE.long(), LINE.long()), "float32 or float64", "int64"),
    "sphere without a generator": (lambda: gt.sphere(3, 2, None), "torch.Generator", "NoneType"),
    "frames without a generator": (lambda: gt.orthonormal(3, 2, 0), "torch.Generator", "int"),
    # growth of updates
    "growth at text": (lambda: gt.extragradient(0.1).growth("kappa"), "κ = c · step", "'kappa'"),
    "growth at NaN": (lambda: gt.extragradient(0.1).growth(float("nan")), "κ = c · step", "nan"),
    "growth at −1": (lambda: gt.alternating(0.1).growth(-1), "a number ≥ 0", "-1"),
    "growth at a complex number": (lambda: gt.optimistic(0.1).growth(1j), "κ = c · step", "1j"),
    "growth at True": (lambda: gt.optimistic(0.1).growth(True), "κ = c · step", "True"),
    # tensors and laws where samples are wanted
    "w2 of tensors": (lambda: gt.wasserstein(X, X), "a Measure with points, an Empirical", "Tensor. Use Empirical(x)"),
    "w2 of text": (lambda: gt.wasserstein(DATA, "ring"), "an Empirical", "str"),
    "w2 of normal laws": (lambda: gt.wasserstein(PLANE, WIDE), "an Empirical", "Gaussian. Use Empirical(law.sample"),
    "energy of tensors": (lambda: gt.energy_distance(X, X), "an Empirical", "Tensor. Use Empirical(x)"),
    "mmd of arrays": (lambda: gt.mmd(X.numpy(), DATA, gt.gaussian(1.0)), "an Empirical", "ndarray"),
    "mean divergence of tensors": (lambda: gt.mean_divergence(lambda x: x, X, X), "an Empirical", "Tensor"),
    "separability of tensors": (lambda: gt.separability(lambda x: x, X[0], X, X), "an Empirical", "Tensor"),
    "alignment of tensors": (lambda: gt.direction_alignment(lambda x: x, X[0], X, X), "an Empirical", "Tensor"),
    "quotient of tensors": (lambda: gt.quotient_wasserstein(X, X, gt.cyclic(4)), "an Empirical", "Tensor"),
    "sliced of tensors": (lambda: gt.sliced_wasserstein(X, X, directions=torch.eye(2, dtype=F64)), "an Empirical", "Tensor"),
    "max sliced of tensors": (lambda: gt.max_sliced_wasserstein(X, X, generator=torch.Generator()), "an Empirical", "Tensor"),
    "normal laws of samples": (
        lambda: gt.gaussian_wasserstein(DATA, DATA),
        "between two Gaussians",
        "Empirical. Use wasserstein",
    ),
    "normal laws of tensors": (lambda: gt.gaussian_wasserstein(X, X), "between two Gaussians", "Tensor"),
    "moments of a tensor": (lambda: moment_gaussian(X), "an Empirical", "Tensor"),
    "w2, order as an array": (lambda: gt.wasserstein(DATA, DATA, np.array([1, 2])), "order 1 or 2", "[1 2]"),
    "quotient, order as an array": (
        lambda: gt.quotient_wasserstein(DATA, DATA, gt.cyclic(4), np.array([1, 2])),
        "order 1 or 2",
        "[1 2]",
    ),
    "sliced, order as a tensor": (
        lambda: gt.sliced_wasserstein(DATA, DATA, torch.tensor([1, 2]), directions=torch.eye(2, dtype=F64)),
        "order 1 or 2",
        "tensor",
    ),
    "flow, order as an array": (lambda: gt.WassersteinFlow(np.array([1, 2]), DATA), "order 1 (of W1) or 2", "array"),
    "cost, order array": (
        lambda: wasserstein_cost(X.numpy(), X.numpy(), *2 * (np.ones(6) / 6,), np.array([1, 2])),
        "1 or 2",
        "[1 2]",
    ),
    # masses on the line
    "two masses on the line": (
        lambda: wasserstein_cost(array([0], [1]), array([0], [1]), array(0.5, 0.5), array(1, 1), 2),
        "same mass",
        "1 and 2",
    ),
    "two masses of a plan": (
        lambda: gt.SortedPlans().coupling(array([0], [1]), array(0.5, 0.5), array([0], [1]), array(1, 1), 2),
        "same mass",
        "1 and 2",
    ),
    "masses of another length": (
        lambda: quantile_cost(array(0, 1, 2), array(0, 1), array(1, 1), array(1, 1), 2),
        "one mass",
        "(3,) and (2,)",
    ),
    "quantiles, order as text": (lambda: quantile_cost(*4 * (array(1, 1),), "2"), "at least 1", "'2'"),
    # groups
    "index too short": (lambda: EQUIVARIANT(X, torch.zeros(2, dtype=torch.int64)), "index of shape (6,)", "(2,)"),
    "index out of range": (lambda: EQUIVARIANT(X, torch.full((6,), 4)), "from 0 to 3", "4"),
    "index negative": (lambda: EQUIVARIANT(X, torch.full((6,), -1)), "from 0 to 3", "-1"),
    "index of floats": (lambda: EQUIVARIANT(X, torch.zeros(6)), "integers", "float32"),
    "folded NaN": (lambda: folded(NAN, gt.dihedral(4)), "points on which a group acts are finite", "nan at index (0, 0)"),
    "symmetrised at NaN": (
        lambda: gt.symmetrised(lambda x: x[:, 0], gt.cyclic(4))(NAN),
        "points on which a group acts are finite",
        "nan",
    ),
    "group on an array": (lambda: gt.cyclic(4).orbit(X.numpy()), "points of shape (n, 2)", "ndarray"),
    # kernels
    "tangent kernel at NaN": (lambda: TANGENT(NAN, X), "points of a tangent kernel are finite", "nan at index (0, 0)"),
    "tangent kernel slope at NaN": (
        lambda: TANGENT.gradient(NAN, X),
        "points of a tangent kernel are finite",
        "nan at index (0, 0)",
    ),
    "tangent kernel, wrong width": (lambda: TANGENT(X[:, :1], X[:, :1]), "a network takes its inputs", "(1, 1)"),
    "radial on a line": (lambda: gt.ENERGY(X[:, 0], X[:, 0]), "shape (n, d)", "(6,)"),
    "radial gradient on a line": (lambda: gt.ENERGY.gradient(X[:, 0], X[:, 0]), "shape (n, d)", "(6,)"),
    "zonal on a line": (lambda: NTK(X[:, 0], X[:, 0]), "shape (n, d)", "(6,)"),
    "class of kernels": (lambda: gt.KernelGradient(gt.Radial, 1.0), "takes a Kernel", "the class Radial"),
    "class of kernels, flow": (lambda: gt.MMDFlow(gt.Radial, DATA), "takes a Kernel", "the class Radial"),
    "class of kernels, group": (lambda: gt.SymmetrisedKernel(gt.Radial, gt.cyclic(2)), "averages a Kernel", "the class Radial"),
    "initial number": (lambda: solved(NTK, initial=lambda z: 0.0), "initial discriminator maps", "float"),
    "embedding in space": (
        lambda: gt.MMDFlow(gt.gaussian(1.0), embedding=gaussian_embedding(1.0, PLANE))(ZERO, X[:, :1]),
        "a Gaussian on R^2",
        "(6, 1)",
    ),
    "density on a line": (lambda: PLANE.density(X[:, 0]), "a Gaussian on R^2", "(6,)"),
    # games
    "share of nobody": (lambda: PAIR.share(Z, 2), "players 0 to 1", "2"),
    "share of −1": (lambda: PAIR.share(Z, -1), "players 0 to 1", "-1"),
    "share in the field": (lambda: gt.DiracGAN(gt.LOGISTIC).field.share(Z, 5), "players 0 to 1", "5"),
    "clipping nobody": (lambda: clipped(gt.simultaneous(0.1), 1.0, 3)(PAIR, Z), "players 0 to 1", "3"),
    "aligned as text": (lambda: gt.symplectic_adjustment(0.1, 1.0, aligned="no"), "True or False", "'no'"),
    "critical text": (lambda: gt.DiracGAN(gt.LOGISTIC).critical("a"), "a SymPy symbol", "'a'"),
    "growth factor of dopri5": (lambda: growth_factor(gt.dopri5(), PAIR, Z), "of fixed step", "dopri5"),
    "measured growth of dopri5": (lambda: measured_growth(gt.dopri5(), PAIR, Z, 4), "of fixed step", "dopri5"),
    "decoupled dopri5": (lambda: decoupled(gt.dopri5()), "of fixed step", "dopri5"),
    "spectrum at an array": (lambda: gt.spectrum(PAIR, np.ones(2)), "one state", "ndarray"),
    # persistent training
    "effective step of text": (lambda: effective_step("0.1", 0.1, 3), "step ε", "'0.1'"),
    "effective step, rate": (lambda: effective_step(0.1, float("nan"), 3), "rate γ", "nan"),
    "effective step, K = 0": (lambda: effective_step(0.1, 0.1, 0), "repeats K", "0"),
    "effective step, K = 1.5": (lambda: effective_step(0.1, 0.1, 1.5), "repeats K", "1.5"),
    # states and velocities
    "float32 latents": (lambda: gt.TangentFlow(NTK, lambda t, x: -x, X.float())(ZERO, X), "dtype", "float32"),
    "tangent, one column": (lambda: gt.TangentFlow(NTK, column, X)(ZERO, X), "velocity of that shape", "(6, 1)"),
    "symmetrised, one column": (lambda: symmetrised_flow(column, gt.cyclic(4))(ZERO, X), "velocity of that shape", "(24, 1)"),
    "symmetrised, remembering": (
        lambda: symmetrised_flow(Narrow(), gt.cyclic(4)).freeze(ZERO, X, ())[0](ZERO, X),
        "velocity of that shape",
        "(24, 1)",
    ),
    "held, one column": (lambda: HeldTargets(column).freeze(ZERO, X, ()), "velocity of that shape", "(6, 1)"),
    "held, a number": (lambda: HeldTargets(lambda t, x: 0.0).freeze(ZERO, X, ()), "velocity of that shape", "float"),
    "w2 of an array": (lambda: W2(ZERO, X.numpy()), "x, or (x, weights)", "ndarray"),
    "w2 of a list": (lambda: W2(ZERO, [X, X[:, 0]]), "x, or (x, weights)", "list"),
    "mmd of an array": (lambda: MMD(ZERO, X.numpy()), "x, or (x, weights)", "ndarray"),
    "mmd of a triple": (lambda: MMD(ZERO, (X, X, X)), "x, or (x, weights)", "a tuple of 3"),
    "minibatches of an array": (lambda: W2.minibatches(2).freeze(ZERO, X.numpy(), ()), "x, or (x, weights)", "ndarray"),
    "noise on an array": (lambda: MMD.noisy(0.1).freeze(ZERO, X.numpy(), ()), "x, or (x, weights)", "ndarray"),
    "a pair from a network": (lambda: gt.ParameterFlow(Recurrent(), column, X)(ZERO, pair_parameters()), "one tensor", "tuple"),
    "a pair from a tangent kernel": (
        lambda: gt.EmpiricalTangentKernel(Recurrent())(X, X),
        "a network takes its inputs",
        "(1, 2)",
    ),
    "too few parameters": (
        lambda: gt.ParameterFlow(nn.Linear(2, 2).double(), lambda t, x: -x, X)(ZERO, (X,)),
        "2 parameters",
        "1",
    ),
    # seeds
    "seed of minibatches": (lambda: W2.minibatches(2, 2**63), "an integer ≥ 0 and < 2⁶³", "9223372036854775808"),
    "seed −1 of minibatches": (lambda: W2.minibatches(2, -1), "an integer ≥ 0 and < 2⁶³", "-1"),
    "seed of noise": (lambda: MMD.noisy(0.1, 2**63), "an integer ≥ 0 and < 2⁶³", "9223372036854775808"),
    "seed −1 of noise": (lambda: MMD.noisy(0.1, -1), "an integer ≥ 0 and < 2⁶³", "-1"),
    "seed of persistent training": (
        lambda: gt.Persistent(nn.Linear(2, 2).double(), W2, 0.1, 3, X, seed=2**63),
        "an integer ≥ 0 and < 2⁶³",
        "9223372036854775808",
    ),
    "seed of a network": (lambda: gt.Network(nn.Linear(2, 1), seed=2**63), "an integer ≥ 0 and < 2⁶³", "9223372036854775808"),
}


def pair_parameters():
    return tuple(part.detach() for part in Recurrent().parameters())


@pytest.fixture(autouse=True)
def unchecked():
    """Types as users have them: without the shapes that tests check."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.mark.parametrize(("wrong", "need", "given"), WRONG.values(), ids=WRONG)
def test_a_value_that_cannot_be_taken_is_refused_in_one_line(wrong, need, given):
    refused_in_one_line(wrong, need, given)
