"""A seeded sample of mutmut's mutants, each run against the tests that reach it: `python -m tests.mutation`."""
