# SPDX-License-Identifier: Apache-2.0
"""The Verilog harness around any component: players on its streams, a controller that walks through the script.

All that happens every clock cycle happens in the modules of ``MODULES``. What is generated here is what depends on the
ports: their wires, a player each, what a phase waits for, and which bits of script and results are whose.
"""

from pathlib import Path

from tb.player.ports import Port, PortKind, Ports
from tb.player.script import RESULTS, SCRIPT, result_fields, script_fields, sink_file, source_file
from tb.player.view import SCOPE, View

HERE = Path(__file__).parent
CONTROLLER = "phase_controller"
MODULES = (f"{CONTROLLER}.sv", "stream_source.sv", "stream_sink.sv")
"""The modules that the harness instantiates, as files beside this one."""
TOP = "harness"
DUT = "dut"
PUBLIC = ("phase_go", "phase_done", "late")
"""Signals of the controller that a test bench in Python touches."""
CLEAR_CYCLES = 4
"""Cycles of reset."""


def harness(ports: Ports, dut_ports: set[str], view: View | None = None, *, own_clock: bool = False) -> str:
    """SystemVerilog of the harness for a component with ``ports``, as module ``harness``, with its modules.

    ``dut_ports`` are the names in the port list of the component's module, which is ``dut``: clock and reset are
    connected if they are there. With a ``view``, the harness is for a waveform: of its own signals, that shows clock
    and cycle only. ``own_clock``: for a simulator that drives none, the harness makes its clock itself.
    """
    connections = {"clk": "clk", "rst": "clear"}
    quiet = [] if view is None else ["// verilator tracing_off"]
    lines = [f"module {TOP}(input wire clk, output wire attention);"]
    if own_clock:
        lines = [f"module {TOP}(output wire attention);", "    reg clk = 0;", "    always #1 clk = !clk;"]
    lines += ["    wire [63:0] cycle;", *quiet]
    lines += _wires(ports)
    for port in ports.all:
        lines += _player(port, connections, dut_ports)
    lines += _controller(ports)
    used = [f"        .{name}({net})" for name, net in connections.items() if name in dut_ports]
    lines += [] if view is None else ["// verilator tracing_on"]
    lines += [f"    {DUT} dut (", ",\n".join(used), "    );"]
    lines += [] if view is None else [f"    {SCOPE} {SCOPE}();"]
    modules = "".join((HERE / name).read_text() for name in MODULES)
    shown = "" if view is None else view.module()
    return "\n".join([*lines, "endmodule", ""]) + modules + shown


def visible() -> str:
    """Verilator control file that opens the few signals Python touches."""
    lines = (f'public_flat_rw -module "{CONTROLLER}" -var "{name}"\n' for name in PUBLIC)
    return "`verilator_config\n" + "".join(lines)


def _wires(ports: Ports) -> list[str]:
    """What the controller drives, and the fields of the script."""
    top = 8 * _script_bytes(ports)
    lines = [
        f"    wire [{top - 1}:0] script;",
        "    wire clear, load, playing, capture, flush, late;",
        "    wire [63:0] start, finish;",
    ]
    for name, bits in script_fields(ports):
        top -= 8 * ((bits + 7) // 8)
        lines.append(f"    wire [{bits - 1}:0] {name} = script[{top + bits - 1}:{top}];")
    return lines


def _controller(ports: Ports) -> list[str]:
    """The controller: what a phase waits for, and the fields of its results, the first one lowest."""
    fields = [f"{{{-bits % 32}'b0, {net}}}" if bits % 32 else net for net, bits in _results(ports)]
    bits = 32 * sum((bits + 31) // 32 for _, bits in _results(ports))
    return [
        f"    {CONTROLLER} #(.SCRIPT_BITS({8 * _script_bytes(ports)}), .RESULT_BITS({bits}), "
        f'.CLEAR_CYCLES({CLEAR_CYCLES}), .SCRIPT("{SCRIPT}"), .RESULTS("{RESULTS}")) controller (',
        "        .clk(clk), .script(script), .timeout(timeout), .minimum(minimum), .settle(settle),",
        f"        .met({_met(ports)}),",
        f"        .results({{{', '.join(reversed(fields))}}}),",
        "        .clear(clear), .load(load), .playing(playing), .capture(capture), .flush(flush), .late(late),",
        "        .cycle(cycle), .start(start), .finish(finish), .attention(attention)",
        "    );",
    ]


def _script_bytes(ports: Ports) -> int:
    return sum((bits + 7) // 8 for _, bits in script_fields(ports))


def _player(port: Port, connections: dict[str, str], dut_ports: set[str]) -> list[str]:
    name, bits = port.name, port.storage
    if port.kind is PortKind.SET:
        connections[name] = f"{name}_set"
        return []
    if port.kind is PortKind.GET:
        connections[name] = f"{name}_now"
        return [
            f"    wire [{bits - 1}:0] {name}_now;",
            f"    reg [{bits - 1}:0] {name}_end;",
            f"    always @(posedge clk) if (capture) {name}_end <= {name}_now;",
        ]
    lines = [f"    wire [{bits - 1}:0] {name}_payload;"]
    driven = {"payload": name + "_payload", "valid": name + "_valid", "ready": name + "_ready"}
    for part, net in driven.items():
        connections[f"{name}__{part}"] = net
    # What the component does not drive is a constant of its signature: an empty payload, always valid, always ready.
    ties = {part: "" if f"{name}__{part}" in dut_ports else f" = {int(part != 'payload')}" for part in driven}
    if port.kind is PortKind.SOURCE:
        return [
            *lines,
            f"    wire {name}_valid;",
            f"    wire {name}_ready{ties['ready']};",
            f"    wire [31:0] {name}_left;",
            f'    stream_source #(.WIDTH({bits}), .FILE("{source_file(port)}")) {name}_source (',
            f"        .clk(clk), .clear(clear), .load(load), .count({name}_count), .seed({name}_seed), .run(playing),",
            f"        .idle({name}_idle), .valid({name}_valid), .payload({name}_payload), .ready({name}_ready),",
            f"        .left({name}_left)",
            "    );",
        ]
    return [
        f"    wire [{bits - 1}:0] {name}_payload{ties['payload']};",
        f"    wire {name}_valid{ties['valid']};",
        f"    wire {name}_ready, {name}_matched;",
        f"    wire [31:0] {name}_taken;",
        f"    wire [63:0] {name}_written;",
        f'    stream_sink #(.WIDTH({bits}), .FILE("{sink_file(port)}"), '
        f".ALWAYS_READY({int(port.kind is PortKind.RECORD)})) {name}_sink (",
        f"        .clk(clk), .clear(clear), .load(load), .seed({name}_seed), .run(playing), .flush(flush),",
        f"        .stall({name}_stall), .write({name}_write), .cycle(cycle), .mask({name}_mask), .value({name}_value),",
        f"        .valid({name}_valid), .payload({name}_payload), .ready({name}_ready), .matched({name}_matched),",
        f"        .count({name}_taken), .written({name}_written)",
        "    );",
    ]


def _met(ports: Ports) -> str:
    """What a phase waits for, but for its minimum of cycles."""
    sources = ports.of(PortKind.SOURCE)
    found = []
    if sources:
        drained = " && ".join(f"{port.name}_left == 0 && !{port.name}_valid" for port in sources)
        found.append(f"(!drain || ({drained}))")
    for port in ports.of(PortKind.SINK, PortKind.RECORD):
        found.append(f"{port.name}_taken >= {port.name}_expect && (!{port.name}_until || {port.name}_matched)")
    for port in ports.of(PortKind.GET):
        found.append(f"({port.name}_now & {port.name}_mask) == {port.name}_value")
    return "\n            && ".join(found) or "1'b1"


def _results(ports: Ports) -> list[tuple[str, int]]:
    """Net and bits of each field of the results, in the order of ``result_fields``."""
    nets = ["late", "start", "finish"]
    nets += [f"({port.name}_left + {{31'b0, {port.name}_valid}})" for port in ports.of(PortKind.SOURCE)]
    for port in ports.of(PortKind.SINK, PortKind.RECORD):
        nets += [f"{port.name}_taken", f"{port.name}_matched", f"{port.name}_written"]
    nets += [f"{port.name}_end" for port in ports.of(PortKind.GET)]
    return list(zip(nets, (bits for _, bits in result_fields(ports)), strict=True))
