# SPDX-License-Identifier: Apache-2.0
"""Programs to start from; each runs from the root of a checkout: ``python -m examples.NAME``."""
