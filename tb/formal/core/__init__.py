# SPDX-License-Identifier: Apache-2.0
"""Properties of the core and its blocks."""
