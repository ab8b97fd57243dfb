# SPDX-License-Identifier: Apache-2.0
"""One page in a browser: what was measured, and one sample to look at."""
