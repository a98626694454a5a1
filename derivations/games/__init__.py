"""GAN dynamics: games, updates, the Dirac-GAN."""
