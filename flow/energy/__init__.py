# SPDX-License-Identifier: Apache-2.0
"""Energy of an inference: memories, logic and clock, by block and by phase."""
