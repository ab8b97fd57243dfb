# SPDX-License-Identifier: Apache-2.0
"""A serial port: a pseudo-terminal in place of a board."""

import os
import pty
import tty

import pytest

from flow.host.link import LinkError
from flow.host.port import SerialPort
from support.errors import InputError


def test_bytes_go_both_ways() -> None:
    board, terminal = pty.openpty()
    tty.setraw(terminal)
    with SerialPort(os.ttyname(terminal), 3_000_000) as port:
        assert port.read() == b""
        port.write(bytes(range(256)))
        assert os.read(board, 1000) == bytes(range(256))
        os.write(board, b"\0\xff\x11\x13")
        assert port.read() == b"\0\xff\x11\x13"
    os.close(board)
    os.close(terminal)


def test_the_board_is_unplugged() -> None:
    board, terminal = pty.openpty()
    tty.setraw(terminal)
    with SerialPort(os.ttyname(terminal), 3_000_000) as port:
        os.close(board)
        os.close(terminal)
        with pytest.raises(LinkError, match=r"^port /dev/\S+: "):
            port.read()


def test_there_is_none() -> None:
    with pytest.raises(InputError, match=r"^port /dev/none cannot be opened: No such file or directory$"):
        SerialPort("/dev/none", 3_000_000)
