"""Faults of gantheory/testing: what users' own tests would then let pass."""

from tests.faults.fault import faults

_A, _M, _P = (f"tests/testing_tools/test_{name}.py::test_" for name in ("assertions", "manufactured", "plugin"))
_EXACT = f"{_M}the_data_make_d_exact"
_SOLVES = f"{_A}what_solves_the_equation_passes_and_what_does_not_fails"
_REFUSED = f"{_M}what_would_hide_a_fault_is_refused"
_DATA = f"{_M}data_that_would_hide_a_fault_are_refused"
_FD = f"{_M}finite_differences_keep_their_order_on_boxes_and_tori"

FAULTS = (
    *faults(
        "testing/order.py",
        (
            "counts for sizes",
            "return tuple(1 / float(v) for v in values)",
            "return tuple(float(v) for v in reversed(values))",
            f"{_A}an_error_of_the_order_passes_and_of_another_does_not[2]",
        ),
        (
            "inconclusive passes",
            "if not outcome.holds:",
            "if outcome.standing is Standing.FAILS:",
            f"{_A}a_study_that_tells_no_order_is_inconclusive_and_fails",
        ),
    ),
    *faults(
        "testing/agreement.py",
        (
            "half the null space",
            "return left - basis @ part",
            "return left - basis @ part / 2",
            f"{_A}agreement_is_counted_in_digits_and_a_gauge_is_taken_out",
        ),
        ("one side without numbers", "    if bad:", "    if len(bad) > 1:", f"{_A}sides_that_are_not_numbers_never_agree"),
    ),
    *faults(
        "testing/gradients.py",
        (
            "a difference over h for 2h",
            "/ (2 * h) for s",
            "/ h for s",
            f"{_A}a_closed_gradient_is_what_central_differences_tend_to",
        ),
        (
            "extrapolation in h for h²",
            "/ (4**j - 1)",
            "/ (2**j - 1)",
            f"{_A}a_closed_gradient_is_what_central_differences_tend_to",
        ),
        ("a bound for roundoff that is too wide", "ROUNDOFF = 100.0", "ROUNDOFF = 1e8", f"{_A}a_wrong_gradient_is_seen"),
        (
            "the order is not looked at",
            "if any(not s >= 1.9",
            "if any(not s >= -9",
            f"{_A}a_gradient_at_a_kink_or_of_another_shape_or_without_numbers_fails",
        ),
    ),
    *faults(
        "testing/partials.py",
        (
            "stencils too short",
            "- 1 + ACCURACY // 2",
            "- 1 + ACCURACY // 4",
            f"{_A}differences_are_exact_on_the_polynomials_they_should_be",
        ),
        (
            "one power of h",
            "result / h ** sum(alpha)",
            "result / h",
            f"{_A}partials_by_autograd_and_by_differences_agree_with_sympy",
        ),
        (
            "derivatives of the other axis",
            "- (j == axis) + (j == k) for j",
            "- (j == axis) + (j == x.shape[1] - 1 - k) for j",
            f"{_A}partials_by_autograd_and_by_differences_agree_with_sympy",
        ),
    ),
    *faults(
        "testing/solving.py",
        ("sign of the reaction", "rights = [-part", "rights = [part", _SOLVES),
        ("sign of the source", '[unknown["source"]] if', '[-unknown["source"]] if', _SOLVES),
        ("penalties without λ", "lefts = [t.weight * t.penalty", "lefts = [t.penalty", _SOLVES),
        (
            "NaN passes",
            "if not residual <= tolerance:",
            "if residual > tolerance:",
            f"{_A}a_field_without_a_slope_solves_nothing",
        ),
    ),
    *faults(
        "testing/expressed.py",
        (
            "a gradient for a score",
            "self._field.gradient(x) / self._field(x)[:, None]",
            "self._field.gradient(x)",
            f"{_M}fields_and_densities_are_exact_and_may_be_evaluated_outside",
        ),
        (
            "axes exchanged in a gradient",
            "int(j == k) for j in range(self.dim)",
            "int(j == self.dim - 1 - k) for j in range(self.dim)",
            f"{_M}fields_and_densities_are_exact_and_may_be_evaluated_outside",
        ),
    ),
    *faults(
        "testing/problem.py",
        ("sign of the source", "ExpressedField(left - right, self.dim)", "ExpressedField(right - left, self.dim)", _EXACT),
        (
            "p and q exchanged",
            "held = (self.densities[p], self.densities[q],",
            "held = (self.densities[q], self.densities[p],",
            _EXACT,
        ),
        (
            "natural data of the wrong faces",
            "tuple(x.index(s) for s in c.at)",
            "tuple(self.dim - 1 - x.index(s) for s in c.at)",
            f"{_M}natural_data_are_the_boundary_terms_of_the_first_variation",
        ),
        (
            "natural data withheld",
            "if problem.natural:",
            "if not problem.dim:",
            f"{_M}the_boundary_conditions_are_those_of_the_solver",
        ),
        (
            "boundary conditions of the domain for the grid's",
            "return self.within(place.boundary)",
            "return self",
            f"{_M}the_boundary_conditions_are_those_of_the_solver",
        ),
    ),
    *faults(
        "testing/distance.py",
        (
            "whole weights at the ends",
            "gaps[:1] / 2, (gaps",
            "gaps[:1], (gaps",
            f"{_M}the_error_on_a_grid_is_the_integral_by_the_trapezoid_rule",
        ),
        (
            "the null space left in D",
            "_without(basis, gap, weight), _without(basis, true, weight)",
            "_without(basis, gap, weight), true",
            f"{_M}the_error_is_relative_and_without_gauge",
        ),
        (
            "another inner product",
            "root[:, None] * basis, root * values",
            "basis, values",
            f"{_M}the_null_space_is_taken_out_by_the_same_rule",
        ),
    ),
    *faults(
        "testing/shares.py",
        (
            "squares for roots",
            ".square().mean().sqrt()",
            ".square().mean()",
            f"{_M}shares_are_root_mean_squares_over_the_largest",
        ),
        (
            "the source left out of the reaction's sign",
            "{name: (e.subs(densities)",
            "{name: (-e.subs(densities)",
            f"{_M}shares_are_root_mean_squares_over_the_largest",
        ),
    ),
    *faults(
        "testing/degenerate.py",
        ("even for odd", "move(centred) - sign * centred", "move(centred) + sign * centred", _REFUSED),
        ("one face for two", "face[:, axis] = end", "face[:, axis] = 0.0", f"{_REFUSED}[zero at another face]"),
        ("a degree too low", "<= 2 * order + 1:", "<= 2 * order:", f"{_REFUSED}[polynomial]"),
        ("products let through", "return not size[1] > ALMOST", "return not size[0] > ALMOST", f"{_REFUSED}[product]"),
        (
            "no exchange of axes",
            'yield f"under exchange of x{j + 1} and x{k + 1}", partial(np.swapaxes, axis1=j, axis2=k)',
            'yield f"under exchange of x{j + 1} and x{k + 1}", partial(np.swapaxes, axis1=j, axis2=j)',
            _REFUSED,
        ),
        ("periods not looked at", "step[axis] = period", "step[axis] = 0 * period", f"{_M}faces_and_periods_are_looked_at"),
    ),
    *faults(
        "testing/accepted.py",
        (
            "blind to small terms",
            "share.operator and not share.size >= SMALL",
            "share.operator and not share.size >= 0",
            _REFUSED,
        ),
        ("p may be q", "if not float(np.abs(a - b).max()) > SMALL", "if not float(np.abs(a - b).max()) >= 0", _DATA),
        ("a gradient that crosses the centre", "least > centre * (1 + SMALL)", "most > centre * (1 + SMALL)", _REFUSED),
        ("constant weights", "if t.penalty.over != 1:", "if t.penalty.over == 1:", _DATA),
    ),
    *faults(
        "testing/data.py",
        (
            "given densities rescaled",
            "if s not in over and s not in given:",
            "if s not in given or s in over:",
            f"{_M}given_densities_are_kept",
        ),
        (
            "negative densities",
            "if not float(on_grid(e, domain).min()) > 0:",
            "if not float(on_grid(e, domain).max()) > 0:",
            _DATA,
        ),
    ),
    *faults(
        "testing/generic.py",
        ("half a period", "return [2 * sp.pi *", "return [sp.pi *", f"{_M}a_generic_function_is_accepted_whatever_the_seed"),
    ),
    *faults(
        "testing/telling.py",
        (
            "an order upside down",
            "np.log(sizes[i - 1] / h)",
            "np.log(h / sizes[i - 1])",
            f"{_A}the_figure_of_a_failure_stands_below_its_table",
        ),
    ),
    *faults(
        "pytest_plugin.py",
        (
            "claims of every file",
            "    named = parent.session.isinitpath(module_path) or",
            "    named = bool(module_path) or",
            f"{_P}files_that_are_not_named_are_left_alone",
        ),
        (
            "a failure that passes",
            "if not verdict.holds:",
            "if verdict.failures is None:",
            f"{_P}a_claim_that_fails_shows_both_sides_the_table_and_a_figure",
        ),
        (
            "finer levels never",
            'full=self.config.getoption("--gantheory-full")',
            "full=False",
            f"{_P}finer_levels_are_asked_for",
        ),
    ),
)
