# SPDX-License-Identifier: Apache-2.0
"""The file format of the Spiking Heidelberg Digits."""
