# SPDX-License-Identifier: Apache-2.0
"""Sweeps: many simulations, trainings and builds as tasks, on one machine or on many."""
