"""Faults of gantheory/discriminators: p for q, λ, self-pairs, ridges, labels, tolerances, dtypes."""

from tests.faults.fault import faults

_D, _K = "tests/test_discriminators.py::", "tests/tangent/test_kernel_gradient.py::"
_N = "tests/persistent/test_network.py"

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
            _N,
        ),
        (
            "one interpolate for all pairs",
            "u = torch.rand(count, 1,",
            "u = torch.rand(1, 1,",
            _N,
        ),
        (
            "penalties without λ",
            "scale * number(c, ",
            "number(c, ",
            _N,
        ),
    ),
)
