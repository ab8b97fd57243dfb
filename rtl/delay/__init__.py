# SPDX-License-Identifier: Apache-2.0
"""The delay units, behind one interface."""
