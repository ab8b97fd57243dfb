# SPDX-License-Identifier: Apache-2.0
"""The delay units as objects: a module for each, of its name, with all that the rest of the model asks of it."""
