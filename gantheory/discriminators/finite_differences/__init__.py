"""Finite differences: the discrete objective, minimised."""

from gantheory.discriminators.finite_differences.solver import FiniteDifferences

__all__ = ["FiniteDifferences"]
