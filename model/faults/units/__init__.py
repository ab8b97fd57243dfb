# SPDX-License-Identifier: Apache-2.0
"""What each delay unit holds, entry by entry, so that a fault can change it."""
