"""The subcommands of ``chronaxie``, one module each."""
