"""The operators of the energy against dense matrices that Vandermonde systems and Kronecker products build."""

from functools import reduce
from math import factorial

import numpy as np
import pytest
import sympy as sp

from gantheory.grids import BoxGrid, Energy, Penalty, TensorGrid, TorusGrid, essential
from gantheory.objectives import Boundary
from gantheory.symbolic import coordinates, multi_indices, multinomial, negative_laplacian
from tests.cases import generic_polynomial, product

EPS = np.finfo(float).eps
LOWER, UPPER = (-0.7, 0.2, 0.1), (1.9, 1.3, 1.0)


def vandermonde(order, place, nodes):
    """The stencil on these nodes that is exact on the most powers."""
    right = np.zeros(len(nodes))
    right[order] = factorial(order)
    return np.linalg.solve(np.vander(nodes - place, increasing=True).T, right)


def on_interval(nodes, order, ghosts):
    """∂^order at nodes or midpoints of mirrored nodes: matrix, places, trapezoid or midpoint weights."""
    h = np.diff(nodes)
    left, right = nodes[0] - np.cumsum(h)[:ghosts][::-1], nodes[-1] + np.cumsum(h[::-1])[:ghosts]
    whole = np.concatenate([left, nodes, right])
    places = nodes[:-1] + h / 2 if order % 2 else nodes
    weights = h if order % 2 else (np.append(h, 0) + np.append(0, h)) / 2
    matrix, width = np.zeros((len(places), len(whole))), order + 1
    for i in range(len(places)):
        first = ghosts + i - order // 2
        matrix[i, first : first + width] = vandermonde(order, places[i], whole[first : first + width])
    return matrix, places, weights


def on_circle(period, count, order, accuracy):
    """The same on a circle, from stencils of order + accuracy − 1 nodes."""
    h, width = period / count, order + accuracy - 1 if order else 1
    matrix = np.zeros((count, count))
    for i in range(count):
        first = i - (width - 1) // 2
        place = i + (order % 2) / 2
        for j, entry in enumerate(vandermonde(order, place, first + np.arange(float(width)))):
            matrix[i, (first + j) % count] += entry / h**order
    return matrix, h * (np.arange(count) + order % 2 / 2), np.full(count, h)


def dense(axis, dim, order, weight):
    """Σ_α (m!/α!) G_αᵀ diag(volume w) G_α, times 2; axis: (k, order) ↦ matrix, places, weights."""
    total = 0
    for index in multi_indices(order, dim):
        parts = [axis(k, a) for k, a in enumerate(index)]
        G = reduce(np.kron, [part[0] for part in parts])
        points = np.stack([m.ravel() for m in np.meshgrid(*[part[1] for part in parts], indexing="ij")], 1)
        volume = reduce(np.kron, [part[2] for part in parts])
        total = total + 2 * multinomial(index) * (G.T * (volume * weight(points))) @ G
    return total


def weight(points):
    return 1.3 + np.sin(points @ np.array([1.1, -0.7, 0.9])[: points.shape[1]] + 0.4) / 2


GRADED = tuple(low + (high - low) * np.linspace(0, 1, k) ** 1.3 for low, high, k in zip(LOWER, UPPER, (7, 6, 5), strict=True))


@pytest.mark.parametrize(("order", "dim"), product((1, 2, 3), (1, 2, 3)))
@pytest.mark.parametrize("graded", [False, True])
def test_the_matrix_of_a_box_is_the_dense_one(order, dim, graded):
    points = (7, 6, 5)[:dim]
    grid = TensorGrid(GRADED[:dim], Boundary.NATURAL) if graded else BoxGrid(LOWER[:dim], UPPER[:dim], points, Boundary.NATURAL)
    found = Energy(grid.lines(order), (Penalty(order, 1.0, weight),)).matrix.toarray()
    expected = dense(lambda k, a: on_interval(grid.axes[k], a, order // 2), dim, order, weight)
    assert np.abs(found - expected).max() <= 1000 * EPS * np.abs(expected).max()


@pytest.mark.parametrize(("order", "dim", "accuracy"), product((1, 2, 3), (1, 2), (2, 4, 6)))
def test_the_matrix_of_a_torus_is_the_dense_one(order, dim, accuracy):
    periods, points = (1.3, 0.9)[:dim], (11, 9)[:dim]
    grid = TorusGrid(periods, points)
    found = Energy(grid.lines(order, accuracy), (Penalty(order, 1.0, weight),)).matrix.toarray()
    expected = dense(lambda k, a: on_circle(periods[k], points[k], a, accuracy), dim, order, weight)
    assert np.abs(found - expected).max() <= 1000 * EPS * np.abs(expected).max()


@pytest.mark.parametrize(("order", "dim"), product((1, 2, 3), (1, 2, 3)))
def test_deep_inside_the_operator_is_exact_on_polynomials_of_full_degree(order, dim):
    """2(−Δ)^m of every polynomial of degree ≤ 2m + 1, by SymPy."""
    grid = BoxGrid(LOWER[:dim], UPPER[:dim], tuple(2 * order + k for k in (5, 4, 3)[:dim]), Boundary.NATURAL)
    lines, x = grid.lines(order), coordinates(dim)
    f = generic_polynomial(x, 3 + order, 2 * order + 1)
    places = np.meshgrid(*[line.extended for line in lines], indexing="ij")
    values = np.broadcast_to(sp.lambdify(x, f, "numpy")(*places), places[0].shape)
    energy = Energy(lines, (Penalty(order, 1.0),))
    found = energy.applied(values) / np.prod(grid.spacing)
    expected = np.broadcast_to(sp.lambdify(x, 2 * negative_laplacian(f, x, order), "numpy")(*places), places[0].shape)
    depth = tuple(slice(line.ghosts + order, line.size - line.ghosts - order) for line in lines)
    rounding = 100 * EPS * (abs(energy.matrix) @ np.abs(values).ravel()).max() / np.prod(grid.spacing)
    assert expected[depth].size >= 2**dim
    assert np.abs(found - expected)[depth].max() <= rounding
    assert np.abs(expected[depth]).max() >= 1e4 * rounding


@pytest.mark.parametrize("boundary", list(Boundary), ids=lambda b: b.value)
@pytest.mark.parametrize(("order", "dim"), product((1, 2, 3), (1, 2)))
def test_the_elimination_of_given_values_is_its_matrix(order, dim, boundary):
    """E u + d by slices is the matrix E, and Eᵀ is its transpose."""
    grid = BoxGrid(LOWER[:dim], UPPER[:dim], (8, 7)[:dim], boundary)
    held = essential(grid, grid.lines(order), order, lambda x, axis, k: np.cos(x.sum(1) + k + axis))
    rng = np.random.default_rng(5)
    u, r = rng.normal(size=held.count), rng.normal(size=held.known.shape)
    assert held.free.sum() == held.count
    assert np.abs(held.linear(u).ravel() - held.matrix @ u).max() <= 10 * EPS
    assert np.abs(held.values(u) - held.values(0 * u) - held.linear(u)).max() <= 100 * EPS
    assert np.abs(held.restricted(r) - held.matrix.T @ r.ravel()).max() <= 10 * EPS
    assert held.homogeneous == (boundary is Boundary.NATURAL)
