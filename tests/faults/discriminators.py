"""Faults of gantheory/discriminators: p for q, λ, self-pairs, ridges, labels, tolerances, dtypes."""

from tests.faults.fault import faults

_W = "tests/finite_differences/test_newton.py::"
_A = "tests/finite_differences/test_wrapped.py::"
_D, _K = "tests/test_discriminators.py::", "tests/tangent/test_kernel_gradient.py::"
_N = "tests/persistent/test_network.py::"
_F, _M = "tests/test_fourier_series.py::", "tests/test_multiplier.py::"
_S = "tests/slicing/test_layers.py::"

FAULTS = (
    *faults(
        "discriminators/greens_function.py",
        (
            "fakes that attract as data do",
            "torch.cat([data.weights, -made.weights])",
            "torch.cat([data.weights, made.weights])",
            f"{_D}test_greens_function_is_the_double_loop_over_typed_kernels",
        ),
        (
            "p and q exchanged",
            "torch.cat([data.weights, -made.weights]).detach() * scale",
            "torch.cat([data.weights, -made.weights]).detach() * -scale",
            f"{_D}test_the_discriminator_is_large_on_data_by_the_mmd",
        ),
        (
            "λ for 2λ",
            "pull / (2 * weight), facts",
            "pull / weight, facts",
            f"{_D}test_greens_function_is_the_double_loop_over_typed_kernels",
        ),
        (
            "a loss whose factor is lost",
            "pull / (2 * weight), facts",
            "1 / (2 * weight), facts",
            f"{_D}test_greens_function_is_exact_on_its_laws",
            f"{_D}test_the_oracle_scales_with_weight_and_loss",
        ),
        (
            "self-pairs left out among the data, not among the fakes",
            "else (len(data.points), len(centres))",
            "else (0, len(made.points))",
            f"{_D}test_without_self_pairs_the_fakes_leave_out_equal_indices_and_divide_by_one_less",
        ),
    ),
    *faults(
        "discriminators/collocation.py",
        (
            "a ridge of the other sign",
            "kernel(centres, centres) + torch.diag(ridge)",
            "kernel(centres, centres) - torch.diag(ridge)",
            f"{_D}test_collocation_is_scipys_smoothing_interpolant",
        ),
        (
            "a ridge that does not see the weights of points",
            "centres, ridge, labels = points[held], weight / mass[held], labels[held]",
            "centres, ridge, labels = points[held], weight / mass[held].mean() + 0 * mass[held], labels[held]",
            f"{_D}test_the_residual_is_the_ridge_times_the_weight_and_the_moments_vanish",
        ),
        (
            "labels of the other side",
            "torch.full_like(data.weights, high), torch.full_like(made.weights, low)",
            "torch.full_like(data.weights, low), torch.full_like(made.weights, high)",
            f"{_D}test_collocation_is_scipys_smoothing_interpolant",
            f"{_D}test_a_heavy_penalty_makes_least_squares_the_wasserstein_discriminator",
        ),
        (
            "a polynomial that forgets the kernel",
            "right = inside.T @ (labels - system @ u)",
            "right = inside.T @ labels",
            f"{_D}test_collocation_of_order_two_on_the_line_is_the_cubic_smoothing_spline",
        ),
    ),
    *faults(
        "discriminators/gaussian_oracle.py",
        (
            "a variance for a deviation",
            "float(variance.sqrt())",
            "float(variance)",
            f"{_D}test_the_oracle_is_the_mean_of_sampled_greens_functions",
            f"{_D}test_each_potential_is_the_mean_over_a_noncentral_chi",
        ),
        (
            "a logarithm without ½ log 2",
            "values = log(s) + 0.5 * log(2) + 0.5 *",
            "values = log(s) + 0.5 *",
            f"{_D}test_each_potential_is_the_mean_over_a_noncentral_chi",
        ),
        (
            "a slope of the wrong hypergeometric function",
            "hyp1f1(1 - b / 2, n / 2 + 1, -z)",
            "hyp1f1(1 - b / 2, n / 2, -z)",
            f"{_D}test_the_oracle_s_gradient_is_that_of_its_values",
        ),
        (
            "a loss that weakens D",
            "sides[1], weight / pull,",
            "sides[1], weight * pull,",
            f"{_D}test_the_oracle_scales_with_weight_and_loss",
        ),
    ),
    *faults(
        "discriminators/kernel_gradient.py",
        (
            "training that climbs its loss",
            "return -float(self.time) * sides.spread",
            "return float(self.time) * sides.spread",
            f"{_K}test_closed_forms_are_exact_in_any_dimension",
        ),
        (
            "half the rate of least squares",
            "2 * sides.spread(high, low) * sides.mass",
            "sides.spread(high, low) * sides.mass",
            f"{_K}test_closed_forms_are_exact_in_any_dimension",
            f"{_K}test_every_loss_follows_its_gradient_flow",
        ),
        (
            "training that forgets where it began",
            "gram, mass, start - labels, float(self.time)",
            "gram, mass, -labels, float(self.time)",
            f"{_K}test_closed_forms_are_exact_in_any_dimension",
            f"{_K}test_every_loss_follows_its_gradient_flow",
        ),
        (
            "forces without the weights of points",
            "return sides.mass * forces",
            "return forces / len(forces)",
            f"{_K}test_every_loss_follows_its_gradient_flow",
        ),
        (
            "a loose solver",
            "rtol, atol = (1e-9, 1e-11) if",
            "rtol, atol = (1e-3, 1e-3) if",
            f"{_K}test_every_loss_follows_its_gradient_flow",
        ),
        (
            "double precision that nobody asked for",
            "values = torch.full_like(self.mass, on_fakes)",
            "values = torch.full_like(self.mass, on_fakes, dtype=torch.float64)",
            f"{_K}test_dtype_and_shapes_follow_the_samples",
        ),
    ),
    *faults(
        "discriminators/relaxation.py",
        (
            "coincident points that each take the whole",
            "share = torch.where(mass > 0, mass / common[which], 0)",
            "share = torch.where(mass > 0, 1.0, 0.0).to(mass)",
            f"{_K}test_coincident_points_leave_digits_at_any_time",
            f"{_K}test_shared_atoms_may_be_merged",
        ),
        (
            "one explicit step for the exponential",
            "-torch.expm1(-time * rates) / torch.where",
            "time * rates / torch.where",
            f"{_K}test_closed_forms_are_exact_in_any_dimension",
            f"{_K}test_least_squares_interpolates_its_labels_in_the_end",
        ),
    ),
    *faults(
        "discriminators/reading.py",
        (
            "labels of twice their size",
            "-slope / (2 * factor)",
            "-slope / factor",
            f"{_D}test_collocation_is_scipys_smoothing_interpolant",
            f"{_D}test_collocation_of_order_two_on_the_line_is_the_cubic_smoothing_spline",
        ),
    ),
    *faults(
        "discriminators/sampled_objective.py",
        (
            "a centre that is added",
            "torch.linalg.vector_norm(slope, dim=1) - self.centre",
            "torch.linalg.vector_norm(slope, dim=1) + self.centre",
            f"{_N}test_the_sampled_objective_is_a_mean_over_samples",
        ),
        (
            "one interpolate for all pairs",
            "u = torch.rand(count, 1,",
            "u = torch.rand(1, 1,",
            f"{_N}test_interpolates_have_the_moments_of_their_law",
        ),
        (
            "penalties without λ",
            "scale * number(c, ",
            "number(c, ",
            f"{_N}test_the_sampled_objective_is_a_mean_over_samples",
        ),
    ),
    *faults(
        "discriminators/fourier_series/solver.py",
        (
            "the conjugate of the right side: p and q mirrored",
            "right = f.to(alpha) - (equation.real * alpha + equation.fake * beta)",
            "right = f.to(alpha) - (equation.real * alpha + equation.fake * beta).conj()",
            f"{_F}test_minus_the_second_derivative_is_the_source",
            f"{_F}test_samples_on_the_circle_approach_the_sum_of_closed_green_s_functions",
        ),
        (
            "λ for 2λ on every wave",
            "symbol = 2 * sum(weight",
            "symbol = sum(weight",
            f"{_F}test_minus_the_second_derivative_is_the_source",
        ),
        (
            "a mean that its term of order 0 holds half",
            "return mean / (2 * equation.screened)",
            "return mean / equation.screened",
            f"{_F}test_an_unbalanced_loss_under_a_term_of_order_0_sets_the_mean",
        ),
    ),
    *faults(
        "discriminators/fourier_series/laws.py",
        (
            "a characteristic function of twice the covariance",
            "torch.exp(1j * (omega @ m) - 0.5 *",
            "torch.exp(1j * (omega @ m) - 1.0 *",
            f"{_F}test_every_kind_of_law_gives_the_same_coefficients",
        ),
    ),
    *faults(
        "discriminators/wrapped.py",
        (
            "a law that is not wrapped",
            "return Images(law, periods, reach, left)",
            "return Images(law, periods, 0, left)",
            f"{_A}test_both_solvers_wrap_a_law_around_the_torus",
        ),
        (
            "a mixture of equal shares",
            "[share * part(x) for",
            "[part(x) / len(self.parts) for",
            f"{_A}test_both_solvers_wrap_a_law_around_the_torus",
        ),
    ),
    *faults(
        "discriminators/multiplier.py",
        (
            "λ for 2λ in the penalty",
            "return self._pull(D) / (2 * weight)",
            "return self._pull(D) / weight",
            f"{_M}test_with_green_s_function_it_is_half_the_mmd_over_the_root_of_the_budget",
        ),
        (
            "a multiplier without its root",
            "return sqrt(once / budget)",
            "return once / budget",
            f"{_M}test_with_green_s_function_it_is_half_the_mmd_over_the_root_of_the_budget",
        ),
    ),
    *faults(
        "discriminators/pointwise.py",
        (
            "p and q exchanged in the gradient",
            "(self.real.score(x) - self.fake.score(x))",
            "(self.fake.score(x) - self.real.score(x))",
            f"{_M}test_the_pointwise_discriminator_minimises_at_every_point",
        ),
        (
            "a logarithm of the inverse ratio",
            "self._in_logarithm(logs[0] - logs[1])",
            "self._in_logarithm(logs[1] - logs[0])",
            f"{_M}test_the_pointwise_discriminator_minimises_at_every_point",
        ),
    ),
    *faults(
        "discriminators/estimate.py",
        (
            "a trapezoid rule without its ends' halves",
            "np.convolve(np.diff(x), [0.5, 0.5])",
            "np.convolve(np.diff(x), [1.0, 0.0])",
            f"{_M}test_a_law_that_reaches_the_ends_of_a_grid_is_weighed_by_halves_there",
        ),
        (
            "a Gaussian rule of the transposed factor",
            "z.to(law.mean) @ law.factor.detach().mT, w",
            "z.to(law.mean) @ law.factor.detach(), w",
            f"{_M}test_a_mean_is_exact_for_samples_and_spectral_for_laws",
        ),
    ),
    *faults(
        "discriminators/layers/sliced_objective.py",
        (
            "a direction that turns away from the data",
            "return first - self.weight * (gap -",
            "return first + self.weight * (gap -",
            f"{_S}test_gradients_are_those_written_by_hand",
        ),
        (
            "samples of equal shares",
            "return w * r / (w * r).sum(-1, keepdim=True)",
            "return w / w.sum(-1, keepdim=True)",
            f"{_S}test_gradients_are_those_written_by_hand",
        ),
    ),
    *faults(
        "discriminators/layers/sliced_linear.py",
        (
            "a direction that the function trains too",
            "self.scale * (moved @ omega.detach())",
            "self.scale * (moved @ omega)",
            f"{_S}test_gradients_are_those_written_by_hand",
        ),
    ),
    *faults(
        "discriminators/chamber.py",
        (
            "points that are not folded, and an image of each alone",
            "return symmetrised_measure(Empirical(folded(measure.points, self.group), measure.weights), self.group)",
            "return Empirical(folded(measure.points, self.group), measure.weights)",
            "tests/symmetry/test_chamber_and_flow.py::test_the_chamber_has_mirrors",
        ),
    ),
    *faults(
        "discriminators/optimisers.py",
        (
            "Adam without the correction of its second moment",
            "(1 - self.second**k).sqrt()",
            "(1 - self.second**k)",
            f"{_N}test_training_takes_the_steps_of_torch_optim",
        ),
        (
            "a stale moment",
            "return tuple(moved), (k, *m, *v)",
            "return tuple(moved), (k, *moments[1 : n + 1], *v)",
            f"{_N}test_training_takes_the_steps_of_torch_optim",
        ),
    ),
    *faults(
        "discriminators/finite_differences/terms.py",
        (
            "a reaction whose curvature is lost",
            "(reaction.coeff(y, k) for k in (0, 1))",
            "(reaction.coeff(y, 2 * k) for k in (0, 1))",
            f"{_D}test_finite_differences_agree_with_a_boundary_value_solver_on_least_squares",
        ),
    ),
    *faults(
        "discriminators/finite_differences/layers.py",
        (
            "a layer of given values too few",
            "beyond = max(p.order for p in penalties) - 2 + accuracy // 2",
            "beyond = max(p.order for p in penalties) - 3 + accuracy // 2",
            f"{_D}test_finite_differences_recover_a_manufactured_discriminator",
        ),
    ),
    *faults(
        "discriminators/finite_differences/nonlinear.py",
        (
            "losses of the two sides exchanged",
            "zip(derivatives(self.loss)[order], self.densities, strict=True)",
            "zip(derivatives(self.loss)[order], self.densities[::-1], strict=True)",
            f"{_W}test_without_a_penalty_d_is_the_optimum_of_the_loss_at_each_node",
        ),
        (
            "centres of half their size",
            "centre=t * c.centre",
            "centre=0.5 * t * c.centre",
            "tests/finite_differences/test_rates.py::test_nonlinear_equations_are_second_order[two-sided, 1-D-Dirichlet]",
        ),
        (
            "penalties that stay ten times as large",
            "10 ** (STIFF * (1 - t)) if reaction",
            "10 ** (STIFF * (1 - t) + 1) if reaction",
            "tests/finite_differences/test_rates.py::test_nonlinear_equations_are_second_order[logistic, 1-D-Dirichlet]",
        ),
    ),
    *faults(
        "discriminators/finite_differences/jets.py",
        (
            "a first derivative for a second one",
            "return bend[:, axis]",
            "return slope",
            "tests/finite_differences/test_rates.py::"
            "test_boxes_are_second_order_under_every_boundary[m = 3, constant, 1-D-Dirichlet]",
        ),
        (
            "a derivative along the first axis at every face",
            "return gradient(self.field, x)[:, axis]",
            "return gradient(self.field, x)[:, 0]",
            "tests/finite_differences/test_rates.py::"
            "test_boxes_are_second_order_under_every_boundary[m = 2, constant, 2-D-Dirichlet]",
        ),
    ),
    *faults(
        "discriminators/finite_differences/solver.py",
        (
            "a source of the other sign",
            'total(reaction, as_function(self.source, "the source"))',
            'total(reaction, lambda x: -as_function(self.source, "the source")(x))',
            "tests/finite_differences/test_rates.py::"
            "test_boxes_are_second_order_under_every_boundary[m = 1, constant, 1-D-Dirichlet]",
        ),
        (
            "a mass of twice its size",
            "Penalty(0, 0.5, coefficients.function(linear))",
            "Penalty(0, 1.0, coefficients.function(linear))",
            f"{_D}test_finite_differences_agree_with_a_boundary_value_solver_on_least_squares",
        ),
    ),
)
