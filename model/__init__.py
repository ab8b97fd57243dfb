"""The golden reference, and what everybody shares: configuration, network, image, encoding."""
