# SPDX-License-Identifier: Apache-2.0
"""DelGrad (arXiv 2404.19165): weights and delays learned from exact spike times."""
