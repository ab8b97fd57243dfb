# SPDX-License-Identifier: Apache-2.0
"""Subcommands for mixed-signal and other imperfect hardware."""
