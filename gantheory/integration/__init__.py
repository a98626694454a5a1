"""Floor 2. The only import of torchdiffeq: integrating a flow gives a trajectory; a method is data."""

from gantheory.integration.adaptive import Adaptive, dopri5
from gantheory.integration.errors import IntegrationError
from gantheory.integration.explicit import FixedStep, euler, heun, rk4, rk38
from gantheory.integration.method import Method
from gantheory.integration.norm import Norm, largest, rms
from gantheory.integration.trajectory import Trajectory, integrate
from gantheory.integration.velocity import Flow, Remembering, Velocity

__all__ = [
    "Adaptive",
    "FixedStep",
    "Flow",
    "IntegrationError",
    "Method",
    "Norm",
    "Remembering",
    "Trajectory",
    "Velocity",
    "dopri5",
    "euler",
    "heun",
    "integrate",
    "largest",
    "rk4",
    "rk38",
    "rms",
]
