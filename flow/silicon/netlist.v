// SPDX-License-Identifier: Apache-2.0
// What a netlist with clock gates has besides gates (flow/silicon/gates.py), for simulation: memories and adders.

// A memory as flow/silicon/cells.py describes it to Yosys; addresses count bits. A read of what is written gives the old word.
module \$__MEMORY #(parameter WIDTH = 1) (
  input PORT_R_CLK, PORT_R_RD_EN, input [19:0] PORT_R_ADDR, output reg [WIDTH-1:0] PORT_R_RD_DATA,
  input PORT_W_CLK, PORT_W_WR_EN, input [19:0] PORT_W_ADDR, input [WIDTH-1:0] PORT_W_WR_DATA
);
  reg [WIDTH-1:0] words[0:(1 << 20) / WIDTH - 1];
  always @(posedge PORT_R_CLK) if (PORT_R_RD_EN) PORT_R_RD_DATA <= words[PORT_R_ADDR >> $clog2(WIDTH)];
  always @(posedge PORT_W_CLK) if (PORT_W_WR_EN) words[PORT_W_ADDR >> $clog2(WIDTH)] <= PORT_W_WR_DATA;
endmodule

// Yosys' adder: A + B + CI, or with BI A + ~B + CI; X is the sum without carries, CO the carry out of each bit.
module \$alu #(parameter A_SIGNED = 0, B_SIGNED = 0, A_WIDTH = 1, B_WIDTH = 1, Y_WIDTH = 1) (
  input [A_WIDTH-1:0] A, input [B_WIDTH-1:0] B, input CI, BI, output [Y_WIDTH-1:0] X, Y, CO
);
  wire [Y_WIDTH-1:0] a, given;
  generate
    if (A_SIGNED && B_SIGNED) begin : extended
      assign a = $signed(A);
      assign given = $signed(B);
    end else begin : extended
      assign a = A;
      assign given = B;
    end
  endgenerate
  wire [Y_WIDTH-1:0] b = BI ? ~given : given;
  assign X = a ^ b;
  assign Y = a + b + CI;
  assign CO = (a & b) | (X & ~Y);
endmodule
