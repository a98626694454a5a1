"""Equivariant generators: an invariant source and a map that commutes make an invariant law; one of the two does not."""

from functools import cache, partial

import numpy as np
import sympy as sp
import torch
from torch import nn

from derivations.symmetry._shared import GROUPS, X, average, exact, turned
from gantheory.claims import Agreement, Claim, Refutation, Rivals, Step
from gantheory.groups import EquivariantGenerator, Group

BATCH, LATENT = 50, 3


def harmonic(order: int) -> list[sp.Expr]:
    """Real and imaginary part of (x1 + i x2)^k."""
    return list(sp.expand((X[0] + sp.I * X[1]) ** order).as_real_imag())


def averaged_harmonic(name: str, order: int) -> list[sp.Expr]:
    """1 + the averages of both parts over the group."""
    return [1 + average(part, exact(name)) for part in harmonic(order)]


def surviving(name: str, order: int) -> list[sp.Expr]:
    """1 + the parts where n divides k, else 1."""
    return [1 + part if order % int(name[1:]) == 0 else sp.S.One for part in harmonic(order)]


@cache
def parts() -> tuple[torch.Tensor, nn.Module]:
    """Latents and a small network, with weights from a generator of their own."""
    generator = torch.Generator().manual_seed(4)
    network = nn.Sequential(nn.Linear(LATENT, 6), nn.Tanh(), nn.Linear(6, 2)).double()
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.randn(weights.shape, generator=generator, dtype=torch.float64))
    return torch.randn(BATCH, LATENT, generator=generator, dtype=torch.float64), network


def made(group: Group) -> np.ndarray:
    """g(z, σ) for every latent point and every σ, as complex numbers."""
    z, network = parts()
    g = EquivariantGenerator(network, group, LATENT)
    with torch.no_grad():
        x = torch.stack([g(z, torch.full((BATCH,), i)) for i in range(group.order)])
    return x.numpy() @ np.array([1, 1j])


def moments(name: str) -> np.ndarray:
    """1 + mean of x^k over latents and group, k = 1 … 8."""
    x = made(GROUPS[name])
    return np.concatenate([[(1 + (x**k).mean()).real, (1 + (x**k).mean()).imag + 1] for k in range(1, 9)])


def moments_by_numpy(name: str) -> np.ndarray:
    """The same from the network without the group: its moments where n divides k, else 0."""
    z, network = parts()
    with torch.no_grad():
        base = network(z).numpy() @ np.array([1, 1j])
    found = [(base**k).mean() if k % int(name[1:]) == 0 else 0 for k in range(1, 9)]
    return np.concatenate([[1 + np.real(c), 1 + np.imag(c)] for c in found])


def turned_latent(name: str) -> np.ndarray:
    """g(z, τσ) for one τ, in the order of σ."""
    group = GROUPS[name]
    return made(group)[group.table[-1].numpy()].view(float)


def turned_image(name: str) -> np.ndarray:
    """T_τ g(z, σ), by NumPy."""
    x = made(GROUPS[name]).view(float).reshape(-1, BATCH, 2)
    return (x @ GROUPS[name].elements[-1].numpy().T).reshape(-1, 2 * BATCH)


EQUIVARIANT = Claim(
    name="equivariant-generator",
    says="A generator that commutes with the group and has an invariant source makes an invariant law: harmonics vanish "
    "unless n divides their order.",
    equation=r"g(T_\sigma z) = T_\sigma g(z),\ (T_\sigma)_\#P_Z = P_Z \implies (T_\sigma)_\#(g_\#P_Z) = g_\#P_Z",
    source="birrell2022structure, equivariant generators",
    proof=tuple(
        Step(
            f"{n}: the harmonic of order {k}, averaged",
            partial(averaged_harmonic, n, k),
            partial(surviving, n, k),
        )
        for n, k in (("C4", 1), ("C4", 2), ("C4", 3), ("C4", 4), ("C3", 2), ("C3", 3))
    ),
    witness=Agreement(
        (
            *(
                Step(f"{n}: moments of order 1 to 8", partial(moments, n), partial(moments_by_numpy, n), Rivals(1e-12))
                for n in ("C3", "C4", "C8")
            ),
            *(
                Step(f"{n}: g(z, τσ) = T_τ g(z, σ)", partial(turned_latent, n), partial(turned_image, n), Rivals(1e-13))
                for n in ("C4", "D3", "D4")
            ),
        )
    ),
)


def layers(point: tuple = X) -> list[sp.Expr]:
    """x ↦ (1 + |x|²) x: a map that commutes with every isometry, as layers of a G-CNN do."""
    size = 1 + sum(x**2 for x in point)
    return [sp.expand(size * x) for x in point]


def mean_of_layers() -> float:
    """|E (1 + |Z|²) Z| for Z ~ N((1, 0), 0.1² I), by the mean of a fixed sample: the law that such layers alone make."""
    z = np.random.default_rng(0).normal((1.0, 0.0), 0.1, (400, 2))
    return float(np.linalg.norm(((1 + (z**2).sum(1))[:, None] * z).mean(0)))


def mean_with_symmetry() -> float:
    """The same after the source has been averaged over C4."""
    z = np.random.default_rng(0).normal((1.0, 0.0), 0.1, (400, 2))
    z = GROUPS["C4"].orbit(torch.from_numpy(z)).reshape(-1, 2).numpy()
    return float(np.linalg.norm(((1 + (z**2).sum(1))[:, None] * z).mean(0)))


SOURCE = Claim(
    name="equivariant-layers-alone",
    says="Equivariant layers behind a source that is not invariant make no invariant law: their mean is not the fixed point 0.",
    equation=r"g\circ T = T\circ g\ \not\Rightarrow\ T_\#(g_\#P_Z) = g_\#P_Z",
    source="birrell2022structure, on the generators of dey2021group",
    proof=tuple(
        Step(
            f"{n}: (1 + |x|²) x commutes",
            partial(lambda n: [turned(e, exact(n)[1]) for e in layers()], n),
            partial(lambda n: [sp.expand(e) for e in exact(n)[1] * sp.Matrix(layers())], n),
        )
        for n in ("C4", "D3")
    ),
    witness=Refutation(
        "source N((1, 0), 0.1² I), C4: the mean of an invariant law, the mean found", mean_with_symmetry, mean_of_layers
    ),
)
