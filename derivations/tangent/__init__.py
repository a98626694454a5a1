"""Neural tangent kernels and kernel discriminators."""
