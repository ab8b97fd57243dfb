"""The file format of the Spiking Heidelberg Digits."""
