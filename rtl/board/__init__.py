# SPDX-License-Identifier: Apache-2.0
"""A fabric on an FPGA board: the link to its host, pins, and clock."""
