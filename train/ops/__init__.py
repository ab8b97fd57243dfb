# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of training: scans, products, kernels."""
