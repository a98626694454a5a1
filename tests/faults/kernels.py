"""Faults of gantheory/kernels: signs, factors, self-pairs, tiles, dtypes, n for m."""

from tests.faults.fault import faults

_K, _T, _G = "tests/test_kernels.py::", "tests/tangent/test_kernels.py::", "tests/test_gram_sums.py::"

FAULTS = (
    *faults(
        "kernels/radial.py",
        (
            "a gradient in y, not in x",
            "[..., None] * (x[:, None] - y[None])",
            "[..., None] * (y[None] - x[:, None])",
            f"{_K}test_the_gradient_is_that_of_autograd_and_of_differences",
        ),
        (
            "a Laplacian in dimension n − 1",
            "return x.shape[1] * self.slope(square)",
            "return (x.shape[1] - 1) * self.slope(square)",
            f"{_K}test_the_laplacian_is_the_trace_of_the_hessian",
        ),
        (
            "a softening of ε, not of ε²",
            "sp.Rational(repr(float(self.softening))) ** 2 if",
            "sp.Rational(repr(float(self.softening))) if",
            f"{_K}test_softening_is_exact_and_of_second_order",
        ),
        (
            "a distance without its second coordinate",
            "for k in range(1, x.shape[1]):",
            "for k in range(2, x.shape[1]):",
            f"{_K}test_the_gram_matrix_is_the_profile",
        ),
        (
            "a slope at a centre of twice its size",
            "(limit_at_zero(self._slope, s) or 0.0) / 2, second)",
            "(limit_at_zero(self._slope, s) or 0.0), second)",
            f"{_K}test_the_hessian_of_a_gram_matrix_at_a_centre_is_its_slope_in_all_directions",
        ),
    ),
    *faults(
        "kernels/zonal.py",
        (
            "an area that the bias leaves as it is",
            "weight**2 * self.area + bias * weight * self.gap",
            "weight**2 * self.area",
            f"{_T}test_values_have_all_digits_at_any_distance",
        ),
        (
            "half the derivative in the gap",
            "+ 2 * by_gap[..., None] * apart",
            "+ by_gap[..., None] * apart",
            f"{_T}test_gradient_is_the_derivative_of_the_value",
        ),
    ),
    *faults(
        "kernels/expansion.py",
        (
            "a U-statistic divided by n",
            "factor = len(x) / (len(x) - 1)",
            "factor = 1.0",
            f"{_K}test_without_self_pairs_the_sum_is_the_double_loop",
        ),
        (
            "a gradient without its polynomial",
            "return slope if self.polynomial is None else slope + self.polynomial.gradient(x)",
            "return slope",
            f"{_K}test_the_polynomial_part_is_added",
        ),
    ),
    *faults(
        "kernels/families.py",
        (
            "a Gaussian of width σ/√2",
            "/ (2 * sp.Rational(repr(float(width))) ** 2)",
            "/ (sp.Rational(repr(float(width))) ** 2)",
            f"{_K}test_a_gaussian_of_any_width_is_there_at_once",
        ),
        (
            "a large constant that takes its sign along",
            "Radial(solution / abs(constant), positivity",
            "Radial(solution / constant, positivity",
            f"{_K}test_a_constant_outside_the_float_range_keeps_its_logarithm_and_sign",
        ),
        (
            "the energy distance of the other sign",
            "ENERGY = Radial(-r, 1)",
            "ENERGY = Radial(r, 1)",
            "tests/test_metrics.py::test_the_energy_kernel_is_minus_the_distance_whose_discrepancy_is_the_energy_distance",
        ),
    ),
    *faults(
        "kernels/polynomial.py",
        (
            "a slope in scaled coordinates",
            "_monomial(u, lowered) / self.scale",
            "_monomial(u, lowered)",
            f"{_K}test_a_polynomial_has_its_terms_and_its_gradient",
        ),
        (
            "a derivative without its exponent",
            "slope + v * a[k] *",
            "slope + v *",
            f"{_K}test_a_polynomial_has_its_terms_and_its_gradient",
        ),
        (
            "a gradient of a constant in single precision",
            "slope = torch.zeros_like(x[:, 0])",
            "slope = torch.zeros(len(x))",
            f"{_K}test_a_polynomial_has_its_terms_and_its_gradient",
            f"{_K}test_dtype_and_device_follow_the_points",
        ),
    ),
    *faults(
        "kernels/symmetrised.py",
        (
            "a sum over the group, not a mean",
            "in self.group.orbit(y)]\n        return sum(parts[1:], parts[0]) / len(parts)\n\n    def gradient",
            "in self.group.orbit(y)]\n        return sum(parts[1:], parts[0])\n\n    def gradient",
            "tests/symmetry/test_averages.py::test_symmetrised_kernels_average_images",
        ),
    ),
    *faults(
        "kernels/sums/tiled.py",
        (
            "self-pairs that are left in",
            "torch.where(same, 0.0, spread)",
            "spread",
            f"{_K}test_without_self_pairs_the_sum_is_the_double_loop",
        ),
        (
            "a diagonal on the other side",
            "columns[None] + offset",
            "columns[None] - offset",
            f"{_K}test_without_self_pairs_the_sum_is_the_double_loop",
            f"{_K}test_self_pairs_across_tiles_are_left_out",
        ),
        (
            "the last tile for the sum of all",
            "sums = parts if sums is None else [s + p for s, p in zip(sums, parts, strict=True)]",
            "sums = parts",
            f"{_K}test_tiles_have_no_borders",
        ),
        (
            "a Hessian without its isotropic part",
            "return [isotropic[:, None] * v + torch.stack(",
            "return [0 * isotropic[:, None] * v + torch.stack(",
            f"{_K}test_derivatives_are_those_of_central_differences",
            f"{_K}test_autograd_checks_itself_twice",
        ),
    ),
    *faults(
        "kernels/sums/gram.py",
        (
            "self-pairs counted from the first centre",
            "own = diagonal(gram, j - start)",
            "own = diagonal(gram, j)",
            f"{_G}test_the_u_statistic_is_that_of_the_radial_path",
        ),
    ),
    *faults(
        "kernels/tangent/recursion.py",
        (
            "inputs that are not divided by d",
            "inputs.affine(self.weight**2 / inputs.dim",
            "inputs.affine(self.weight**2",
            f"{_T}test_the_numbers_of_neural_tangents",
        ),
        (
            "a tangent kernel without its weight",
            "features.k12 + self.weight**2 * slope * tangent",
            "features.k12 + slope * tangent",
            f"{_T}test_the_numbers_of_neural_tangents",
        ),
        (
            "the output bias one layer late",
            "self.output_bias if layer == self.depth - 1 else",
            "self.output_bias if layer == self.depth else",
            f"{_T}test_the_numbers_of_neural_tangents",
            f"{_T}test_values_have_all_digits_at_any_distance",
        ),
    ),
    *faults(
        "kernels/tangent/activations.py",
        (
            "a rectifier of gain √2",
            "(pi - angle) / (2 * pi), 0.0)",
            "(pi - angle) / pi, 0.0)",
            f"{_T}test_the_numbers_of_neural_tangents",
        ),
        (
            "a slope that forgets the gap",
            "by(k12) - 2 * by(gap) - 2 * k12 * by(area)",
            "by(k12) - 2 * k12 * by(area)",
            f"{_T}test_a_slope_that_is_derived_is_the_one_by_hand",
        ),
    ),
    *faults(
        "kernels/tangent/perceptron.py",
        (
            "a width of the outputs, not of the inputs",
            "sqrt(matrix.shape[1])",
            "sqrt(matrix.shape[0])",
            "tests/tangent/test_networks.py::test_wide_perceptrons_tend_to_the_recursion",
        ),
    ),
)
