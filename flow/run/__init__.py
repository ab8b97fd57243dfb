# SPDX-License-Identifier: Apache-2.0
"""Images on recordings: golden model, RTL, and what came out."""
