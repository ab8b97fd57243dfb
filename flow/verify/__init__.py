# SPDX-License-Identifier: Apache-2.0
"""Proofs of the RTL and mutation coverage of its benches."""
