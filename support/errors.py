# SPDX-License-Identifier: Apache-2.0
"""The one exception that stands for a user's mistake, and the warning of what a user should know."""


class InputError(ValueError):
    """Bad input: one line that says what is wrong, where, and what was expected.

    The command line prints the message alone and exits with status 2.
    """


class InputWarning(UserWarning):
    """What a user should know and need not change: one line, which the command line prints to standard error."""
