# SPDX-License-Identifier: Apache-2.0
"""FPGA boards: descriptions, bitstreams, and boards in simulation."""
