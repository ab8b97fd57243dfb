# SPDX-License-Identifier: Apache-2.0
"""What faults cost a trained network: accuracy over the rate, which bits matter, a sample of it in RTL."""
