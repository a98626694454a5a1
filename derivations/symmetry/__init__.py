"""Structure-preserving GANs: groups, orbits, mirrors."""
