# SPDX-License-Identifier: Apache-2.0
"""DYNAP-SE2: networks for it, its limits, the mapper, configurations, and the way back."""
