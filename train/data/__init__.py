# SPDX-License-Identifier: Apache-2.0
"""Recordings as batches of events."""
