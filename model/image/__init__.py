"""The image: the binary table that a core is loaded with; docs/image.md describes it byte by byte."""
