"""One module, one table against named peers: ratios measured in one run, medians of several."""
