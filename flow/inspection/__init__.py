# SPDX-License-Identifier: Apache-2.0
"""What is in an image or a bundle, and what becomes of a sample in it, for a terminal."""
