"""The golden reference, and what everybody shares: configuration, network, table image, encoding."""
