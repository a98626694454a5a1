"""One package, one line of work; one module, one claim or a small family: proof by two routes, and a numerical witness."""
