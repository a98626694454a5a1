"""The chamber solve by images, and flows on representatives of orbits."""

import pytest
import torch

from gantheory._errors import Refusal
from gantheory.discriminators import Chamber, Collocation, FiniteDifferences, GreensFunction, solve
from gantheory.flows import ParticleFlow, RememberingSymmetrisedFlow, SymmetrisedFlow, symmetrised_flow
from gantheory.grids import BoxGrid
from gantheory.groups import Group, asymmetry, cyclic, dihedral, mirrors, permutations, reflections, sign
from gantheory.integration import Remembering, euler, heun, integrate, rk4
from gantheory.kernels import Direct, KernelExpansion, SymmetrisedKernel, screened
from gantheory.measures import Empirical, Gaussian, is_invariant_measure, symmetrised_measure
from gantheory.objectives import LEAST_SQUARES, WASSERSTEIN, GradientPenalty, Objective, screened_terms

LINE = Objective(WASSERSTEIN, 0.4 * GradientPenalty(1))
SMOOTH = Objective(WASSERSTEIN, *screened_terms(2, 0.8, 0.3))
STRETCH = Group(torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [0.5, 0.0]]], dtype=torch.float64), isometric=False)
T0 = torch.zeros((), dtype=torch.float64)


def cloud(n, d, seed, shift=0.6):
    g = torch.Generator().manual_seed(seed)
    return Empirical(shift + torch.randn(n, d, generator=g, dtype=torch.float64), 0.2 + torch.rand(n, generator=g).double())


CASES = [
    (dihedral(3), SMOOTH, GreensFunction()),
    (dihedral(4), LINE, GreensFunction()),
    (permutations(3), Objective(WASSERSTEIN, 0.4 * GradientPenalty(2)), GreensFunction()),
    (reflections(3), Objective(WASSERSTEIN, *screened_terms(1, 0.8, 0.3)), GreensFunction()),
    (sign(1), LINE, GreensFunction()),
    (dihedral(3), Objective(LEAST_SQUARES, 0.05 * GradientPenalty(2)), Collocation()),
]


@pytest.mark.parametrize(("group", "objective", "solver"), CASES, ids=lambda c: str(c)[:20])
def test_the_chamber_has_mirrors(group, objective, solver):
    real, fake = cloud(9, group.dim, 0), cloud(7, group.dim, 1, -0.3)
    D = solve(objective, real, fake, solver=Chamber(group, solver))
    x = torch.randn(20, group.dim, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    assert asymmetry(D, group, x) <= 1e-11
    size = float(D.gradient(x).abs().max())
    for n in mirrors(group):
        on_mirror = x - (x @ n)[:, None] * n
        assert float((D.gradient(on_mirror) @ n).abs().max()) <= 1e-11 * size
        assert float((D.gradient(x) @ n).abs().max()) >= 1e-2 * size
    whole = solve(objective, *(symmetrised_measure(m, group) for m in (real, fake)), solver=solver)
    assert torch.allclose(D(x), whole(x), rtol=1e-9, atol=1e-10)
    facts = {"chamber": str(group), "images": group.order, "mirrors": len(mirrors(group))}
    assert facts.items() <= D.stats.items()


def test_only_orbits_matter():
    real, fake, group = cloud(5, 2, 0), cloud(4, 2, 1), dihedral(4)
    moved = Empirical(torch.stack([group.elements[i + 1] @ p for i, p in enumerate(real.points)]), real.weights)
    x = torch.randn(6, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    first, second = (solve(LINE, m, fake, solver=Chamber(group))(x) for m in (real, moved))
    assert torch.allclose(first, second, rtol=1e-12)


class Harmonic:
    """A plain flow that does not commute with the group, and counts the particles it sees."""

    def __init__(self):
        self.seen = []

    def __call__(self, t, x):
        self.seen.append(len(x))
        return torch.stack([-(1 + t) * x[:, 0] + 0.3, 0.5 * x[:, 1] - x[:, 0] * x[:, 1]], 1)


class Noisy:
    """A flow with memory: a constant drift, drawn anew with each freeze."""

    repeats = 2

    def freeze(self, t, state, memory):
        generator = torch.Generator()
        if memory:
            generator.set_state(memory[0])
        else:
            generator.manual_seed(3)
        pull = torch.rand((), generator=generator, dtype=torch.float64)
        return (lambda t, x: -pull * x), (generator.get_state(),)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Chamber(cyclic(4)), "got C4, whose wedge has edges that the action glues"),
        (lambda: Chamber(sign(2)), "Use SymmetrisedFlow"),
        (lambda: Chamber(STRETCH), "its reflections generate"),
        (lambda: Chamber("D4"), "needs a Group; got str"),
        (lambda: Chamber(dihedral(4), 3), "needs a solver; got int"),
        (lambda: Chamber(dihedral(4)).solve(LINE, cloud(4, 3, 0), cloud(4, 3, 1)), "acts on points of shape (n, 2)"),
        (lambda: Chamber(dihedral(4)).solve(LINE, cloud(4, 2, 0), cloud(4, 3, 1)), "same dimension"),
        (
            lambda: Chamber(dihedral(4)).solve(LINE, Gaussian(torch.zeros(2), torch.eye(2)), cloud(4, 2, 1)),
            "needs real as samples",
        ),
        (lambda: SymmetrisedFlow(Harmonic(), "C4"), "over a Group; got str"),
        (lambda: SymmetrisedFlow(Noisy(), cyclic(4)), "flow with memory"),
        (lambda: SymmetrisedFlow(3, cyclic(4)), "got int"),
        (lambda: SymmetrisedFlow(Harmonic(), cyclic(4))(T0, (torch.ones(3, 2),)), "got a state that is a tuple"),
        (lambda: RememberingSymmetrisedFlow(Harmonic(), cyclic(4)), "Use symmetrised_flow"),
        (lambda: SymmetrisedFlow(Harmonic(), cyclic(4))(T0, torch.ones(3, 3, dtype=torch.float64)), "shape (n, 2)"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal) as caught:
        make()
    assert words in str(caught.value)


def test_a_solver_on_densities_says_what_it_needs():
    grid = FiniteDifferences(BoxGrid((-1.0, -1.0), (1.0, 1.0), (9, 9)), lambda x: x[:, 0])
    with pytest.raises(Refusal, match="needs densities"):
        Chamber(dihedral(4), grid).solve(LINE, cloud(4, 2, 0), cloud(4, 2, 1))


@pytest.mark.parametrize("group", [cyclic(3), cyclic(4), dihedral(4)], ids=str)
def test_representatives_follow_the_flow_of_all_orbits(group):
    real = symmetrised_measure(cloud(6, 2, 0), group)
    x = cloud(5, 2, 1, -0.2).points
    full = ParticleFlow(SMOOTH, real, GreensFunction())
    small = symmetrised_flow(full, group)
    assert isinstance(small, SymmetrisedFlow)
    orbits = integrate(full, group.orbit(x).flatten(0, 1), [0.0, 10.0], method=rk4(1.0)).final
    reduced = integrate(small, x, [0.0, 10.0], method=rk4(1.0)).final
    assert float((group.orbit(reduced).flatten(0, 1) - orbits).abs().max()) <= 1e-12
    assert float((reduced - x).abs().max()) > 0.05
    assert is_invariant_measure(Empirical(orbits), group)


def test_the_averaged_kernel_gives_the_same_flow():
    group, real, x = cyclic(4), cloud(6, 2, 0), cloud(5, 2, 1).points
    K = SymmetrisedKernel(screened(2, 2, 0.8), group)
    D = KernelExpansion(
        K, torch.cat([real.points, x]), torch.cat([real.weights, -torch.full((5,), 0.2, dtype=torch.float64)]) / 0.6
    )
    flow = ParticleFlow(SMOOTH, symmetrised_measure(real, group), GreensFunction())
    assert torch.allclose(SymmetrisedFlow(flow, group)(T0, x), D.gradient(x), rtol=1e-11, atol=1e-12)


def test_data_that_are_not_invariant_are_averaged():
    group, real, x = dihedral(3), cloud(6, 2, 0), cloud(5, 2, 1).points
    objective = SMOOTH
    raw, averaged = (ParticleFlow(objective, m, GreensFunction()) for m in (real, symmetrised_measure(real, group)))
    assert torch.allclose(SymmetrisedFlow(raw, group)(T0, x), SymmetrisedFlow(averaged, group)(T0, x), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("group", [cyclic(4), STRETCH], ids=str)
def test_the_averaged_velocity_commutes_with_the_group(group):
    flow, x = SymmetrisedFlow(Harmonic(), group), cloud(5, 2, 1).points
    v = flow(T0 + 0.3, x)
    by_hand = torch.stack([torch.linalg.solve(T, Harmonic()(T0 + 0.3, x @ T.T).T).T for T in group.elements]).mean(0)
    assert torch.allclose(v, by_hand, rtol=1e-12, atol=1e-13)
    for T in group.elements:
        assert torch.allclose(flow(T0 + 0.3, x @ T.T), v @ T.T, rtol=1e-12, atol=1e-13)
    assert flow.flow.seen[0] == group.order * 5
    assert not flow.stochastic


def test_flows_with_memory_are_frozen_on_orbits():
    flow = symmetrised_flow(Noisy(), cyclic(3))
    assert isinstance(flow, RememberingSymmetrisedFlow)
    assert isinstance(flow, Remembering)
    assert not isinstance(symmetrised_flow(Harmonic(), cyclic(3)), Remembering)
    assert flow.repeats == 2
    x = cloud(4, 2, 0).points
    path, plain = (integrate(f, x, [0.0, 0.4], method=euler(0.1)) for f in (flow, Noisy()))
    assert torch.allclose(path.final, plain.final, rtol=1e-13)
    assert torch.equal(path.memory[0], plain.memory[0])


def test_dtype_and_device_follow():
    real = Empirical(cloud(4, 2, 0).points.float())
    flow = SymmetrisedFlow(ParticleFlow(LINE, real, GreensFunction(softening=0.1)), dihedral(3))
    assert integrate(flow, cloud(3, 2, 1).points.float(), [0.0, 0.1], method=heun(0.05)).final.dtype == torch.float32
    meta = Empirical(torch.ones(4, 2, device="meta"))
    on_meta = SymmetrisedFlow(ParticleFlow(LINE, meta, GreensFunction(Direct(compiled=False), softening=0.1)), cyclic(3))
    assert on_meta(torch.zeros((), device="meta"), torch.ones(3, 2, device="meta")).shape == (3, 2)
    D = Chamber(dihedral(3), GreensFunction(softening=0.1)).solve(LINE, real, real)
    assert D(real.points).dtype == torch.float32
