"""The losses that have names on the command line."""

from __future__ import annotations

from gantheory import objectives as known

LOSSES = {
    "wasserstein": known.WASSERSTEIN,
    "least-squares": known.LEAST_SQUARES,
    "logistic": known.LOGISTIC,
    "non-saturating": known.NON_SATURATING,
    "hinge": known.HINGE,
    "kl": known.FORWARD_KL_GAN,
    "reverse-kl": known.REVERSE_KL_GAN,
    "pearson": known.PEARSON_GAN,
    "neyman": known.NEYMAN_GAN,
    "hellinger": known.HELLINGER_GAN,
    "jensen-shannon": known.JENSEN_SHANNON_GAN,
    "jeffreys": known.JEFFREYS_GAN,
}
