"""GANs as PDE and ODE problems.

A loss and penalties make an objective; its first variation is an equation; on a domain, a solver turns the equation and
two measures into a discriminator; its gradient is a flow; integrating the flow gives a trajectory. What we say of any of
these is a claim.

The names below are loaded when they are first used, so that importing gantheory imports neither SymPy nor torch.
"""

from importlib import import_module
from importlib.metadata import version as _version
from typing import Any

_NAMES = {
    "_errors": ("Refusal",),
    "_types": ("Field", "gradient"),
    "symbolic": ("formula", "nu", "p", "q", "r", "y"),
    "objectives": (
        *("HINGE", "LEAST_SQUARES", "LOGISTIC", "NON_SATURATING", "WASSERSTEIN", "Boundary", "Box", "Derivation"),
        *("Divergence", "Dual", "EulerLagrange", "GradientPenalty", "Loss", "Objective", "Space", "Torus", "dissipation"),
        *("f_gan", "generator_hessian", "least_squares", "screened_terms"),
    ),
    "claims": ("Agreement", "Claim", "Convergence", "Exact", "Refutation", "Step", "Verdict", "collect", "falsify", "verify"),
    "lowering": ("lower",),
    "transport": ("ExactPlans", "SortedPlans"),
    "directions": ("orthonormal", "sphere"),
    "groups": ("EquivariantGenerator", "Group", "cyclic", "dihedral", "group_named", "permutations", "symmetrised"),
    "kernels": (
        *("ENERGY", "ERF", "RELU", "Direct", "EmpiricalTangentKernel", "Kernel", "KernelExpansion", "Radial"),
        *("SymmetrisedKernel", "Zonal", "gaussian", "nngp_kernel", "polyharmonic", "riesz", "screened", "tangent_kernel"),
    ),
    "grids": ("BoxGrid", "TensorGrid", "TorusGrid"),
    "measures": ("Density", "Empirical", "Gaussian", "Measure", "Mixture", "read_points", "ring", "symmetrised_measure"),
    "metrics": (
        *("direction_alignment", "energy_distance", "gaussian_wasserstein", "max_sliced_wasserstein", "mean_divergence", "mmd"),
        *("quotient_wasserstein", "separability", "sliced_wasserstein", "wasserstein"),
    ),
    "discriminators": (
        *("BoxMesh", "Chamber", "Collocation", "FiniteDifferences", "FiniteElements", "FourierSeries", "GaussianOracle"),
        *("GreensFunction", "KernelGradient", "Network", "Pointwise", "SlicedDiscriminator", "SlicedLinear"),
        *("SlicedObjective", "Solver", "multiplier", "solve"),
    ),
    "integration": ("Flow", "IntegrationError", "Method", "Trajectory", "dopri5", "euler", "heun", "integrate", "rk4", "rk38"),
    "flows": (
        *("AffineMonoFlow", "BuresFlow", "CriticFlow", "MMDFlow", "MonoFlow", "ParameterFlow", "ParticleFlow", "Persistent"),
        *("SlicedWassersteinFlow", "SymmetrisedFlow", "TangentFlow", "WassersteinFlow"),
    ),
    "games": (
        *("DiracGAN", "Game", "alternating", "bilinear_game", "consensus", "extragradient", "jacobian", "module_game"),
        *("optimistic", "r1", "r2", "simultaneous", "spectrum", "symplectic_adjustment", "two_time_scales", "wgan_gp"),
    ),
}
_HOME = {name: folder for folder, names in _NAMES.items() for name in names}

__all__ = sorted(_HOME)
__version__ = _version("gantheory")


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"gantheory.{_HOME[name]}"), name)
    raise AttributeError(f"module 'gantheory' has no attribute {name!r}; it offers {', '.join(__all__)}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
