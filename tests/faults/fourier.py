"""Faults of gantheory/fourier, FourierSeries, Pointwise and multiplier: signs, mirrors, periods, factors, images."""

from tests.faults.fault import faults

_F, _S, _N, _M = (f"tests/test_{name}.py::" for name in ("fourier", "fourier_series", "fourier_newton", "multiplier"))
_MADE = f"{_N}test_a_manufactured_discriminator_is_found_with_spectral_accuracy"

FAULTS = (
    *faults(
        "fourier/lattice.py",
        (
            "harmonics of the double period",
            "2 * pi * k / t for k",
            "pi * k / t for k",
            f"{_F}test_a_field_is_its_series_written_out",
        ),
        (
            "positive wave numbers alone",
            "open_ &= along == 0",
            "open_ &= along > 0",
            f"{_S}test_a_half_lattice_sees_every_wave",
        ),
        ("half of the waves in the volume", "return prod(self.periods)", "return prod(self.periods) / 2", f"{_F}test_parseval"),
    ),
    *faults(
        "fourier/sums.py",
        (
            "samples summed with e^{+iωx}",
            "first, *others = (e.conj() for e in waves(block, lattice))",
            "first, *others = waves(block, lattice)",
            f"{_F}test_fast_and_direct_sums_agree",
        ),
        (
            "the mirror image left out",
            "return 2 * result.squeeze(2).real",
            "return result.squeeze(2).real",
            f"{_F}test_a_field_is_its_series_written_out",
        ),
        (
            "a derivative of the wrong sign",
            "(1j * coefficients.real.new_tensor(w))",
            "(-1j * coefficients.real.new_tensor(w))",
            f"{_F}test_a_field_is_its_series_written_out",
        ),
        (
            "a gradient that forgets what flows in",
            'torch.einsum("bn,bdn->nd", gradients[0], slopes',
            'torch.einsum("bn,bdn->nd", gradients[0].sign(), slopes',
            f"{_F}test_every_derivative_is_that_of_the_series",
        ),
        (
            "the other half of a fast sum",
            "whole[lattice.modes[0] :]",
            "whole[: lattice.modes[0] + 1]",
            f"{_F}test_fast_and_direct_sums_agree",
        ),
    ),
    *faults(
        "fourier/nonuniform.py",
        (
            "a fast sum of the other sign",
            "eps=tolerance, isign=-1",
            "eps=tolerance, isign=1",
            f"{_F}test_fast_and_direct_sums_agree",
        ),
        ("points scaled by the period, not to it", "turns = x / np", "turns = x * np", f"{_F}test_fast_and_direct_sums_agree"),
    ),
    *faults(
        "fourier/grid.py",
        (
            "a plane k₁ = 0 without its mirror image",
            "whole[0] += mirror.conj()",
            "whole[0] += 0 * mirror",
            f"{_F}test_grids_and_series_are_inverse_to_each_other",
        ),
        (
            "a mirror image that is not conjugate",
            "whole[0] += mirror.conj()",
            "whole[0] += mirror",
            f"{_F}test_grids_and_series_are_inverse_to_each_other",
        ),
        (
            "a mirror one node off",
            "np.roll(np.flip(mirror, axis), 1, axis)",
            "np.flip(mirror, axis)",
            f"{_F}test_grids_and_series_are_inverse_to_each_other",
        ),
    ),
    *faults(
        "fourier/series.py",
        (
            "Parseval over half of the waves",
            "total = 2 * self.lattice.volume",
            "total = self.lattice.volume",
            f"{_F}test_parseval",
        ),
        ("|ω|^s for |ω|^{2s}", "square**order, 0", "square ** (order / 2), 0", f"{_F}test_parseval"),
    ),
    *faults(
        "discriminators/fourier_series/laws.py",
        (
            "the characteristic function not conjugated",
            "_characteristic(measure, lattice).conj()",
            "_characteristic(measure, lattice)",
            f"{_S}test_the_discriminator_satisfies_its_equation",
        ),
        (
            "a covariance without its ½",
            "- 0.5 * ((omega @ C)",
            "- ((omega @ C)",
            f"{_S}test_the_discriminator_satisfies_its_equation",
        ),
        (
            "a sum of points that is no mean over the torus",
            'lattice) / lattice.volume, f"{how} sum',
            'lattice), f"{how} sum',
            f"{_S}test_samples_on_the_circle_approach_the_sum_of_closed_green_s_functions",
        ),
    ),
    *faults(
        "discriminators/wrapped.py",
        (
            "images on one side alone",
            "product(range(-size, size + 1), repeat=dim)",
            "product(range(0, size + 1), repeat=dim)",
            f"{_S}test_every_kind_of_law_gives_the_same_coefficients",
        ),
    ),
    *faults(
        "discriminators/fourier_series/solver.py",
        ("λ for 2λ", "symbol = 2 * sum(weight", "symbol = sum(weight", f"{_S}test_the_discriminator_satisfies_its_equation"),
        (
            "|ω|^m for |ω|^{2m}",
            "lattice.square**order for",
            "lattice.square ** (order / 2) for",
            f"{_S}test_the_discriminator_satisfies_its_equation",
        ),
        (
            "p and q exchanged",
            "f.to(alpha) - (equation",
            "f.to(alpha) + (equation",
            f"{_S}test_the_discriminator_satisfies_its_equation",
        ),
        (
            "a loss whose fake side counts as its real one",
            "equation.fake * beta",
            "-equation.real * beta",
            f"{_S}test_an_unbalanced_loss_under_a_term_of_order_0_sets_the_mean",
        ),
        (
            "a mean over λ₀, not 2λ₀",
            "mean / (2 * equation.screened)",
            "mean / equation.screened",
            f"{_S}test_an_unbalanced_loss_under_a_term_of_order_0_sets_the_mean",
        ),
        (
            "a source of the other sign",
            "right = f.to(alpha) - ",
            "right = -f.to(alpha) - ",
            f"{_S}test_a_source_is_added_to_the_right_side",
        ),
    ),
    *faults(
        "discriminators/fourier_series/functional.py",
        ("a penalty integrated by parts with one sign too few", "self._powers[alpha].conj())", "self._powers[alpha])", _MADE),
        (
            "multinomial weights left out",
            "self.tested(float(multinomial(alpha)) * factor * slope, alpha)",
            "self.tested(factor * slope, alpha)",
            f"{_MADE}[2-order 2, weighted]",
        ),
        ("λ for 2λ under a weight", "whole = 2 * self.scale * self.weight", "whole = self.scale * self.weight", _MADE),
        ("coordinates that are not orthonormal", "/ sqrt(2)\n", "/ 2\n", _MADE),
        (
            "a one-sided penalty that acts below its centre",
            "* (1 - self.centre / size) * acts",
            "* (1 - self.centre / size) * ~acts",
            f"{_N}test_a_one_sided_penalty_bends_the_slope_where_it_exceeds_the_centre",
        ),
        ("a source of the other sign for Newton", "1) - self.source)", "1) + self.source)", _MADE),
        (
            "a one-sided penalty with centre K/2",
            "(1 - self.centre / size) * acts",
            "(1 - self.centre / size / 2) * acts",
            f"{_N}test_a_one_sided_penalty_bends_the_slope_where_it_exceeds_the_centre",
        ),
    ),
    *faults(
        "discriminators/fourier_series/newton.py",
        ("a goal that is too easy", "GOAL = 1e-14", "GOAL = 1e-3", _MADE),
    ),
    *faults(
        "discriminators/fourier_series/assembly.py",
        ("λ for 2λ on waves under a curved loss", "diagonal += 2 * number", "diagonal += number", _MADE),
        ("p and q exchanged", "return Functional(lattice, (on[p], on[q])", "return Functional(lattice, (on[q], on[p])", _MADE),
    ),
    *faults(
        "discriminators/estimate.py",
        (
            "weights of a grid that forget its ends",
            "np.convolve(np.diff(x), [0.5, 0.5])",
            "np.full(len(x), x[1] - x[0]) * 2",
            f"{_M}test_means_on_a_grid_follow_the_trapezoid_rule",
        ),
        (
            "draws of a Gaussian along the wrong factor",
            "law.factor.detach().mT",
            "law.factor.detach()",
            f"{_M}test_a_mean_is_exact_for_samples_and_spectral_for_laws",
        ),
    ),
    *faults(
        "discriminators/multiplier.py",
        (
            "Q/λ for Q/2λ",
            "self._pull(D) / (2 * weight)",
            "self._pull(D) / weight",
            f"{_M}test_with_green_s_function_it_is_half_the_mmd_over_the_root_of_the_budget",
        ),
        ("a weight that is squared", "sqrt(once / budget)", "once / budget", f"{_M}test_on_a_torus_it_is_parseval_s_sum"),
        (
            "λ of the lowest order",
            "max(self.objective.terms, key",
            "min(self.objective.terms, key",
            f"{_M}test_the_budget_is_spent_at_the_multiplier",
        ),
        ("ℓ for ℓ′D", "sp.diff(side, y) * y", "side", f"{_M}test_with_collocation_the_budget_is_spent"),
    ),
    *faults(
        "discriminators/pointwise.py",
        (
            "scores that add up",
            "self.real.score(x) - self.fake.score(x)",
            "self.real.score(x) + self.fake.score(x)",
            f"{_M}test_the_pointwise_discriminator_minimises_at_every_point",
        ),
        (
            "log q/p",
            "self._in_logarithm(logs[0] - logs[1])",
            "self._in_logarithm(logs[1] - logs[0])",
            f"{_M}test_the_pointwise_discriminator_minimises_at_every_point",
        ),
    ),
)
