// SPDX-License-Identifier: Apache-2.0
// Takes tokens from a stream, with random back-pressure, and writes each to a file with the cycle of its transfer:
// the payload in ceil(WIDTH / 32) words, then the cycle in two; words of 32 bits, least significant first.
// Checks the law of streams: once valid, valid and payload hold until accepted.
module stream_sink #(
    parameter integer WIDTH = 8,
    parameter FILE = "sink.bin",
    parameter ALWAYS_READY = 0     // a port without back-pressure: every valid cycle is a token
) (
    input wire clk,
    input wire clear,
    input wire load,
    input wire [31:0] seed,        // of the random stalls, not 0
    input wire run,
    input wire flush,              // bring the file up to date
    input wire [15:0] stall,       // probability of a cycle without ready in 1/65536
    input wire write,              // 0: count tokens, but do not write them
    input wire [63:0] cycle,
    input wire [WIDTH-1:0] mask,
    input wire [WIDTH-1:0] value,
    input wire valid,
    input wire [WIDTH-1:0] payload,
    output reg ready,
    output reg matched,            // a token of this phase had (payload & mask) == value
    output reg [31:0] count,       // tokens of this phase
    output reg [63:0] written      // tokens in the file
);
    localparam integer WORDS = (WIDTH + 31) / 32;
    integer file;
    reg [31:0] random;
    reg waiting;
    reg [WIDTH-1:0] waiting_payload;
    wire [32*WORDS-1:0] padded = {{(32 * WORDS - WIDTH) {1'b0}}, payload};

    function automatic [31:0] shuffled(input [31:0] x);
        reg [31:0] a, b;
        a = x ^ (x << 13);
        b = a ^ (a >> 17);
        shuffled = b ^ (b << 5);
    endfunction

    initial begin
        file = $fopen(FILE, "wb");
        if (file == 0) $fatal(1, "bench: cannot write %s", FILE);
        ready = 0;
        matched = 0;
        count = 0;
        written = 0;
        waiting = 0;
        random = 1;
    end

    always @(posedge clk) begin
        random <= load ? seed : shuffled(random);
        ready <= run && random[31:16] >= stall;
        waiting <= !clear && valid && !ready;
        waiting_payload <= payload;
        if (clear || load) begin
            count <= 0;
            matched <= 0;
        end
        if (!clear) begin
            if (valid && (ready || ALWAYS_READY != 0)) begin
                if (write) begin
                    $fwrite(file, "%u", {cycle, padded});
                    written <= written + 1;
                end
                count <= load ? 1 : count + 1;
                if ((payload & mask) == value) matched <= 1;
            end
            if (waiting && ALWAYS_READY == 0) begin
                if (!valid) $fatal(1, "law of streams: valid dropped before ready in cycle %0d (%s)", cycle, FILE);
                if (payload != waiting_payload)
                    $fatal(1, "law of streams: payload changed from %h to %h before ready in cycle %0d (%s)",
                           waiting_payload, payload, cycle, FILE);
            end
        end
        if (flush) $fflush(file);
    end
endmodule
