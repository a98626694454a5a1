"""Floor 6. Flows: what moves particles, as functions of time and state."""

from gantheory.flows.particle import ParticleFlow

__all__ = ["ParticleFlow"]
