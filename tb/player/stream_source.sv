// SPDX-License-Identifier: Apache-2.0
// Plays tokens from a file into a stream: one a cycle, or after random idle. Holds valid and payload until accepted.
// A token is BYTES bytes, most significant first.
module stream_source #(
    parameter integer WIDTH = 8,
    parameter FILE = "source.bin"
) (
    input wire clk,
    input wire clear,              // forget what is left to play, and what is on offer
    input wire load,               // take over count and seed
    input wire [31:0] count,       // tokens of this phase; they come after what is left of the last one
    input wire [31:0] seed,        // of the random idle, not 0
    input wire run,
    input wire [15:0] idle,        // probability of an idle cycle in 1/65536
    output reg valid,
    output reg [WIDTH-1:0] payload,
    input wire ready,
    output reg [31:0] left         // tokens not offered yet
);
    localparam integer BYTES = (WIDTH + 7) / 8;
    integer file;
    reg [8*BYTES-1:0] token;
    reg [31:0] random;

    function automatic [31:0] shuffled(input [31:0] x);
        reg [31:0] a, b;
        a = x ^ (x << 13);
        b = a ^ (a >> 17);
        shuffled = b ^ (b << 5);
    endfunction

    initial begin
        file = $fopen(FILE, "rb");
        if (file == 0) $fatal(1, "bench: no token file %s", FILE);
        valid = 0;
        payload = 0;
        left = 0;
        random = 1;
    end

    always @(posedge clk) begin
        random <= load ? seed : shuffled(random);
        if (clear) begin
            if (left != 0) void'($fseek(file, BYTES * left, 1));
            left <= 0;
            valid <= 0;
        end else if (load) begin
            left <= left + count;
            if (ready) valid <= 0;
        end else if (!valid || ready) begin
            if (run && left != 0 && random[31:16] >= idle) begin
                if ($fread(token, file) != BYTES) $fatal(1, "bench: token file %s ends early", FILE);
                payload <= token[WIDTH-1:0];
                valid <= 1;
                left <= left - 1;
            end else begin
                // A payload without valid is noise: the design must not look at it.
                if (valid) payload <= ~payload;
                valid <= 0;
            end
        end
    end
endmodule
