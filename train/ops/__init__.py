"""The arithmetic of training: scans, products, kernels."""
