# SPDX-License-Identifier: Apache-2.0
"""A DelGrad network in the integers of a core, and the core in the loop."""
