# SPDX-License-Identifier: Apache-2.0
"""What a core spends on a sample, exactly: cycles and accesses to its memories."""
