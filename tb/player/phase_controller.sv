// SPDX-License-Identifier: Apache-2.0
// Walks through the script: reads a phase, lets the players run until all conditions of the phase hold at once and
// `settle` cycles more, or its time is over, writes the results, and waits for the next go: from outside by phase_go,
// or by itself with the plusarg +phases=N, after which it finishes.
module phase_controller #(
    parameter integer SCRIPT_BITS = 8,  // of a phase in the script, in whole bytes; its first field is the reset
    parameter integer RESULT_BITS = 32, // of a phase in the results, in whole words
    parameter integer CLEAR_CYCLES = 4, // of a reset
    parameter SCRIPT = "script.bin",
    parameter RESULTS = "results.bin"
) (
    input wire clk,
    output reg [SCRIPT_BITS-1:0] script, // of the phase
    input wire [63:0] timeout,
    input wire [63:0] minimum,
    input wire [31:0] settle,
    input wire met,                      // all that the phase asks for, but its minimum
    input wire [RESULT_BITS-1:0] results,
    output wire clear,
    output wire load,
    output wire playing,
    output wire capture,                 // the last cycle of the phase
    output wire flush,
    output reg late,
    output reg [63:0] cycle,
    output reg [63:0] start,
    output reg [63:0] finish,
    output wire attention                // changes when a phase is over
);
    localparam [2:0] READY = 0, CLEAR = 1, LOAD = 2, RUN = 3, FLUSH = 4, WRITE = 5;
    reg [2:0] state;
    reg [SCRIPT_BITS-1:0] line;
    reg [31:0] phases, phase_go, phase_done;
    reg [63:0] elapsed;
    reg [31:0] settled, clear_left;
    integer script_file, results_file;
    assign clear = state == CLEAR, load = state == LOAD, flush = state == FLUSH;
    wire run = state == RUN;
    wire settling = (met && elapsed + 1 >= minimum) || settled != 0;
    wire over = settling && settled == settle;
    wire overdue = elapsed + 1 >= timeout;
    assign playing = run && !over && !overdue, capture = run && (over || overdue);
    assign attention = phase_done[0];

    initial begin
        state = READY;
        phase_go = 0;
        phase_done = 0;
        cycle = 0;
        late = 0;
        line = 0;
        script = 0;
        script_file = $fopen(SCRIPT, "rb");
        results_file = $fopen(RESULTS, "wb");
        if (script_file == 0 || results_file == 0) $fatal(1, "bench: cannot open %s or %s", SCRIPT, RESULTS);
        if ($value$plusargs("phases=%d", phases)) phase_go = phases;
    end

    always @(posedge clk) begin
        cycle <= cycle + 1;
        case (state)
            READY: if (phase_done != phase_go) begin
                if ($fread(line, script_file) != SCRIPT_BITS / 8) $fatal(1, "bench: %s ends early", SCRIPT);
                script <= line;
                clear_left <= CLEAR_CYCLES - 1;
                state <= line[SCRIPT_BITS-8] ? CLEAR : LOAD;
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
                if (capture) begin
                    late <= !over;
                    finish <= cycle;
                    state <= FLUSH;
                end
            end
            FLUSH: state <= WRITE;
            WRITE: begin
                $fwrite(results_file, "%u", results);
                $fflush(results_file);
                phase_done <= phase_done + 1;
                state <= READY;
                if ($test$plusargs("phases") && (late || phase_done + 1 == phases)) $finish;
            end
            default: $fatal(1, "bench: no such state");
        endcase
    end
endmodule
