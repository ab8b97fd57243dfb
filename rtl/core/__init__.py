# SPDX-License-Identifier: Apache-2.0
"""The neurocore and its blocks."""
