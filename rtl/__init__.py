# SPDX-License-Identifier: Apache-2.0
"""The hardware, in Amaranth: delay units, synapse and neuron engine, loader, neurocore."""
