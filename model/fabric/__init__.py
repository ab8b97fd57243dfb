# SPDX-License-Identifier: Apache-2.0
"""Networks on several cores: the build, the bundle, and the models of both."""
