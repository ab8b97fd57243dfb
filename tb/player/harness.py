"""The Verilog harness around any component: players on its streams, a controller that walks through the script.

All that happens every clock cycle happens here. The controller reads a phase from the script, lets the players run
until all conditions of the phase hold at once or its cycles are over, writes the results, and waits for the next go:
from outside, or by itself with the plusarg ``+phases=N``, after which it finishes.
"""

from pathlib import Path

from tb.player.ports import Port, PortKind, Ports
from tb.player.script import RESULTS, SCRIPT, result_fields, script_fields, sink_file, source_file

HERE = Path(__file__).parent
MODULES = ("stream_source.sv", "stream_sink.sv")
TOP = "harness"
DUT = "dut"
PUBLIC = ("phase_go", "phase_done", "late")
"""Signals that a test bench in Python touches."""
CLEAR_CYCLES = 4
"""Cycles of reset."""

CONTROLLER = """\
    // The controller.
    localparam [2:0] READY = 0, CLEAR = 1, LOAD = 2, RUN = 3, FLUSH = 4, WRITE = 5;
    reg [2:0] state;
    reg [31:0] phases, phase_go, phase_done;
    reg [63:0] cycle, start, finish, elapsed;
    reg [31:0] settled, clear_left;
    reg late;
    integer script_file, results_file;
    wire clear = state == CLEAR, load = state == LOAD, run = state == RUN, flush = state == FLUSH;
    wire met = elapsed + 1 >= minimum{met};
    wire settling = met || settled != 0;
    wire over = settling && settled == settle;
    wire overdue = elapsed + 1 >= timeout;
    assign attention = phase_done[0];
    wire playing = run && !over && !overdue;

    initial begin
        state = READY;
        phase_go = 0;
        phase_done = 0;
        cycle = 0;
        late = 0;
        line = 0;
        script = 0;
        script_file = $fopen("{script}", "rb");
        results_file = $fopen("{results}", "wb");
        if (script_file == 0 || results_file == 0) $fatal(1, "bench: cannot open {script} or {results}");
        if ($value$plusargs("phases=%d", phases)) phase_go = phases;
    end

    always @(posedge clk) begin
        cycle <= cycle + 1;
        case (state)
            READY: if (phase_done != phase_go) begin
                if ($fread(line, script_file) != {script_bytes}) $fatal(1, "bench: {script} ends early");
                script <= line;
                clear_left <= {clear_cycles} - 1;
                state <= line[{reset_bit}] ? CLEAR : LOAD;
            end
            CLEAR: begin
                clear_left <= clear_left - 1;
                if (clear_left == 0) state <= LOAD;
            end
            LOAD: begin
                start <= cycle + 1;
                elapsed <= 0;
                settled <= 0;
                state <= RUN;
            end
            RUN: begin
                elapsed <= elapsed + 1;
                if (settling) settled <= settled + 1;
                if (over || overdue) begin
                    late <= !over;
                    finish <= cycle;
{capture}
                    state <= FLUSH;
                end
            end
            FLUSH: state <= WRITE;
            WRITE: begin
                $fwrite(results_file, "%u", {{{record}}});
                $fflush(results_file);
                phase_done <= phase_done + 1;
                state <= READY;
                if ($test$plusargs("phases") && (late || phase_done + 1 == phases)) $finish;
            end
            default: $fatal(1, "bench: no such state");
        endcase
    end
"""


def harness(ports: Ports, dut_ports: set[str]) -> str:
    """SystemVerilog of the harness for a component with ``ports``, as module ``harness``.

    ``dut_ports`` are the names in the port list of the component's module, which is ``dut``: clock and reset are
    connected if they are there.
    """
    lines = [f"module {TOP}(output wire attention);", "    reg clk = 0;", "    always #1 clk = !clk;", ""]
    lines += _script(ports)
    connections = {"clk": "clk", "rst": "clear"}
    for port in ports.all:
        lines += _player(port, connections, dut_ports)
    met = "".join(f"\n        && {condition}" for condition in _conditions(ports))
    padded = (f"{{{-bits % 32}'b0, {net}}}" if bits % 32 else net for net, bits in _results(ports))
    record = ", ".join(reversed(list(padded)))
    lines.append(
        CONTROLLER.format(
            met=met,
            script=SCRIPT,
            results=RESULTS,
            script_bytes=_script_bytes(ports),
            clear_cycles=CLEAR_CYCLES,
            reset_bit=8 * (_script_bytes(ports) - 1),
            capture="\n".join(f"{20 * ' '}{port.name}_end <= {port.name}_now;" for port in ports.of(PortKind.GET)),
            record=record,
        )
    )
    used = [f"        .{name}({net})" for name, net in connections.items() if name in dut_ports]
    lines += [f"    {DUT} dut (", ",\n".join(used), "    );", "endmodule", ""]
    text = "\n".join(lines)
    return text + "".join((HERE / name).read_text() for name in MODULES)


def visible() -> str:
    """Verilator control file that opens the few signals Python touches."""
    return "`verilator_config\n" + "".join(f'public_flat_rw -module "{TOP}" -var "{name}"\n' for name in PUBLIC)


def _script_bytes(ports: Ports) -> int:
    return sum((bits + 7) // 8 for _, bits in script_fields(ports))


def _script(ports: Ports) -> list[str]:
    size = _script_bytes(ports)
    lines = [f"    reg [{8 * size - 1}:0] line, script;"]
    top = 8 * size
    for name, bits in script_fields(ports):
        top -= 8 * ((bits + 7) // 8)
        lines.append(f"    wire [{bits - 1}:0] {name} = script[{top + bits - 1}:{top}];")
    return [*lines, ""]


def _player(port: Port, connections: dict[str, str], dut_ports: set[str]) -> list[str]:
    name, bits = port.name, port.storage
    if port.kind is PortKind.SET:
        connections[name] = f"{name}_set"
        return []
    if port.kind is PortKind.GET:
        connections[name] = f"{name}_now"
        return [f"    wire [{bits - 1}:0] {name}_now;", f"    reg [{bits - 1}:0] {name}_end;"]
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


def _conditions(ports: Ports) -> list[str]:
    sources = ports.of(PortKind.SOURCE)
    found = []
    if sources:
        drained = " && ".join(f"{port.name}_left == 0 && !{port.name}_valid" for port in sources)
        found.append(f"(!drain || ({drained}))")
    for port in ports.of(PortKind.SINK, PortKind.RECORD):
        found.append(f"{port.name}_taken >= {port.name}_expect && (!{port.name}_until || {port.name}_matched)")
    for port in ports.of(PortKind.GET):
        found.append(f"({port.name}_now & {port.name}_mask) == {port.name}_value")
    return found


def _results(ports: Ports) -> list[tuple[str, int]]:
    """Net and bits of each field of the results, in the order of ``result_fields``."""
    nets = ["late", "start", "finish"]
    nets += [f"({port.name}_left + {{31'b0, {port.name}_valid}})" for port in ports.of(PortKind.SOURCE)]
    for port in ports.of(PortKind.SINK, PortKind.RECORD):
        nets += [f"{port.name}_taken", f"{port.name}_matched", f"{port.name}_written"]
    nets += [f"{port.name}_end" for port in ports.of(PortKind.GET)]
    return list(zip(nets, (bits for _, bits in result_fields(ports)), strict=True))
