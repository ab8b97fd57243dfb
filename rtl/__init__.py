"""The hardware, in Amaranth: delay units, synapse and neuron engine, loader, neurocore."""
