# SPDX-License-Identifier: Apache-2.0
"""A host of a fabric: the same for a simulation and for a board."""
