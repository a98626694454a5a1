"""Faults of gantheory/objectives: p for q, signs, factors, labels, weights, verdicts."""

from tests.faults.fault import faults

_O, _L = "tests/test_objectives.py::", "tests/symbolic_engine/test_losses.py::"
_F = "tests/divergences/test_divergence.py::"
_D, _V = "tests/symbolic_engine/test_dual.py::", "tests/symbolic_engine/test_variation.py::"

FAULTS = (
    *faults(
        "objectives/loss.py",
        (
            "p and q exchanged in the reaction",
            "return p * sp.diff(self.real, y) + q * sp.diff(self.fake, y)",
            "return q * sp.diff(self.real, y) + p * sp.diff(self.fake, y)",
            f"{_O}test_structured_equation_is_the_brute_force_variation",
        ),
        (
            "particles that descend D",
            "motion = -sp.diff(self.generator, y)",
            "motion = sp.diff(self.generator, y)",
            f"{_L}test_the_force_is_the_one_by_hand_to_30_digits",
        ),
        (
            "the least value for minus the least value",
            "return tidy(-self.integrand.subs(y, best))",
            "return tidy(self.integrand.subs(y, best))",
            f"{_L}test_the_divergence_is_q_f_up_to_a_constant_times_the_masses",
        ),
        (
            "a force per ratio, not per logarithm of it",
            ".subs(y, best) * r * sp.diff(best, r)",
            ".subs(y, best) * sp.diff(best, r)",
            f"{_O}test_least_squares_optimum_divergence_and_force",
        ),
    ),
    *faults(
        "objectives/penalty.py",
        (
            "a variation without its factor 2",
            "return 2 * weighted_divergence(D, x, self.order, over)",
            "return weighted_divergence(D, x, self.order, over)",
            f"{_O}test_structured_equation_is_the_brute_force_variation",
        ),
        (
            "a centred variation without (−1)^m",
            "return 2 * (-1) ** m * outside",
            "return 2 * outside",
            f"{_O}test_centred_penalties_give_the_divergence_form",
        ),
        (
            "a one-sided variation that acts below its centre",
            "active = sp.Heaviside(size - self.centre)",
            "active = sp.Heaviside(self.centre - size)",
            f"{_V}test_centred_penalties",
        ),
        (
            "a centred variation without multinomial weights",
            "(multinomial(a) * partial(factor * partial(D, x, a), x, a)",
            "(partial(factor * partial(D, x, a), x, a)",
            f"{_V}test_centred_penalties_of_the_second_order",
        ),
        (
            "λ that is not multiplied",
            "return Term(self.weight * exact(weight",
            "return Term(exact(weight",
            f"{_O}test_a_weight_commutes_with_its_penalty",
        ),
    ),
    *faults(
        "objectives/objective.py",
        (
            "p and q exchanged in the Lagrangian",
            "losses = p * self.loss.real.subs(y, D) + q * self.loss.fake.subs(y, D)",
            "losses = q * self.loss.real.subs(y, D) + p * self.loss.fake.subs(y, D)",
            f"{_O}test_structured_equation_is_the_brute_force_variation",
        ),
    ),
    *faults(
        "objectives/equation.py",
        (
            "the reaction on the right with the wrong sign",
            "return left, -self.reaction.subs",
            "return left, self.reaction.subs",
            f"{_O}test_wasserstein_equation_has_the_stated_sign",
        ),
        (
            "a null space of the highest order, not of the lowest",
            "lowest = min((t.penalty.order for t in self.terms), default=0)",
            "lowest = max((t.penalty.order for t in self.terms), default=0)",
            f"{_O}test_null_space_and_compatibility",
        ),
        (
            "a torus on which polynomials are free",
            "return 1 if isinstance(domain, Torus) else lowest",
            "return lowest",
            f"{_O}test_null_space_and_compatibility",
        ),
    ),
    *faults(
        "objectives/dual.py",
        (
            "a dual value of MMD²/2λ",
            "self._constant - g**2 * norm**2 / (4 * lam))",
            "self._constant - g**2 * norm**2 / (2 * lam))",
            f"{_D}test_the_multiplier_is_the_saddle_of_the_constrained_problem",
        ),
        (
            "a multiplier of twice its size",
            "norm / (2 * sp.sqrt(budget))",
            "norm / sp.sqrt(budget)",
            f"{_D}test_the_multiplier_is_the_saddle_of_the_constrained_problem",
        ),
        (
            "a dual norm weighted by w, not by 1/w",
            "sp.Integral((Fp - Fq) ** 2 / whole",
            "sp.Integral((Fp - Fq) ** 2 * whole",
            f"{_D}test_on_an_interval_the_value_is_the_integral_of_squared_distribution_functions",
        ),
    ),
    *faults(
        "objectives/divergence.py",
        (
            "a force r f″ for r² f″",
            "sp.simplify(r**2 * curvature)",
            "sp.simplify(r * curvature)",
            f"{_F}test_force_potential_and_variation_are_derivatives_of_f",
        ),
        (
            "a divergence of q/p",
            "self.generator.subs(r, real / fake)",
            "self.generator.subs(r, fake / real)",
            f"{_F}test_divergences_of_normal_laws",
        ),
        (
            "an α-divergence of half its size",
            "- a * (r - 1)) / (a * (a - 1)))",
            "- a * (r - 1)) / (2 * a * (a - 1)))",
            f"{_F}test_alpha_runs_through_the_limits",
        ),
    ),
    *faults(
        "objectives/conjugate.py",
        (
            "a conjugate r f′ + f",
            "gathered(r * slope - f)",
            "gathered(r * slope + f)",
            f"{_L}test_the_conjugate_is_the_one_by_hand_and_the_supremum",
        ),
    ),
    *faults(
        "objectives/families.py",
        (
            "labels exchanged in least squares",
            "Loss(real=half * (y - high) ** 2, fake=half * (y - low) ** 2",
            "Loss(real=half * (y - low) ** 2, fake=half * (y - high) ** 2",
            f"{_O}test_least_squares_optimum_divergence_and_force",
        ),
        (
            "least squares without ½",
            "half = sp.Rational(1, 2)",
            "half = sp.Integer(1)",
            f"{_O}test_least_squares_optimum_divergence_and_force",
            f"{_L}test_the_named_losses_are_the_derived_ones",
        ),
    ),
    *faults(
        "objectives/screened.py",
        (
            "a screened penalty without binomial coefficients",
            "(sp.binomial(order, j) * kappa",
            "(kappa",
            f"{_O}test_screening_is_recognised",
        ),
    ),
    *faults(
        "objectives/ellipticity.py",
        (
            "a centre that flattens the symbol along the gradient",
            "(1 - K / s) * whole + K * along**2 / s**3",
            "(1 - K / s) * whole - K * along**2 / s**3",
            f"{_V}test_the_symbol_is_the_hessian_of_the_integrand_in_the_highest_derivatives",
        ),
    ),
    *faults(
        "objectives/hessian.py",
        (
            "a curvature of scalings of twice its size",
            "lambda a: a * (a - 2) / 2",
            "lambda a: a * (a - 2)",
            f"{_D}test_curvatures_are_second_derivatives_of_the_discrepancy",
        ),
        (
            "a curvature of translations summed, not divided by n",
            "lambda a: -a / n",
            "lambda a: -a",
            f"{_D}test_curvatures_are_second_derivatives_of_the_discrepancy",
        ),
    ),
    *faults(
        "objectives/dissipated.py",
        (
            "a dissipation under p, not under q",
            "return q * whole",
            "return p * whole",
            f"{_D}test_dissipation_is_the_derivative_of_the_dual_value",
            f"{_D}test_without_a_penalty_it_is_the_derivative_of_the_divergence",
        ),
        (
            "a weight that moves with q and adds nothing",
            "slope = sp.diff(t.penalty.over, _q)",
            "slope = 0 * sp.diff(t.penalty.over, _q)",
            f"{_D}test_dissipation_is_the_derivative_of_the_dual_value",
        ),
    ),
    *faults(
        "objectives/posedness.py",
        (
            "2m − n ≥ 1 for 2m − n ≥ 2",
            "if k >= 2:",
            "if k >= 1:",
            f"{_O}test_wasserstein_verdicts_in_space",
        ),
        (
            "a heavy tail that a term of order 0 hides",
            "if 4 * m > n + 2:",
            "if 4 * m >= n + 2:",
            f"{_O}test_a_term_of_order_zero_does_not_tame_the_force",
        ),
    ),
)
