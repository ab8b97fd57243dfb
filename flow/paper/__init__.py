# SPDX-License-Identifier: Apache-2.0
"""The tables of arXiv 2404.10597 for this hardware."""
