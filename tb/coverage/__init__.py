# SPDX-License-Identifier: Apache-2.0
"""Coverage of the RTL by its benches: lines, toggles, and corners that must be met."""
