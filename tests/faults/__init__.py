"""Mathematical faults, put into a copy of the package one at a time: `python -m tests.faults`. Each must make a test fail."""
