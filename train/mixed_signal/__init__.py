# SPDX-License-Identifier: Apache-2.0
"""A differentiable model of mixed-signal neurons in current mode, as of DYNAP-SE2."""
