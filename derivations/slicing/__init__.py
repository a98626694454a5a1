"""Slicing and SAN."""
