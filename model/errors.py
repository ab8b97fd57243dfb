"""The one exception that stands for a user's mistake."""


class InputError(ValueError):
    """Bad input: one line that says what is wrong, where, and what was expected.

    The command line prints the message alone and exits with status 2.
    """
