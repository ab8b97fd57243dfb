"""Layers of neurons and delay synapses, in real numbers and in integers."""
