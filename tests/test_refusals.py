"""Every new constructor, given what it cannot take: one line that names the need, the thing given and the cure."""

import pytest
import sympy as sp
import torch
from torch import nn

import gantheory as gt
from gantheory._errors import Refusal
from gantheory.flows import DiracSAN, HeldTargets, Naive
from gantheory.games import bilinear_growth
from gantheory.measures import Empirical
from gantheory.transport import entropic_plan

CLOUD = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
DATA, THREE = Empirical(CLOUD), Empirical(torch.randn(4, 3, dtype=torch.float64))
NAN = torch.full((6, 2), torch.nan, dtype=torch.float64)
NORMED = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).double()
WASSERSTEIN = gt.Objective(gt.WASSERSTEIN)
NTK = gt.tangent_kernel(1, gt.RELU)
PLANE = gt.Gaussian(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))
ZERO = torch.zeros((), dtype=torch.float64)


def stepped(flow, x=CLOUD, h=0.1):
    return gt.integrate(flow, x, [0, h], method=gt.euler(h))


def nothing_left(*players):
    return tuple(torch.log(p - p).sum() for p in players)


WRONG = {
    # wrong dimension
    "w2 dimension": (lambda: stepped(gt.WassersteinFlow(2, THREE)), "lie in one space", "2 and 3"),
    "sliced dimension": (lambda: gt.SlicedWassersteinFlow(DATA, torch.eye(3, dtype=torch.float64)), "in R^2", "3"),
    "kernel gradient dimension": (
        lambda: gt.solve(WASSERSTEIN, DATA, THREE, solver=gt.KernelGradient(NTK, 1.0)),
        "same dimension",
        "2 and 3",
    ),
    "group on data": (lambda: gt.cyclic(4).orbit(THREE.points), "shape (n, 2)", "3"),
    "quotient dimension": (lambda: gt.quotient_wasserstein(DATA, THREE, gt.cyclic(2), 2), "lie in one space", "3"),
    "state of a game": (lambda: gt.bilinear_game(1.0)(ZERO, torch.zeros(3, dtype=torch.float64)), "sizes", "(3,)"),
    "bures dimension": (lambda: gt.BuresFlow(DATA), "Gaussian", "Empirical"),
    # groups that are none
    "non-closed group": (
        lambda: gt.Group(torch.stack([torch.eye(2), torch.tensor([[0.6, -0.8], [0.8, 0.6]])]).double()),
        "holds the product of any two",
        "whose product is 0.88 away",
    ),
    "no identity": (lambda: gt.Group(-torch.eye(2, dtype=torch.float64)[None]), "holds the identity", "without it"),
    "no isometry": (
        lambda: gt.Group(torch.tensor([[[1.0, 0], [0, 1]], [[0, 2], [0.5, 0]]], dtype=torch.float64)),
        "orthogonal matrices",
        "element 1 with",
    ),
    "unknown group": (lambda: gt.group_named("E8", 2), "a group is one of", "'E8'"),
    "C0": (lambda: gt.cyclic(0), "order n of C_n", "0"),
    "rotations have no mirrors": (
        lambda: gt.solve(
            gt.Objective(gt.WASSERSTEIN, gt.GradientPenalty(1)),
            DATA,
            DATA,
            solver=gt.Chamber(gt.cyclic(3), gt.GreensFunction()),
        ),
        "that its reflections generate",
        "C3, whose wedge",
    ),
    # weights and samples
    "weights that cannot sum to 1": (lambda: Empirical(CLOUD, torch.zeros(6)), "positive sum", "only zeros"),
    "masses that differ": (
        lambda: entropic_plan(
            torch.ones(2, 2).numpy(), torch.tensor([0.5, 0.5]).numpy(), torch.tensor([1.0, 1.0]).numpy(), 0.1
        ),
        "same mass",
        "1 and 2",
    ),
    "empty sample": (lambda: stepped(gt.MMDFlow(gt.ENERGY, DATA), CLOUD[:0]), "at least one number", "(0, 2)"),
    "NaN in a state": (lambda: stepped(gt.WassersteinFlow(2, DATA), NAN), "finite numbers", "NaN"),
    # kinds and counts
    "unknown order": (lambda: gt.WassersteinFlow(3, DATA), "order 1 (of W1) or 2", "3"),
    "measure that is no sample": (lambda: gt.WassersteinFlow(2, gt.ring()), "Empirical", "Mixture"),
    "depth 0": (lambda: gt.tangent_kernel(0, gt.RELU), "an integer ≥ 1", "0"),
    "depth as a bool": (lambda: gt.nngp_kernel(True, gt.RELU), "an integer ≥ 1", "True"),
    "activation": (lambda: gt.tangent_kernel(1, torch.relu), "an activation is RELU", "relu"),
    "weight": (lambda: gt.tangent_kernel(1, gt.RELU, weight=float("nan")), "finite number > 0", "nan"),
    "time": (lambda: gt.KernelGradient(NTK, 0.0), "training time", "0"),
    "penalty in function space": (
        lambda: gt.solve(gt.Objective(gt.WASSERSTEIN, gt.GradientPenalty(1)), DATA, DATA, solver=gt.KernelGradient(NTK, 1.0)),
        "trains on the loss alone",
        "|∇D|²",
    ),
    "kernel": (lambda: gt.MMDFlow(torch.sin, DATA), "takes a Kernel", "builtin"),
    "two targets": (lambda: gt.MMDFlow(gt.ENERGY), "real=", "neither"),
    "directions 0": (lambda: gt.orthonormal(0, 2, torch.Generator()), "number of directions", "0"),
    "dirac without a loss": (lambda: gt.DiracGAN("wgan"), "starts with a Loss", "'wgan'"),
    "regulariser": (lambda: gt.DiracGAN(gt.LOGISTIC, 3), "regulariser", "3"),
    "kink": (lambda: gt.DiracGAN(gt.WASSERSTEIN, gt.wgan_gp(1)).eigenvalues(), "differentiable at the point", "kink psi = 0"),
    "update of a flow that is no game": (
        lambda: gt.integrate(lambda t, x: x, CLOUD, [0, 1], method=gt.alternating(0.1)),
        "players of a Game",
        "function",
    ),
    "step 0": (lambda: gt.extragradient(0.0), "finite number > 0", "0"),
    "sizes": (lambda: gt.Game(lambda x: (x.sum(),), (0,)), "integers ≥ 1", "(0,)"),
    "total variation": (lambda: gt.Divergence(sp.Abs(gt.r - 1) / 2).force, "f″ as a function", "total variation"),
    "concave divergence": (lambda: gt.Divergence(-((gt.r - 1) ** 2)), "convex on r > 0", "-(r - 1)**2"),
    "turning weight": (lambda: gt.SlicedObjective(gt.LEAST_SQUARES), "r = −γ′(D) ≥ 0", "negative at D = 1.01"),
    "ring": (lambda: gt.ring(0), "integer number of Gaussians ≥ 1", "0"),
    # losses that produce NaN
    "NaN loss of a game": (
        lambda: gt.Game(nothing_left, (1, 1)).velocity(torch.ones(2, dtype=torch.float64)),
        "loss of player 1",
        "inf",
    ),
    # modules that are no functions of a sample
    "batch normalisation, critic": (
        lambda: gt.Network(NORMED, 5),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "batch normalisation, generator": (
        lambda: gt.ParameterFlow(NORMED, lambda t, x: -x, CLOUD),
        "maps each sample by itself",
        "BatchNorm1d",
    ),
    "batch normalisation, persistent": (
        lambda: gt.Persistent(NORMED, gt.WassersteinFlow(2, DATA), 0.1, 3, CLOUD),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "batch normalisation, naive": (
        lambda: Naive(NORMED, HeldTargets(gt.WassersteinFlow(2, DATA)), 0.1, 3, CLOUD),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "batch normalisation, tangent": (
        lambda: gt.EmpiricalTangentKernel(NORMED),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "batch normalisation, game": (
        lambda: gt.module_game(lambda f: (f(CLOUD).sum(),), NORMED),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "batch normalisation, equivariant generator": (
        lambda: gt.EquivariantGenerator(NORMED, gt.cyclic(4), 2),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "batch normalisation, features": (
        lambda: gt.SlicedDiscriminator(NORMED, gt.SlicedLinear(2, generator=torch.Generator())),
        "maps each sample by itself",
        "BatchNorm1d in training mode",
    ),
    "huge weight": (lambda: gt.tangent_kernel(1, gt.RELU, weight=1e200), "≤ 1e+30", "1e+200"),
    "huge points": (lambda: gt.tangent_kernel(3, gt.RELU)(1e90 * CLOUD, CLOUD), "finite on its points", "NaN or infinity"),
    "negative kappa": (lambda: bilinear_growth(gt.alternating(0.1), -3), "a number ≥ 0", "-3"),
    "growth of an adaptive method": (lambda: bilinear_growth(gt.dopri5(), 1), "of fixed step", "dopri5"),
    "NaN in a slice": (lambda: gt.SlicedWassersteinFlow(DATA, torch.eye(2, dtype=torch.float64))(ZERO, NAN), "finite", "nan"),
    "a slice of a tuple": (
        lambda: gt.SlicedWassersteinFlow(DATA, torch.eye(2, dtype=torch.float64))(ZERO, (CLOUD, CLOUD)),
        "a tensor (n, d)",
        "a tuple",
    ),
    "direction 0": (lambda: DiracSAN(torch.ones(2))(ZERO, (torch.ones(2), torch.zeros(2))), "ω ≠ 0", "|ω| = 0"),
    "monoflow dimension": (
        lambda: gt.MonoFlow(sp.Integer(1), PLANE).velocity(CLOUD[:, :1], PLANE),
        "lie in one space",
        "1, 2 and 2",
    ),
    "repeats 0": (
        lambda: gt.Persistent(nn.Linear(2, 2).double(), gt.WassersteinFlow(2, DATA), 0.1, 0, CLOUD),
        "integer ≥ 1",
        "0",
    ),
}


def refused_in_one_line(wrong, need, given):
    """The law of both tables of refusals: need before "; got", the thing given after it."""
    with pytest.raises(Refusal) as refused:
        wrong()
    line = str(refused.value)
    assert "\n" not in line
    assert line.endswith(".")
    assert "; got " in line
    assert refused.value.need
    assert need in line.split("; got ")[0]
    assert given in line.split("; got ", 1)[1]


@pytest.mark.parametrize(("wrong", "need", "given"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_taken_is_refused_in_one_line(wrong, need, given):
    refused_in_one_line(wrong, need, given)
