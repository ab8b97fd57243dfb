# SPDX-License-Identifier: Apache-2.0
"""What somebody needs who puts a core into a design of their own."""
