"""Rates: every solver converges at the order of its scheme."""
