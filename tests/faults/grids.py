"""Faults of gantheory/grids: midpoints, ends, one-sided weights, boundary signs, ghosts, transforms, gauges."""

from tests.faults.fault import faults

_L, _G = "tests/test_grid_laws.py::", "tests/test_grids.py::"
_P, _S, _N, _R = (f"tests/finite_differences/test_{name}.py::" for name in ("operators", "solves", "newton", "rates"))
_NESTED = "tests/finite_differences/test_nested.py::"
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
    *faults(
        "grids/difference.py",
        (
            "a transpose of the other sign",
            "window += entry * values",
            "window -= entry * values",
            f"{_L}test_the_energy_is_the_sum_over_places",
        ),
        (
            "a circle that is unrolled at the other side",
            "return np.roll(found, self.first, axis)",
            "return np.roll(found, -self.first, axis)",
            f"{_L}test_the_energy_is_the_sum_over_places",
        ),
        (
            "a matrix whose rows start a node later",
            "columns = self.first + np.arange(self.count)[:, None]",
            "columns = self.first + 1 + np.arange(self.count)[:, None]",
            f"{_P}test_the_matrix_of_a_torus_is_the_dense_one",
        ),
    ),
    *faults(
        "grids/summands.py",
        (
            "a centre outside the root: K for K/|g|",
            "(1 - self.centre / np.maximum(size, np.finfo(float).tiny))",
            "(1 - self.centre)",
            f"{_N}test_slope_and_curvature_are_the_derivatives_of_the_value",
        ),
        (
            "a curvature without its radial part",
            "(1 - ratio) * (i == j) + ratio * unit[i] * unit[j]",
            "(1 - ratio) * (i == j)",
            f"{_N}test_slope_and_curvature_are_the_derivatives_of_the_value",
        ),
        (
            "a one-sided penalty that acts below K",
            "size >= self.centre if self.one_sided",
            "size <= self.centre if self.one_sided",
            f"{_R}test_nonlinear_equations_are_second_order[one-sided, 1-D-Dirichlet]",
        ),
        (
            "corners that are summed, not averaged",
            ".ravel() / len(sets)",
            ".ravel()",
            f"{_N}test_with_centre_zero_corners_give_the_five_point_energy",
        ),
        (
            "one corner for all four",
            "corners = product((0, 1), repeat=len(lines))",
            "corners = product((0, 0), repeat=len(lines))",
            f"{_N}test_corners_hold_the_differences_that_meet_there",
        ),
        (
            "a load of the other sign",
            "return self._applied(D) - self.load",
            "return self._applied(D) + self.load",
            f"{_N}test_slope_and_curvature_are_the_derivatives_of_the_value",
        ),
    ),
    *faults(
        "grids/newton.py",
        (
            "full steps always",
            "        t /= 2\n    return 0.0",
            "        return t\n    return 0.0",
            f"{_N}test_damping_keeps_newton_from_overshooting",
        ),
        (
            "a loose step",
            "STEP = 1e-9",
            "STEP = 1e-1",
            f"{_N}test_newton_finds_the_pointwise_optimum_of_a_loss_that_outweighs_its_penalty",
        ),
        (
            "a path that ends half-way",
            "newton(path(min(1.0, t + size)), u)",
            "newton(path(min(0.5, t + size)), u)",
            f"{_R}test_nonlinear_equations_are_second_order[two-sided, 1-D-Dirichlet]",
        ),
        (
            "an iteration that is stopped and not refused",
            'raise Unconverged(f"{ITERATIONS} iterations did not suffice", left)',
            "return u, ITERATIONS, damping",
            f"{_N}test_where_there_is_no_minimum_newton_says_so",
        ),
        (
            "idle penalties that damp nothing",
            "DAMPING = 1e-2, 1e-6",
            "DAMPING = 0.0, 0.0",
            f"{_NESTED}test_steps_do_not_grow_with_the_grid_where_a_penalty_is_idle",
        ),
    ),
    *faults(
        "grids/prolongation.py",
        (
            "a spline of too low a degree",
            "2 * order - 1)",
            "max(2 * order - 3, 1))",
            f"{_NESTED}test_prolongation_keeps_polynomials_ghosts_included",
        ),
    ),
    *faults(
        "grids/iterative.py",
        (
            "a loose tolerance",
            "TOLERANCE = 1e-11",
            "TOLERANCE = 1e-2",
            f"{_S}test_conjugate_gradients_find_what_factors_find",
        ),
        (
            "directions that are not conjugate",
            "d *= size / before",
            "d *= 0.5 * size / before",
            f"{_S}test_iterations_do_not_grow_with_refinement_nor_with_the_contrast_of_a_smooth_weight",
        ),
    ),
    *faults(
        "grids/linear.py",
        (
            "a preconditioner that is blind to the local weight",
            "local = np.sqrt(problem.essential.restricted(problem.energy.local_weight))",
            "local = np.ones(problem.essential.count)",
            f"{_S}test_iterations_do_not_grow_with_refinement_nor_with_the_contrast_of_a_smooth_weight",
        ),
    ),
    *faults(
        "grids/kronecker.py",
        (
            "known layers that do not reach the right side",
            "right -= _along(rows, strip, axis)",
            "right -= 0 * _along(rows, strip, axis)",
            f"{_S}test_fast_diagonalisation_solves_the_kronecker_sum",
        ),
        (
            "eigenvectors that are not transposed",
            "right = _along(basis.T, right, axis)",
            "right = _along(basis, right, axis)",
            f"{_S}test_fast_diagonalisation_solves_the_kronecker_sum",
        ),
    ),
    *faults(
        "grids/direct.py",
        (
            "unknowns that are held and still solved for",
            "found[self._kept] = self._factors.solve(right[self._kept])",
            "found[self._kept] = self._factors.solve(right[self._kept]) + (len(self.held) > 0)",
            f"{_S}test_conjugate_gradients_find_what_factors_find",
            f"{_R}test_nonlinear_equations_are_second_order[two-sided, 1-D-natural]",
        ),
    ),
)
