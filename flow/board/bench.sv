// SPDX-License-Identifier: Apache-2.0
// A board whose UART is driven by a UART of the host. Commands come as lines of text, "quiet count" and then count bytes
// in hexadecimal; the answer to each is a line with the bytes that came in the meantime. Between commands time stands still.
module bench(output wire attention);
  assign attention = 0;
  reg clk = 0, rst = 1;
  always #1 clk = ~clk;

  wire to_board, from_board, led_armed, led_busy, led_error;
  reg [7:0] next = 0;
  reg offered = 0;
  wire taken, strobe;
  wire [7:0] came;
  host_uart uart(.clk(clk), .rst(rst), .rx(from_board), .tx(to_board), .strobe(strobe), .\byte (came),
                 .line__payload(next), .line__valid(offered), .line__ready(taken));
  board chronaxie(.clk(clk), .rst(rst), .rx(to_board), .tx(from_board),
                  .led_armed(led_armed), .led_busy(led_busy), .led_error(led_error));

  localparam PAUSE = 600;  // cycles without a byte that end an answer that has begun
  integer in, out, quiet, count, value, idle, limit, cycle;
  reg [8*256-1:0] path;
  initial begin
    if (!$value$plusargs("in=%s", path)) $fatal(1, "bench: no +in");
    in = $fopen(path, "r");
    if (!$value$plusargs("out=%s", path)) $fatal(1, "bench: no +out");
    out = $fopen(path, "w");
    for (cycle = 0; cycle < 8; cycle = cycle + 1) @(negedge clk);
    rst = 0;
    while ($fscanf(in, "%d %d", quiet, count) == 2) begin
      idle = 0;
      limit = quiet;
      while (count > 0 || offered || idle < limit) begin
        if (offered && taken) offered = 0;
        else if (!offered && count > 0) begin
          if ($fscanf(in, "%h", value) != 1) $fatal(1, "bench: too few bytes");
          next = value[7:0];
          count = count - 1;
          offered = 1;
        end
        idle = offered ? 0 : idle + 1;
        if (strobe) begin
          $fwrite(out, "%02x", came);
          idle = 0;
          limit = PAUSE;
        end
        @(negedge clk);
      end
      $fwrite(out, " %0d%0d%0d\n", led_armed, led_busy, led_error);
      $fflush(out);
    end
    $finish;
  end
endmodule
