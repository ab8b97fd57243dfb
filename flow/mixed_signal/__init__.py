# SPDX-License-Identifier: Apache-2.0
"""Mixed-signal networks: what the command line makes of them."""
