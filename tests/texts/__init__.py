"""What derivations and verdicts say, word for word, kept in a file: `python -m tests.texts` writes it anew."""
