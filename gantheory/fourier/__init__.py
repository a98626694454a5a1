"""Floor 2. Real Fourier series on tori: lattices of wave numbers, fast transforms, and sums over scattered points."""

from gantheory.fourier.grid import from_grid, nodes, on_grid
from gantheory.fourier.lattice import Lattice
from gantheory.fourier.series import FourierField
from gantheory.fourier.sums import DirectSum, NonuniformTransform, Sum, chosen

__all__ = ["DirectSum", "FourierField", "Lattice", "NonuniformTransform", "Sum", "chosen", "from_grid", "nodes", "on_grid"]
