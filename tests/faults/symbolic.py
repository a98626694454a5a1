"""Faults of gantheory/symbolic: signs, factors, dimensions and exponents of its formulas."""

from tests.faults.fault import faults

_S, _G = "tests/test_symbolic.py::", "tests/symbolic_engine/test_green.py::"
_B, _V = "tests/symbolic_engine/test_boundary.py::", "tests/symbolic_engine/test_variation.py::"

FAULTS = (
    *faults(
        "symbolic/variation.py",
        (
            "no sign from integrating by parts",
            "((-1) ** sum(alpha) * partial(slot, x, alpha)",
            "(partial(slot, x, alpha)",
            f"{_S}test_variation_of_a_gradient_penalty_is_twice_the_negative_laplacian",
        ),
        (
            "a second variation of half its size",
            "step, 2).subs(step, 0)",
            "step, 2).subs(step, 0) / 2",
            f"{_S}test_second_variation_is_the_second_derivative_along_a_direction",
        ),
        (
            "a principal symbol without its mixed terms",
            "for u in waves for v in waves)",
            "for u in waves for v in waves if u == v)",
            f"{_V}test_the_symbol_is_the_hessian_of_the_integrand_in_the_highest_derivatives",
        ),
    ),
    *faults(
        "symbolic/operators.py",
        (
            "a gradient norm without multinomial weights",
            "multinomial(a) * partial(D, x, a) ** 2",
            "partial(D, x, a) ** 2",
            f"{_S}test_variation_of_a_gradient_penalty_is_twice_the_negative_laplacian",
        ),
        (
            "a divergence form of the other sign",
            "return (-1) ** order * sp.Add(*terms)",
            "return (-1) ** (order + 1) * sp.Add(*terms)",
            f"{_S}test_weighted_divergence_is_half_the_variation",
        ),
        (
            "Leibniz' rule without binomial coefficients",
            "+ multinomial(a) * prod(map(comb, a, b))",
            "+ multinomial(a)",
            f"{_S}test_weighted_divergence_is_half_the_variation",
        ),
        (
            "a Laplacian of the other sign in (−Δ)^m",
            "sp.expand(-laplacian(f, x))",
            "sp.expand(laplacian(f, x))",
            f"{_S}test_variation_of_a_gradient_penalty_is_twice_the_negative_laplacian",
        ),
    ),
    *faults(
        "symbolic/boundary.py",
        (
            "boundary terms without their signs",
            ".append((-1) ** sum(moved) * partial(slot, x, moved))",
            ".append(partial(slot, x, moved))",
            f"{_B}test_the_variation_is_the_equation_plus_the_boundary_terms",
        ),
        (
            "conditions on faces alone, none at edges and corners",
            "range(1, len(axes) + 1)",
            "range(1, min(len(axes), 1) + 1)",
            f"{_B}test_only_the_corner_sees_the_product_of_the_coordinates",
        ),
        (
            "a null space of one degree too many",
            "for total in range(degree) for a in",
            "for total in range(degree + 1) for a in",
            f"{_S}test_polynomials_are_the_kernel_of_the_penalty",
        ),
    ),
    *faults(
        "symbolic/green.py",
        (
            "2^s for 4^s in the constant of the power",
            "(4**order * sp.pi",
            "(2**order * sp.pi",
            f"{_S}test_polyharmonic_is_fundamental",
        ),
        (
            "the logarithm with the other sign",
            "constant = (-1) ** (j + 1) /",
            "constant = (-1) ** j /",
            f"{_S}test_polyharmonic_is_fundamental",
        ),
        (
            "the logarithm without j!",
            " * sp.gamma(order) * sp.factorial(j))",
            " * sp.gamma(order))",
            f"{_S}test_polyharmonic_is_fundamental",
        ),
        (
            "a screened constant with n for n/2",
            "((2 * sp.pi) ** (n / 2) * sp.gamma(m))",
            "((2 * sp.pi) ** n * sp.gamma(m))",
            f"{_S}test_screened_of_order_one_has_flux_one_at_the_origin",
        ),
        (
            "the Bessel recurrence shifted by one",
            "2 * (order - 1) / argument",
            "2 * order / argument",
            f"{_S}test_screened_operator_lowers_the_order_by_one",
        ),
        (
            "a conditional order rounded down",
            "int(sp.ceiling(j))",
            "int(sp.floor(j))",
            f"{_S}test_conditional_order",
        ),
    ),
    *faults(
        "symbolic/radial.py",
        (
            "the sphere of half its area",
            "return 2 * sp.pi ** (dim / 2) / sp.gamma(dim / 2)",
            "return sp.pi ** (dim / 2) / sp.gamma(dim / 2)",
            f"{_S}test_polyharmonic_is_fundamental",
        ),
        (
            "the power rule in dimension n + 1",
            "sp.sympify(exponent, strict=True) + dim - 2",
            "sp.sympify(exponent, strict=True) + dim - 1",
            f"{_S}test_power_rule_is_the_iterated_laplacian",
            f"{_S}test_radial_laplacian_is_the_cartesian_one",
        ),
        (
            "the logarithmic term of the power rule with a for 2a",
            "j * (2 * a + dim - 2)",
            "j * (a + dim - 2)",
            f"{_G}test_the_power_rule_holds_for_symbolic_exponents_and_logarithms",
            f"{_S}test_radial_laplacian_is_the_cartesian_one",
        ),
        (
            "a flux into the sphere",
            "return -sphere_area(dim)",
            "return sphere_area(dim)",
            f"{_S}test_polyharmonic_is_fundamental",
        ),
    ),
    *faults(
        "symbolic/green_power.py",
        (
            "a tail index of the potential, not of the force",
            "gap = n + 1 - 2 * s",
            "gap = n - 2 * s",
            f"{_G}test_tail_index_and_variance_of_the_sampled_force",
        ),
        (
            "a finite variance at its logarithmic limit",
            "sp.Gt(4 * s, n + 2)",
            "sp.Ge(4 * s, n + 2)",
            f"{_G}test_tail_index_and_variance_of_the_sampled_force",
        ),
    ),
    *faults(
        "symbolic/spectrum.py",
        (
            "a spectrum with exponent s for −s",
            "** (-sp.sympify(order, strict=True))",
            "** sp.sympify(order, strict=True)",
            f"{_G}test_hankel_of_a_fundamental_solution_is_its_spectrum",
        ),
        (
            "a transform of powers without 2^n",
            "scale = 2 ** (a + n) *",
            "scale = 2**a *",
            f"{_G}test_hankel_of_a_fundamental_solution_is_its_spectrum",
        ),
    ),
)
