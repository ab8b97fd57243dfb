# SPDX-License-Identifier: Apache-2.0
"""The subcommands of ``chronaxie``, one module each."""
