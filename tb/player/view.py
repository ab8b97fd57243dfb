# SPDX-License-Identifier: Apache-2.0
"""The view: signals of a component under names of their own, for a reader of its waveform.

A module ``view`` beside the component holds them, a scope for each group: what a stream carries field by field, with
the names of kinds and states, in the order in which they are to be read. It also writes each transfer of its streams to
a file, so that a bench can say where on the waveform to look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amaranth.hdl import Shape
from amaranth.lib.data import StructLayout

SCOPE = "view"
WAITS = ("NONE", "WAIT")
"""What a stream does without a transfer: nothing is offered, or what is offered is not taken."""
Transfers = Mapping[str, Sequence[tuple[int, int]]]
"""For each group of a stream, the time in ns and the payload of each transfer, in order."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A signal of the view."""

    name: str
    value: str
    """Its value, in SystemVerilog; ``{dut}`` stands for the component."""
    width: int
    signed: bool = False
    names: tuple[str, ...] = ()
    """Names of its values from 0 on, if they have any: identifiers, each once."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Signals that belong together: a scope of the waveform, under a heading in a viewer."""

    name: str
    title: str
    signals: tuple[Shown, ...]
    transfer: str = ""
    """When a payload is transferred and what it is, as two SystemVerilog expressions; a stream only."""
    payload: str = ""


@dataclass(frozen=True, kw_only=True)
class View:
    """What is to be seen of a component; by default nothing but its own signals."""

    groups: tuple[Group, ...] = field(default=())

    def module(self) -> str:
        """SystemVerilog of ``view``, a module without ports that reads the component by its path."""
        parts = [_module(group) for group in self.groups]
        uses = [f"    view_{group.name} {group.name}();\n" for group in self.groups]
        return "".join(parts) + f"module {SCOPE};\n{''.join(uses)}endmodule\n"

    def transfers(self, folder: Path) -> Transfers:
        """What a run in ``folder`` has written of each stream."""
        return {group.name: _read(folder / transfers_file(group)) for group in self.groups if group.transfer}


def transfers_file(group: Group) -> str:
    """Name of the file with the transfers of a stream: a line for each, time in ns and payload in hexadecimal."""
    return f"view_{group.name}.txt"


def stream_group(name: str, path: str, layout: StructLayout, title: str) -> Group:
    """The group of a stream at ``path``, as in ``delay.rows``, whose payload has ``layout``.

    Its first signal says what is transferred in a cycle: nothing, or what the field ``kind`` or ``eos`` says; then come
    the other fields.
    """
    port = "{dut}." + path
    valid, ready, payload = (f"{port}__{part}" for part in ("valid", "ready", "payload"))
    kinds: tuple[str, ...] = ("DATA",)
    kind, signals = "0", []
    for key, part in layout:
        place = f"{payload}[{part.offset + part.width - 1}:{part.offset}]" if layout.size > 1 else payload
        if key == "kind":
            kinds, kind = tuple(each.name for each in part.shape), place
        elif key == "eos":
            kinds, kind = ("EVENT", "EOS"), place
        else:
            cast = Shape.cast(part.shape)
            signals.append(Shown(name=str(key), value=place, width=part.width, signed=cast.signed))
    token = Shown(
        name="token", value=f"!{valid} ? 0 : !{ready} ? 1 : 2 + {kind}", width=3, names=(*WAITS, *kinds)
    )  # fmt: skip
    return Group(name=name, title=title, signals=(token, *signals), transfer=f"{valid} && {ready}", payload=payload)


def _module(group: Group) -> str:
    lines = [f"module view_{group.name};"]
    for signal in group.signals:
        value = signal.value.format(dut="harness.dut")
        sign = " signed" if signal.signed else ""
        if signal.names:
            width = max(signal.width, (len(signal.names) - 1).bit_length())
            items = ", ".join(f"{name} = {number}" for number, name in enumerate(signal.names))
            lines.append(f"    typedef enum logic [{width - 1}:0] {{{items}}} {signal.name}_names;")
            lines.append(f"    {signal.name}_names {signal.name};")
            lines.append(f"    assign {signal.name} = {signal.name}_names'({value});")
        else:
            bits = f" [{signal.width - 1}:0]" if signal.width > 1 else ""
            lines.append(f"    wire{sign}{bits} {signal.name} = {value};")
    if group.transfer:
        lines += [
            "    // verilator tracing_off",
            "    integer file;",
            "    // verilator tracing_on",
            f'    initial file = $fopen("{transfers_file(group)}", "w");',
            f"    always @(posedge harness.clk) if ({group.transfer.format(dut='harness.dut')})",
            f'        $fwrite(file, "%0d %0h\\n", $time, {group.payload.format(dut="harness.dut")});',
        ]
    return "\n".join([*lines, "endmodule", ""])


def _read(path: Path) -> list[tuple[int, int]]:
    if not path.exists():
        return []
    pairs = (line.split() for line in path.read_text().splitlines())
    return [(int(time), int(payload, 16)) for time, payload in pairs]


def shown_in(group: Group) -> Sequence[tuple[str, Shown]]:
    """Path on the waveform and signal, for each of a group."""
    return [(f"harness.{SCOPE}.{group.name}.{signal.name}", signal) for signal in group.signals]
