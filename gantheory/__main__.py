"""`python -m gantheory` is the gantheory command."""

from gantheory.cli.main import main

main()
