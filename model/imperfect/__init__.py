# SPDX-License-Identifier: Apache-2.0
"""Imperfect hardware: mismatch of devices, and weights of few bits."""
