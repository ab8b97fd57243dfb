# SPDX-License-Identifier: Apache-2.0
"""Properties of the blocks that join cores."""
