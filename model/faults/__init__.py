# SPDX-License-Identifier: Apache-2.0
"""Faults of a core's memories and of its events: what they are, drawing them, and a core that has them."""
