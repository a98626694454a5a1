"""Poly-LSGAN, Poly-WGAN and Euler–Lagrange analysis."""
