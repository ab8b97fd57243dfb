# SPDX-License-Identifier: Apache-2.0
"""Layers of neurons and delay synapses, in real numbers and in integers."""
