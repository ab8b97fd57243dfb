# SPDX-License-Identifier: Apache-2.0
"""Hardware-aware training in torch: data, layers with delays, quantisation, export."""
