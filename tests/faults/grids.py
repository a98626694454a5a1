"""Faults of gantheory/grids: midpoints, ends, one-sided weights, boundary signs, ghosts, transforms, gauges."""

from tests.faults.fault import faults

_L, _G = "tests/test_grid_laws.py::", "tests/test_grids.py::"
_ORDER = f"{_L}test_manufactured_discriminators_are_approached_at_second_order"
_FAST = f"{_L}test_transforms_solve_what_sparse_factors_solve"

FAULTS = (
    *faults(
        "grids/axis.py",
        (
            "a trapezoid rule without its halves",
            "np.pad(h, (1, 0)) / 2 + np.pad(h, (0, 1)) / 2",
            "np.pad(h, (1, 0)) / 2 + np.pad(h, (0, 1), mode='edge') / 2",
            f"{_L}test_quadrature_has_its_degree",
        ),
        (
            "one-sided faces: weights at nodes, not half-way",
            "return (self.nodes[1:] + self.nodes[:-1]) / 2 if order % 2 else self.nodes",
            "return self.nodes[:-1] if order % 2 else self.nodes",
            f"{_ORDER}[given, plane]",
        ),
        (
            "nodes for half nodes on a circle",
            "(np.arange(self.count) + order % 2 / 2)",
            "(np.arange(self.count) + 0 * order)",
            f"{_L}test_stencils_of_a_circle_have_their_accuracy_at_their_places",
        ),
        (
            "a spline's integral divided by its degree",
            "- knots[: -degree - 1]) / (degree + 1)",
            "- knots[: -degree - 1]) / degree",
            f"{_L}test_quadrature_has_its_degree",
        ),
        (
            "the derivative at a ghost, not at the end",
            "place = self.size - 1 - self.ghosts if upper else self.ghosts",
            "place = self.size - 2 - self.ghosts if upper else self.ghosts",
            f"{_ORDER}[natural, plane]",
            f"{_ORDER}[natural, order 3]",
        ),
        (
            "ghosts that repeat the end for mirroring it",
            "[2 * x[0] - x[g:0:-1], x, 2 * x[-1] - x[-2 : -2 - g : -1]]",
            "[2 * x[0] - x[g:0:-1], x, 2 * x[-1] - x[-2 : -2 - g : -1] + 0.1 * (x[-1] - x[-2])]",
            f"{_ORDER}[clamped, graded line]",
        ),
    ),
    *faults(
        "grids/divergence_form.py",
        (
            "an operator of the other sign",
            "return ((-1) ** order * total).tocsr()",
            "return total.tocsr()",
            f"{_G}test_the_divergence_form_converges_with_its_accuracy_under_a_variable_weight",
        ),
        (
            "Leibniz' rule without its coefficients",
            "total + count * sparse.diags(slope)",
            "total + sparse.diags(slope)",
            f"{_G}test_the_divergence_form_converges_with_its_accuracy_under_a_variable_weight",
        ),
        (
            "known values that do not reach the right side",
            "source[inner] - rows[:, ~inner] @ known[~inner]",
            "source[inner]",
            f"{_G}test_the_dirichlet_solve_is_the_dense_one",
        ),
    ),
    *faults(
        "grids/energy.py",
        (
            "an energy without multinomial weights",
            "2 * penalty.scale * multinomial(index) * weight",
            "2 * penalty.scale * weight",
            f"{_L}test_the_energy_is_the_sum_over_places",
        ),
        (
            "λ for 2λ",
            "2 * penalty.scale * multinomial(index) * weight",
            "penalty.scale * multinomial(index) * weight",
            f"{_L}test_the_energy_is_the_sum_over_places",
        ),
        (
            "a diagonal of stencils that are not squared",
            "tuple(f.squared for f in self.factors)",
            "self.factors",
            f"{_L}test_the_energy_is_the_sum_over_places",
        ),
        (
            "a derivative along the first axis alone",
            "range(len(self.factors)), values)\n\n    def transposed",
            "range(1), values)\n\n    def transposed",
            f"{_L}test_the_energy_is_the_sum_over_places",
        ),
    ),
    *faults(
        "grids/essential.py",
        (
            "a normal derivative of the other sign at upper faces",
            "(2 if upper else -2) * h",
            "-2 * h",
            f"{_ORDER}[clamped, plane]",
        ),
        (
            "a bending that is lost at simply supported faces",
            "+ h**2 * on_face(grid, axis, upper, jet, 2)",
            "+ 0 * h**2 * on_face(grid, axis, upper, jet, 2)",
            f"{_ORDER}[simply supported, order 3]",
        ),
        (
            "a residual that forgets what mirrors reflect",
            "residual[m.source] += m.sign * residual[m.ghost]",
            "residual[m.source] += 0 * residual[m.ghost]",
            f"{_ORDER}[clamped, graded line]",
            f"{_ORDER}[simply supported, order 3]",
        ),
        (
            "Taylor's h² for h²/2 at clamped faces",
            "known[faces(lines, axis, upper, 1, 1)] += (g[0] + h * g[1] + h**2 / 2 * g[2])[inner]",
            "known[faces(lines, axis, upper, 1, 1)] += (g[0] + h * g[1] + h**2 * g[2])[inner]",
            f"{_ORDER}[clamped, order 3]",
        ),
    ),
    *faults(
        "grids/fast.py",
        (
            "waves of twice their length",
            "/ (2 * n))) ** 2)",
            "/ n)) ** 2)",
            _FAST,
        ),
        (
            "a transform that forgets the volumes",
            "forward(load if self.scale is None else load * self.scale)",
            "forward(load)",
            _FAST,
        ),
        (
            "a circulant with its stencil at another place",
            "np.add.at(row, nodes % line.size, entries)",
            "np.add.at(row, nodes % line.size, np.abs(entries))",
            _FAST,
        ),
    ),
    *faults(
        "grids/linear.py",
        (
            "data at faces that transforms do not see",
            "right = load if essential.homogeneous else load - _lifted(problem)",
            "right = load",
            _FAST,
        ),
        (
            "data that pull their neighbours with the other sign",
            "[beside] -= part.density / h",
            "[beside] += part.density / h",
            _FAST,
        ),
        (
            "ghosts that are not put back",
            "values[ghosts] -= energy.applied(alone)[ghosts] / diagonal",
            "values[ghosts] -= 0 * energy.applied(alone)[ghosts] / diagonal",
            _FAST,
        ),
    ),
    *faults(
        "grids/load.py",
        (
            "natural data of one sign at both ends",
            "sign = (-1.0) ** sum(not upper for upper in ends)",
            "sign = 1.0",
            f"{_ORDER}[natural, plane]",
        ),
    ),
    *faults(
        "grids/null_space.py",
        (
            "a null space of the highest order",
            "lowest = lowest if grid.boundary in (None, Boundary.NATURAL) else 0",
            "lowest = lowest + 1 if grid.boundary in (None, Boundary.NATURAL) else 0",
            f"{_ORDER}[natural, plane]",
        ),
        (
            "moments that are added, not taken out",
            "projected = right - (self.volumes",
            "projected = right + (self.volumes",
            f"{_L}test_without_a_penalty_on_polynomials_the_gauge_is_orthogonal_to_them",
        ),
        (
            "a gauge by nodes, not by volumes",
            "self.basis.T @ (self.volumes * values.ravel()))",
            "self.basis.T @ (self.volumes.mean() * values.ravel()))",
            f"{_L}test_without_a_penalty_on_polynomials_the_gauge_is_orthogonal_to_them",
        ),
    ),
    *faults(
        "grids/stencils.py",
        (
            "stencils among nodes that are not scaled back",
            "return np.asarray(found) / width**order",
            "return np.asarray(found) / width",
            f"{_L}test_stencils_of_an_interval_are_exact_on_polynomials_that_fit_them",
        ),
    ),
)
