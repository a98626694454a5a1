"""What an integration says when it cannot go on."""

from __future__ import annotations


class IntegrationError(RuntimeError):
    """why, at t, after steps and evaluations. Cures: an integration that stopped, instead of a trajectory with NaN in it.

    `t` is the time reached, `steps` and `evaluations` are the cost until then, `cures` holds the remedies.
    """

    def __init__(self, why: str, t: float, steps: int, evaluations: int, *cures: str) -> None:
        self.why, self.t, self.steps, self.evaluations, self.cures = why, t, steps, evaluations, cures
        spent = f"at t = {t:.9g}, after {steps} steps and {evaluations} evaluations of the velocity"
        super().__init__(" ".join([f"{why}, {spent}.", *cures]))
