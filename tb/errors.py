"""What a bench can die of. None of these is ever turned into a skipped test."""


class BuildError(RuntimeError):
    """A tool refused the design: the message ends with the tool's own output."""


class SimulationError(RuntimeError):
    """A run broke a rule: an assertion of the design, the law of streams, a crash of the simulator."""


class SimulationTimeout(SimulationError):
    """A phase did not come to its end within its cycles, or the whole run not within its seconds."""


class OutOfSeconds(SimulationTimeout):
    """The whole run did not come to its end within its seconds, which may be the machine's fault."""
