# SPDX-License-Identifier: Apache-2.0
"""A training run from start to finish."""
