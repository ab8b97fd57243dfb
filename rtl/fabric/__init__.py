# SPDX-License-Identifier: Apache-2.0
"""Several cores on a ring, and the host's way to them."""
