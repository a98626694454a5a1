"""Wasserstein, MMD and divergence flows, and persistent training."""
