"""One module, one experiment: run(...) gives a frozen result, plot(result, venue) draws it."""
