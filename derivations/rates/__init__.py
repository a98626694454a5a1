"""Rates: every solver converges at the order of its scheme."""

from derivations.rates import finite_differences, fourier_series

CASES = (*finite_differences.CASES, *fourier_series.CASES)
