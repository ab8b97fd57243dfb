# SPDX-License-Identifier: Apache-2.0
"""What a training run is made of."""
