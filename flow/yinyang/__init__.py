# SPDX-License-Identifier: Apache-2.0
"""Networks on the Yin-Yang task, trained and measured."""
