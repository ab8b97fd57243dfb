"""From a network to the image of a core build."""
