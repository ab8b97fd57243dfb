"""Proofs of the RTL and mutation coverage of its benches."""
