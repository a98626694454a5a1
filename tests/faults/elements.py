"""Faults of gantheory/discriminators/finite_elements: multinomials, weights, faces, normals, loads, gauges, Newton."""

from tests.faults.fault import faults

_F, _T = "discriminators/finite_elements/", "tests/elements/"
_PATCH = f"{_T}test_solver.py::test_polynomials_of_an_element_are_solved_exactly"
_ORDER = f"{_T}test_orders.py::test_an_element_has_its_order"
_NEWTON = f"{_T}test_newton.py::test_nonlinear_equations_converge_at_the_order_of_the_element"
_HATS = f"{_T}test_newton.py::test_the_discriminator_minimises_the_objective_over_hat_functions"
_SPLINE = f"{_T}test_samples.py::test_smoothing_splines_are_solved_exactly"
_KEEPS = f"{_T}test_mesh.py::test_refinement_keeps_the_box_and_the_shapes"
_FOUND = f"{_T}test_mesh.py::test_every_point_is_found_in_a_simplex_that_holds_it"
_FIXED = f"{_T}test_mesh.py::test_the_faces_fix_what_their_data_give"
_POLYNOMIALS = f"{_T}test_mesh.py::test_an_element_reproduces_its_polynomials"
_RULE = f"{_T}test_mesh.py::test_quadrature_is_exact_up_to_its_degree_and_positive"

FAULTS = (
    *faults(
        f"{_F}forms.py",
        (
            "a Hessian without the multinomial 2 of D_xy",
            "{(a, a): multinomial(a) * self.weight for a in alphas}",
            "{(a, a): 1 * self.weight for a in alphas if multinomial(a)}",
            f"{_PATCH}[MORLEY, 2-D, natural]",
            f"{_ORDER}[MORLEY, 2-D, natural]",
        ),
        (
            "1 + K/|∇D| for 1 − K/|∇D|",
            "flux = self.weight * active * (1 - share)",
            "flux = self.weight * active * (1 + share)",
            f"{_NEWTON}[two-sided, QUADRATIC, 1-D]",
        ),
        (
            "a one-sided penalty that acts inside |∇D| < K",
            "active = (size > self.centre) | (not self.one_sided or self.centre == 0)",
            "active = (size > self.centre) | (size <= self.centre)",
            f"{_HATS}[True]",
        ),
        (
            "Newton's matrix without the derivative of K/|∇D|",
            "(1 - share) * (i == j) + share * s * t / square",
            "(1 - share) * (i == j) + 0 * share * s * t / square",
            f"{_NEWTON}[two-sided, QUADRATIC, 2-D]",
        ),
        (
            "a loss that does not see the mass of its measure",
            "return self.mass * function(values).numpy()",
            "return self.mass.mean() + 0 * function(values).numpy()",
            f"{_ORDER}[LINEAR, 1-D, natural]",
        ),
    ),
    *faults(
        f"{_F}assembled.py",
        (
            "λ for 2λ",
            "penalty, scale = term.penalty, 2 * number(",
            "penalty, scale = term.penalty, 1 * number(",
            f"{_PATCH}[LINEAR, 1-D, natural]",
        ),
        (
            "p and q exchanged in the weight",
            "names = dict(zip((p, q, nu),",
            "names = dict(zip((q, p, nu),",
            f"{_PATCH}[QUADRATIC, 2-D, natural]",
        ),
        (
            "p and q exchanged in the loss",
            "losses = (self.objective.loss.real, self.objective.loss.fake)",
            "losses = (self.objective.loss.fake, self.objective.loss.real)",
            f"{_PATCH}[LINEAR, 1-D, natural]",
        ),
        (
            "a quadrature that loses the order of quadratics",
            "return 2 * self.space.element.degree",
            "return 1 * self.space.element.degree",
            f"{_PATCH}[QUADRATIC, 2-D, natural]",
        ),
        (
            "a reaction that pushes away",
            "return self.load(degree) - np.sum(",
            "return self.load(degree) + np.sum(",
            f"{_T}test_solver.py::test_the_gauge_is_orthogonal_to_the_null_space",
        ),
        (
            "samples without their weights",
            "scattered(space, points.numpy(), measure.weights.numpy())",
            "scattered(space, points.numpy(), measure.weights.numpy() * 0 + 1 / len(points))",
            f"{_SPLINE}[LINEAR-1-1.0]",
        ),
        (
            "curved losses on samples where 2m = n",
            "if 2 * space.element.order <= dim and not linear:",
            "if 2 * space.element.order < dim and not linear:",
            f"{_T}test_samples.py::test_samples_that_do_not_fit_are_refused",
        ),
    ),
    *faults(
        f"{_F}loads.py",
        (
            "natural data of the other sign",
            "total += sign * rule.load(",
            "total -= sign * rule.load(",
            f"{_PATCH}[LINEAR, 1-D, natural]",
        ),
        (
            "lower faces that count as upper ones",
            "[(-1, face(space, k, box.lower[k], degree))",
            "[(1, face(space, k, box.lower[k], degree))",
            f"{_PATCH}[LINEAR, 2-D, natural]",
        ),
        (
            "corners of the other sign",
            "signs = [a * b for",
            "signs = [-a * b for",
            f"{_PATCH}[MORLEY, 2-D, natural]",
            f"{_PATCH}[ARGYRIS, 2-D, natural]",
        ),
        (
            "natural moments that load the value, not the slope",
            '"a natural datum"), datum.against)',
            '"a natural datum"), (0,) * space.mesh.dim)',
            f"{_PATCH}[HERMITE, 1-D, simply supported]",
        ),
        (
            "a source of the other sign",
            'total += rule.load(at_points(source, rule, "the source")',
            'total -= rule.load(at_points(source, rule, "the source")',
            f"{_PATCH}[LINEAR, 1-D, Dirichlet]",
        ),
    ),
    *faults(
        f"{_F}boundary_values.py",
        (
            "simply supported faces that clamp slopes",
            "known &= self.orders % 2 == 0",
            "known &= self.orders < 2",
            f"{_FIXED}",
        ),
        (
            "clamped faces that fix D_nn",
            "known = self.orders < order",
            "known = self.orders <= order",
            f"{_FIXED}",
        ),
        (
            "corners that must agree on both axes",
            "return (at_end & known).any(1)",
            "return at_end.any(1) & (known | ~at_end).all(1)",
            f"{_FIXED}",
        ),
        (
            "normal slopes of the other sign",
            "normals, orders * (orders.sum(1) == 1)[:, None])",
            "-normals, orders * (orders.sum(1) == 1)[:, None])",
            f"{_PATCH}[MORLEY, 2-D, Dirichlet]",
        ),
        (
            "mixed derivatives read from the diagonal of the Hessian",
            "hessian(field, x)[np.arange(len(x)), first, last]",
            "hessian(field, x)[np.arange(len(x)), first, first]",
            f"{_POLYNOMIALS}[ARGYRIS-2]",
        ),
    ),
    *faults(
        f"{_F}space.py",
        (
            "slopes in units of the simplex",
            "np.linalg.inv(rows) * self._frame[1][:, None, None] ** orders",
            "np.linalg.inv(rows) * self._frame[1][:, None, None] ** 0",
            f"{_POLYNOMIALS}[HERMITE-1]",
        ),
        (
            "normals that turn with each neighbour",
            "found[:, slopes] = across[self.mesh.topology.t2f.T]",
            "found[:, slopes] = across[self.mesh.topology.t2f.T] * (-1) ** np.arange(len(self.unknowns))[:, None, None]",
            f"{_POLYNOMIALS}[MORLEY-2]",
        ),
        (
            "derivatives without the chain rule",
            "scale = self._frame[1][simplices][:, None, None] ** sum(beta)",
            "scale = self._frame[1][simplices][:, None, None] ** 0 * (1 + 0 * sum(beta))",
            f"{_POLYNOMIALS}[LINEAR-1]",
        ),
        (
            "powers without their falling factorials",
            "np.prod([power - j for j in range(b)], axis=0, initial=1.0)",
            "np.prod([power for j in range(b)], axis=0, initial=1.0)",
            f"{_POLYNOMIALS}[ARGYRIS-2]",
        ),
    ),
    *faults(
        f"{_F}rule.py",
        (
            "Gauss–Jacobi points with the weight of the next coordinate",
            "roots_jacobi(degree // 2 + 1, k, 0)",
            "roots_jacobi(degree // 2 + 1, 0, k)",
            f"{_RULE}[2]",
        ),
        (
            "one point too few",
            "roots_jacobi(degree // 2 + 1, k, 0)",
            "roots_jacobi(max(degree // 2, 1), k, 0)",
            f"{_RULE}[2]",
        ),
        (
            "faces measured twice",
            "area = np.abs(np.linalg.det(edges)) if dim > 1 else np.ones(len(corners))",
            "area = 2 * np.abs(np.linalg.det(edges)) if dim > 1 else np.ones(len(corners))",
            f"{_RULE}[2]",
        ),
    ),
    *faults(
        f"{_F}refinement.py",
        (
            "the shortest diagonal by two coordinates, as in scikit-fem 12",
            "np.linalg.norm(vertices[middle[a]] - vertices[middle[b]], axis=1)",
            "np.linalg.norm((vertices[middle[a]] - vertices[middle[b]])[:, :2], axis=1)",
            f"{_KEEPS}[3]",
        ),
    ),
    *faults(
        f"{_F}place.py",
        (
            "the nearest centroid for the simplex that holds a point",
            "found[open_] = trial[np.arange(len(open_)), depth.argmax(1)]",
            "found[open_] = trial[:, 0]",
            f"{_FOUND}[2]",
        ),
        (
            "the interval on the other side of a node",
            'side="right").clip(1',
            'side="right").clip(2',
            f"{_FOUND}[1]",
        ),
    ),
    *faults(
        f"{_F}null_space.py",
        (
            "moments that are let pass",
            "if not abs(value) <= most",
            "if not abs(value) <= 1e6 * most + 1",
            f"{_T}test_solver.py::test_moments_that_disagree_are_named",
        ),
    ),
    *faults(
        f"{_F}linear.py",
        (
            "a gauge at single values, not in the mean",
            "move -= system.kernel @ np.linalg.solve(",
            "move -= 0 * system.kernel @ np.linalg.solve(",
            f"{_T}test_solver.py::test_the_gauge_is_orthogonal_to_the_null_space",
        ),
        (
            "a ridge of 10⁻⁹",
            "damping * sparse.identity(len(gap))",
            "(damping + 1e-9) * sparse.identity(len(gap))",
            f"{_PATCH}[HERMITE, 1-D, natural]",
            f"{_PATCH}[ARGYRIS, 2-D, natural]",
            f"{_SPLINE}[HERMITE-2-0.003]",
        ),
    ),
    *faults(
        f"{_F}forms.py",
        (
            "a penalty whose value has no half",
            "(size - self.centre) ** 2).sum()) / 2",
            "(size - self.centre) ** 2).sum())",
            f"{_T}test_nested.py::test_the_residual_is_the_slope_of_the_objective",
        ),
    ),
    *faults(
        f"{_F}finite_elements.py",
        (
            "meshes that start anew",
            "COARSEST = 12 ",
            "COARSEST = 1200 ",
            f"{_T}test_nested.py::test_steps_do_not_grow_with_the_mesh_where_a_penalty_is_idle",
        ),
    ),
    *faults(
        f"{_F}newton.py",
        (
            "Newton's method that stops at its tolerance",
            "None if near and system.linear else",
            "None if near else",
            f"{_NEWTON}[logistic, HERMITE, 1-D]",
        ),
        (
            "saddles that pass for minima",
            "minimum = system.convex or positive(system, tangent)",
            "minimum = system.convex or True",
            f"{_T}test_newton.py::test_a_saddle_of_a_two_sided_penalty_is_told",
        ),
        (
            "regions that no term sees",
            ".min() <= FLAT",
            ".min() < 0",
            f"{_T}test_newton.py::test_a_region_that_no_term_sees_is_refused",
        ),
    ),
)
