# SPDX-License-Identifier: Apache-2.0
"""What a bench can die of. None of these is ever turned into a skipped test."""


class BuildError(RuntimeError):
    """A tool refused the design: the message ends with the tool's own output."""


class SimulationError(RuntimeError):
    """A run broke a rule, such as an assertion of the design or the law of streams, or could not be carried out."""


class SimulationTimeout(SimulationError):
    """A phase did not come to its end within its cycles, or the whole run not within its seconds."""


class SimulatorFailure(SimulationError):
    """The simulator itself failed: killed, out of memory, without a file that it needs. Says nothing of the design."""


class OutOfSeconds(SimulationTimeout):
    """The whole run did not come to its end within its seconds, which may be the machine's fault."""
