# SPDX-License-Identifier: Apache-2.0
"""What every part needs and no part is about: errors, files written whole, caches, processes."""
