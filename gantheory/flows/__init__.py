"""Floor 6. Flows: what moves particles, as functions of time and state."""

from gantheory.flows.bures import BuresFlow, transport_matrix
from gantheory.flows.critic import CriticFlow
from gantheory.flows.dirac_san import DiracSAN
from gantheory.flows.discrepancy import GaussianEmbedding, MMDFlow, NoisyMMDFlow, gaussian_embedding
from gantheory.flows.divergence import AffineMonoFlow, MonoFlow
from gantheory.flows.held import HeldTargets, HeldVelocities
from gantheory.flows.mean_gap import DirectionFlow, Functional, MeanGapFlow
from gantheory.flows.parameter import ParameterFlow, RememberingParameterFlow, parameter_flow
from gantheory.flows.particle import FrozenFlow, ParticleFlow
from gantheory.flows.persistent import Naive, Persistent, effective_step
from gantheory.flows.sliced import GaussianSlicedFlow, ResampledSlicedFlow, SlicedWassersteinFlow
from gantheory.flows.symmetric import RememberingSymmetrisedFlow, SymmetrisedFlow, symmetrised_flow
from gantheory.flows.tangent import RememberingTangentFlow, TangentFlow, tangent_flow
from gantheory.flows.wasserstein import MinibatchFlow, WassersteinFlow

__all__ = [
    "AffineMonoFlow",
    "BuresFlow",
    "CriticFlow",
    "DiracSAN",
    "DirectionFlow",
    "FrozenFlow",
    "Functional",
    "GaussianEmbedding",
    "GaussianSlicedFlow",
    "HeldTargets",
    "HeldVelocities",
    "MMDFlow",
    "MeanGapFlow",
    "MinibatchFlow",
    "MonoFlow",
    "Naive",
    "NoisyMMDFlow",
    "ParameterFlow",
    "ParticleFlow",
    "Persistent",
    "RememberingParameterFlow",
    "RememberingSymmetrisedFlow",
    "RememberingTangentFlow",
    "ResampledSlicedFlow",
    "SlicedWassersteinFlow",
    "SymmetrisedFlow",
    "TangentFlow",
    "WassersteinFlow",
    "effective_step",
    "gaussian_embedding",
    "parameter_flow",
    "symmetrised_flow",
    "tangent_flow",
    "transport_matrix",
]
