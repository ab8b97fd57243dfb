# SPDX-License-Identifier: Apache-2.0
"""Netlists of components, kept by all that decides them."""
