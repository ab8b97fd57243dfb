# SPDX-License-Identifier: Apache-2.0
"""What turns RTL into answers: export, simulation, synthesis, reports, the command line."""
