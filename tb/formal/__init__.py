# SPDX-License-Identifier: Apache-2.0
"""Properties of the RTL for a solver: for all inputs, for all back-pressure."""
