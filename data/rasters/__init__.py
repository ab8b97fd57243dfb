# SPDX-License-Identifier: Apache-2.0
"""Files that say which axon gets an event in which step of which sample: .npz, .npy and CSV."""
