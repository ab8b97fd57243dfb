# SPDX-License-Identifier: Apache-2.0
"""``chronaxie nir``: networks of other tools."""
