"""Rates: every solver converges at the order of its scheme."""

from derivations.rates import finite_differences, finite_elements, fourier_series, nonlinear

CASES = (*finite_differences.CASES, *finite_elements.CASES, *fourier_series.CASES, *nonlinear.CASES)
