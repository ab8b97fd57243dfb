# SPDX-License-Identifier: Apache-2.0
"""The line to a board, byte by byte: a serial port, or anything that can be written to and read from."""

import contextlib
import os
from types import TracebackType
from typing import Protocol, Self

from flow.host.link import LinkError
from support.errors import InputError

WAIT_SECONDS = 0.05
"""How long a read waits for the first byte: longer than the latency timer of a USB bridge (16 ms)."""


class Port(Protocol):
    """A line that may lose, double and flip bytes."""

    def write(self, data: bytes) -> None:
        """Send bytes. Raises LinkError if the line is gone."""
        ...

    def read(self) -> bytes:
        """What has come; waits for the first byte, but not for long. Empty: nothing came. Raises LinkError."""
        ...

    def close(self) -> None:
        """Give the line back."""
        ...


class SerialPort:
    """A serial port, ``/dev/ttyUSB0`` or ``COM3``, or a URL of pyserial. Raises InputError if it cannot be opened."""

    def __init__(self, name: str, baud: int) -> None:
        try:
            import serial  # noqa: PLC0415 - optional
        except ModuleNotFoundError:
            raise InputError(
                "a serial port needs the package pyserial: run `make all`, or pip install pyserial"
            ) from None
        try:
            self._port = serial.serial_for_url(name, baudrate=baud, timeout=WAIT_SECONDS, exclusive=True)
        except (ValueError, OSError) as error:  # SerialException is an OSError
            number = getattr(error, "errno", None)
            reason = os.strerror(number) if number else str(error)
            raise InputError(f"port {name} cannot be opened: {reason}") from None
        if hasattr(self._port, "set_low_latency_mode"):
            # Not every driver has it; then a round trip takes the bridge's 16 ms.
            with contextlib.suppress(OSError, ValueError):
                self._port.set_low_latency_mode(True)
        self._name = name

    def write(self, data: bytes) -> None:
        """See ``Port``."""
        try:
            self._port.write(data)
        except OSError as error:
            raise LinkError(f"port {self._name}: {error}") from None

    def read(self) -> bytes:
        """See ``Port``."""
        try:
            first = bytes(self._port.read(1))
            return first + bytes(self._port.read(self._port.in_waiting)) if first else b""
        except OSError as error:
            raise LinkError(f"port {self._name}: {error}") from None

    def close(self) -> None:
        """See ``Port``."""
        self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()
