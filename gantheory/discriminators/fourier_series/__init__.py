"""FourierSeries: the Euler–Lagrange equation on a torus."""

from gantheory.discriminators.fourier_series.solver import FourierSeries

__all__ = ["FourierSeries"]
