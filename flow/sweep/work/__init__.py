# SPDX-License-Identifier: Apache-2.0
"""What each kind of task does, in a process of its own."""
