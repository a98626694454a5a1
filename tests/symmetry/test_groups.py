"""Groups: verified, named, exact where they can be; fields and generators that are averaged over them."""

from math import factorial

import pytest
import torch
from torch import nn

from gantheory._errors import Refusal
from gantheory._modules import Parametric
from gantheory._types import gradient
from gantheory.groups import (
    EquivariantGenerator,
    Group,
    Symmetrised,
    asymmetry,
    chamber_direction,
    cyclic,
    dihedral,
    folded,
    group_named,
    is_invariant,
    mirrors,
    permutations,
    reflections,
    sign,
    symmetrised,
    trivial,
)
from gantheory.measures import Measure

FAMILIES = [
    *[(cyclic(n), n) for n in (1, 2, 3, 4, 5, 7, 8)],
    *[(dihedral(n), 2 * n) for n in (1, 2, 3, 4, 5)],
    *[(permutations(d), factorial(d)) for d in (1, 2, 3, 4)],
    *[(reflections(d), 2**d) for d in (1, 2, 3)],
    *[(sign(d), 2) for d in (1, 2, 3)],
    *[(trivial(d), 1) for d in (1, 3)],
]
IDS = [str(g) + f"-{g.dim}" for g, _ in FAMILIES]
STRETCH = torch.tensor([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [0.5, 0.0]]], dtype=torch.float64)


def points(n, d, seed=0, dtype=torch.float64):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def field(x):
    """No symmetry at all."""
    return (x[:, 0] - 0.3).sin() * (1.7 * x.sum(1)).cos() + (x @ torch.linspace(0.2, 0.9, x.shape[1]).to(x)) ** 3


@pytest.mark.parametrize(("group", "order"), FAMILIES, ids=IDS)
def test_families_are_groups_of_their_order(group, order):
    assert group.order == order
    product = torch.einsum("iab,jbc->ijac", group.elements, group.elements)
    assert float((product - group.elements[group.table]).abs().max()) <= 1e-14
    assert torch.equal(group.table[torch.arange(order), group.inverses], torch.full((order,), group.identity))
    assert sorted(group.table[:, 0].tolist()) == list(range(order))
    gram = group.elements @ group.elements.mT
    assert float((gram - torch.eye(group.dim, dtype=torch.float64)).abs().max()) <= 1e-15


@pytest.mark.parametrize(
    "group", [cyclic(1), cyclic(2), cyclic(4), dihedral(1), dihedral(2), dihedral(4), permutations(3)], ids=str
)
def test_integer_groups_are_exact(group):
    assert set(group.elements.unique().tolist()) <= {-1.0, 0.0, 1.0}
    x = points(3, group.dim)
    turned = x
    for _ in range(4000):
        turned = turned @ group.elements[-1].T @ group.elements[-1].T @ group.elements[-1].T @ group.elements[-1].T
    assert torch.equal(turned.sort(1)[0], x.sort(1)[0]) or torch.equal(turned, x)


def test_cyclic_turns_by_the_angle():
    for n in (3, 5, 8):
        angles = torch.atan2(cyclic(n).elements[:, 1, 0], cyclic(n).elements[:, 0, 0])
        expected = 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n
        assert torch.allclose(torch.remainder(angles - expected + 1, 2 * torch.pi), torch.ones(n, dtype=torch.float64))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Group([[1.0]]), "float32 or float64 tensor; got list"),
        (lambda: Group(torch.eye(2)), "shape (k, d, d)"),
        (lambda: Group(torch.ones(1, 2, 2, dtype=torch.int64)), "got torch.int64"),
        (lambda: Group(torch.full((1, 1, 1), torch.nan)), "NaN"),
        (lambda: Group(cyclic(4).elements[:3]), "elements 1 and 2, whose product"),
        (lambda: Group(cyclic(4).elements[1:]), "holds the identity"),
        (lambda: Group(torch.tensor([[[1.0]], [[0.0]]])), "inverse in it; got element 1"),
        (lambda: Group(torch.tensor([[[1.0]], [[1.0]]])), "elements 0 and 1 equal"),
        (lambda: Group(STRETCH), "orthogonal matrices; got element 1"),
        (lambda: Group(cyclic(3).elements, isometric=False), "Leave it out"),
        (lambda: Group(cyclic(3).elements, name=3), "has a name"),
        (lambda: Group(torch.zeros(1200, 1, 1)), "at most 1152"),
        (lambda: cyclic(0), "integer from 1 to 1152; got 0"),
        (lambda: cyclic(True), "got True"),
        (lambda: dihedral(-1), "got -1"),
        (lambda: permutations(7), "from 1 to 6; got 7"),
        (lambda: reflections(11), "from 1 to 10; got 11"),
        (lambda: group_named("X7", 2), "a group is one of C1"),
        (lambda: group_named("C0", 2), "got 'C0'"),
        (lambda: group_named("", 2), "got ''"),
        (lambda: group_named("C4", 3), "acts on the plane; got data of dimension 3"),
        (lambda: group_named("S3", 2), "permutes 3 coordinates; got data of dimension 2. Use S2"),
        (lambda: group_named("S9", 9), "from 1 to 6"),
        (lambda: cyclic(4).orbit(torch.ones(3, 3)), "points of shape (n, 2)"),
        (lambda: folded(torch.ones(3, 2), cyclic(3)), "got C3, whose wedge has edges that the action glues"),
        (lambda: folded(torch.ones(3, 2), sign(2)), "its reflections generate"),
        (lambda: mirrors(Group(STRETCH, isometric=False)), "orthogonal matrices"),
        (lambda: chamber_direction(Group(STRETCH, isometric=False)), "its reflections generate"),
        (lambda: Symmetrised(field, "C4"), "over a Group; got str"),
        (lambda: Symmetrised(3.0, cyclic(4)), "function of points"),
        (lambda: asymmetry(lambda x: x[:, 0] / 0, cyclic(4), torch.ones(2, 2)), "where it is finite"),
        (lambda: EquivariantGenerator(3, cyclic(4), 2), "torch.nn.Module; got int"),
        (lambda: EquivariantGenerator(nn.Linear(2, 2), "C4", 2), "needs a Group; got str"),
        (lambda: EquivariantGenerator(nn.Linear(2, 2), cyclic(4), 0), "integer ≥ 1; got 0"),
        (lambda: EquivariantGenerator(nn.Linear(2, 3), cyclic(4), 2).sample(4, torch.Generator()), "points (n, 2); got (4, 3)"),
        (lambda: EquivariantGenerator(nn.Linear(2, 2), cyclic(4), 2).sample(-1, torch.Generator()), "n ≥ 0"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(Refusal) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_are_read():
    for text, order in (("C4", 4), ("c12", 12), (" D3 ", 6), ("S2", 2), ("sign", 2), ("Reflections", 4), ("trivial", 1)):
        assert group_named(text, 2).order == order
    assert group_named("S4", 4).order == 24


def test_non_isometric_groups_are_declared():
    group = Group(STRETCH, isometric=False)
    assert (group.order, group.inverses.tolist()) == (2, [0, 1])
    assert not group.isometric


def test_groups_follow_the_dtype_and_device_of_points():
    group = dihedral(3)
    assert group.orbit(torch.ones(5, 2)).dtype == torch.float32
    on_meta = group.orbit(torch.ones(5, 2, device="meta"))
    assert (on_meta.shape, on_meta.device.type) == ((6, 5, 2), "meta")
    single = Group(cyclic(5).elements.float(), "C5 in float32")
    assert single.table.tolist() == cyclic(5).table.tolist()


@pytest.mark.parametrize("group", [cyclic(3), cyclic(4), dihedral(4), permutations(3), reflections(3), sign(1)], ids=str)
def test_symmetrised_fields_are_projections_with_equivariant_gradients(group):
    x = points(7, group.dim)
    S = symmetrised(field, group)
    by_hand = torch.stack([field(torch.stack([T @ row for row in x])) for T in group.elements]).mean(0)
    assert torch.allclose(S(x), by_hand, rtol=1e-14, atol=1e-14)
    assert asymmetry(field, group, x) > 0.05
    assert is_invariant(S, group, x)
    assert torch.allclose(symmetrised(S, group)(x), S(x), rtol=1e-13, atol=1e-14)
    slope = S.gradient(x)
    rows = x.clone().requires_grad_()
    (autograd,) = torch.autograd.grad(S(rows).sum(), rows)
    assert torch.allclose(slope, autograd, rtol=1e-13, atol=1e-13)
    for T in group.elements:
        assert torch.allclose(gradient(S, x @ T.T), slope @ T.T, rtol=1e-12, atol=1e-13)


def test_the_gradient_of_an_average_over_a_stretching_action_is_right_too():
    S = symmetrised(field, Group(STRETCH, isometric=False))
    x = points(5, 2).requires_grad_()
    (autograd,) = torch.autograd.grad(S(x).sum(), x)
    assert torch.allclose(S.gradient(x), autograd)


MIRRORED = [(dihedral(1), 1), (dihedral(3), 3), (dihedral(4), 4), (permutations(4), 6), (reflections(3), 3), (sign(1), 1)]


@pytest.mark.parametrize(("group", "count"), [*MIRRORED, (trivial(2), 0)], ids=str)
def test_reflection_groups_fold_into_one_chamber(group, count):
    x = points(50, group.dim)
    normals, rho, inside = mirrors(group), chamber_direction(group), folded(x, group)
    assert len(normals) == count
    for n in normals:
        assert float(n.norm()) == pytest.approx(1.0, abs=1e-14)
        reflection = torch.eye(group.dim, dtype=torch.float64) - 2 * torch.outer(n, n)
        assert float((group.elements - reflection).abs().amax((1, 2)).min()) <= 1e-14
    assert bool((normals @ rho != 0).all())
    assert bool(((inside @ normals.T) * (normals @ rho).sign() >= -1e-14).all())
    assert bool(((group.orbit(x) - inside).norm(dim=2).min(0)[0] == 0).all())
    for image in group.orbit(x):
        assert torch.allclose(folded(image, group), inside, atol=1e-14)


def test_chambers_of_named_groups_are_the_usual_ones():
    x = points(20, 3)
    assert torch.equal(folded(x, permutations(3)), x.sort(1, descending=True)[0])
    assert torch.equal(folded(x, reflections(3)), x.abs())
    for n in (2, 3, 5, 8):
        angle = torch.atan2(*folded(x[:, :2], dihedral(n)).T.flip(0))
        assert bool(((angle >= -1e-12) & (angle <= torch.pi / n + 1e-12)).all())


def equivariant(group, latent=3, seed=0):
    torch.manual_seed(seed)
    inner = nn.Sequential(nn.Linear(latent, 8), nn.Tanh(), nn.Linear(8, group.dim)).double()
    return EquivariantGenerator(inner, group, latent)


@pytest.mark.parametrize("group", [cyclic(4), dihedral(3), permutations(3)], ids=str)
def test_the_generator_commutes_with_the_group(group):
    g = equivariant(group)
    z, index = g.latents(11, torch.Generator().manual_seed(1))
    for tau, T in enumerate(group.elements):
        assert torch.allclose(g(z, group.table[tau][index]), g(z, index) @ T.T, atol=1e-14)
    assert torch.allclose(g(z, torch.full_like(index, group.identity)), g.module(z))


def test_the_generator_is_a_measure_and_a_network():
    g = equivariant(cyclic(4))
    assert isinstance(g, Measure)
    assert g.dim == 2
    drawn = [g.sample(9, torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert drawn[0].requires_grad
    network = Parametric(g)
    latents = g.latents(4, torch.Generator().manual_seed(2))
    assert torch.equal(network(network.parameters, *latents), g(*latents))
    counts = torch.bincount(g.latents(40_000, torch.Generator().manual_seed(0))[1], minlength=4)
    assert bool(((counts - 10_000).abs() < 4 * (40_000 * 3 / 16) ** 0.5).all())
    assert g.float().sample(2, torch.Generator()).dtype == torch.float32
