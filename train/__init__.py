"""Hardware-aware training in torch: data, layers with delays, quantisation, export."""
