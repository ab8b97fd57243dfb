// SPDX-License-Identifier: Apache-2.0
// Block RAM and multiplier of an ECP5 as Yosys instantiates them (brams_map_16kd.v, dsp_map_18x18.v), for simulation; its
// own cell library has them as black boxes. Written from Lattice FPGA-TN-02204 (memory) and FPGA-TN-02205 (sysDSP).
// What no netlist has is not here: asynchronous reset, chip selects, cascades, a reset of output registers.
module DP16KD(
  input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
  input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
  input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
  output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
  input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
  input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
  input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
  output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
  parameter DATA_WIDTH_A = 18;
  parameter DATA_WIDTH_B = 18;
  parameter REGMODE_A = "NOREG";
  parameter REGMODE_B = "NOREG";
  parameter RESETMODE = "SYNC";
  parameter ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_A = "0b000";
  parameter CSDECODE_B = "0b000";
  parameter WRITEMODE_A = "NORMAL";
  parameter WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA";
  parameter CLKBMUX = "CLKB";
  parameter GSR = "AUTO";
  parameter [319:0] INITVAL_00 = 0;
  parameter [319:0] INITVAL_01 = 0;
  parameter [319:0] INITVAL_02 = 0;
  parameter [319:0] INITVAL_03 = 0;
  parameter [319:0] INITVAL_04 = 0;
  parameter [319:0] INITVAL_05 = 0;
  parameter [319:0] INITVAL_06 = 0;
  parameter [319:0] INITVAL_07 = 0;
  parameter [319:0] INITVAL_08 = 0;
  parameter [319:0] INITVAL_09 = 0;
  parameter [319:0] INITVAL_0A = 0;
  parameter [319:0] INITVAL_0B = 0;
  parameter [319:0] INITVAL_0C = 0;
  parameter [319:0] INITVAL_0D = 0;
  parameter [319:0] INITVAL_0E = 0;
  parameter [319:0] INITVAL_0F = 0;
  parameter [319:0] INITVAL_10 = 0;
  parameter [319:0] INITVAL_11 = 0;
  parameter [319:0] INITVAL_12 = 0;
  parameter [319:0] INITVAL_13 = 0;
  parameter [319:0] INITVAL_14 = 0;
  parameter [319:0] INITVAL_15 = 0;
  parameter [319:0] INITVAL_16 = 0;
  parameter [319:0] INITVAL_17 = 0;
  parameter [319:0] INITVAL_18 = 0;
  parameter [319:0] INITVAL_19 = 0;
  parameter [319:0] INITVAL_1A = 0;
  parameter [319:0] INITVAL_1B = 0;
  parameter [319:0] INITVAL_1C = 0;
  parameter [319:0] INITVAL_1D = 0;
  parameter [319:0] INITVAL_1E = 0;
  parameter [319:0] INITVAL_1F = 0;
  parameter [319:0] INITVAL_20 = 0;
  parameter [319:0] INITVAL_21 = 0;
  parameter [319:0] INITVAL_22 = 0;
  parameter [319:0] INITVAL_23 = 0;
  parameter [319:0] INITVAL_24 = 0;
  parameter [319:0] INITVAL_25 = 0;
  parameter [319:0] INITVAL_26 = 0;
  parameter [319:0] INITVAL_27 = 0;
  parameter [319:0] INITVAL_28 = 0;
  parameter [319:0] INITVAL_29 = 0;
  parameter [319:0] INITVAL_2A = 0;
  parameter [319:0] INITVAL_2B = 0;
  parameter [319:0] INITVAL_2C = 0;
  parameter [319:0] INITVAL_2D = 0;
  parameter [319:0] INITVAL_2E = 0;
  parameter [319:0] INITVAL_2F = 0;
  parameter [319:0] INITVAL_30 = 0;
  parameter [319:0] INITVAL_31 = 0;
  parameter [319:0] INITVAL_32 = 0;
  parameter [319:0] INITVAL_33 = 0;
  parameter [319:0] INITVAL_34 = 0;
  parameter [319:0] INITVAL_35 = 0;
  parameter [319:0] INITVAL_36 = 0;
  parameter [319:0] INITVAL_37 = 0;
  parameter [319:0] INITVAL_38 = 0;
  parameter [319:0] INITVAL_39 = 0;
  parameter [319:0] INITVAL_3A = 0;
  parameter [319:0] INITVAL_3B = 0;
  parameter [319:0] INITVAL_3C = 0;
  parameter [319:0] INITVAL_3D = 0;
  parameter [319:0] INITVAL_3E = 0;
  parameter [319:0] INITVAL_3F = 0;

  // With RESETMODE "ASYNC", which Yosys gives a memory without a reset, the reset must stay low.
  initial if (DATA_WIDTH_B == 36 && REGMODE_A != REGMODE_B) $fatal(1, "DP16KD: half of a port has output registers");
  always @(RSTA or RSTB)
    if (RESETMODE != "SYNC" && (RSTA || RSTB)) $fatal(1, "DP16KD: an asynchronous reset, which this model does not have");

  // 2048 bytes with a parity bit each.
  reg [8:0] mem[0:2047];
  function [319:0] slice(input [5:0] index);
    case (index)
      6'h00: slice = INITVAL_00;
      6'h01: slice = INITVAL_01;
      6'h02: slice = INITVAL_02;
      6'h03: slice = INITVAL_03;
      6'h04: slice = INITVAL_04;
      6'h05: slice = INITVAL_05;
      6'h06: slice = INITVAL_06;
      6'h07: slice = INITVAL_07;
      6'h08: slice = INITVAL_08;
      6'h09: slice = INITVAL_09;
      6'h0A: slice = INITVAL_0A;
      6'h0B: slice = INITVAL_0B;
      6'h0C: slice = INITVAL_0C;
      6'h0D: slice = INITVAL_0D;
      6'h0E: slice = INITVAL_0E;
      6'h0F: slice = INITVAL_0F;
      6'h10: slice = INITVAL_10;
      6'h11: slice = INITVAL_11;
      6'h12: slice = INITVAL_12;
      6'h13: slice = INITVAL_13;
      6'h14: slice = INITVAL_14;
      6'h15: slice = INITVAL_15;
      6'h16: slice = INITVAL_16;
      6'h17: slice = INITVAL_17;
      6'h18: slice = INITVAL_18;
      6'h19: slice = INITVAL_19;
      6'h1A: slice = INITVAL_1A;
      6'h1B: slice = INITVAL_1B;
      6'h1C: slice = INITVAL_1C;
      6'h1D: slice = INITVAL_1D;
      6'h1E: slice = INITVAL_1E;
      6'h1F: slice = INITVAL_1F;
      6'h20: slice = INITVAL_20;
      6'h21: slice = INITVAL_21;
      6'h22: slice = INITVAL_22;
      6'h23: slice = INITVAL_23;
      6'h24: slice = INITVAL_24;
      6'h25: slice = INITVAL_25;
      6'h26: slice = INITVAL_26;
      6'h27: slice = INITVAL_27;
      6'h28: slice = INITVAL_28;
      6'h29: slice = INITVAL_29;
      6'h2A: slice = INITVAL_2A;
      6'h2B: slice = INITVAL_2B;
      6'h2C: slice = INITVAL_2C;
      6'h2D: slice = INITVAL_2D;
      6'h2E: slice = INITVAL_2E;
      6'h2F: slice = INITVAL_2F;
      6'h30: slice = INITVAL_30;
      6'h31: slice = INITVAL_31;
      6'h32: slice = INITVAL_32;
      6'h33: slice = INITVAL_33;
      6'h34: slice = INITVAL_34;
      6'h35: slice = INITVAL_35;
      6'h36: slice = INITVAL_36;
      6'h37: slice = INITVAL_37;
      6'h38: slice = INITVAL_38;
      6'h39: slice = INITVAL_39;
      6'h3A: slice = INITVAL_3A;
      6'h3B: slice = INITVAL_3B;
      6'h3C: slice = INITVAL_3C;
      6'h3D: slice = INITVAL_3D;
      6'h3E: slice = INITVAL_3E;
      6'h3F: slice = INITVAL_3F;
    endcase
  endfunction
  integer i;
  reg [319:0] row;
  initial for (i = 0; i < 2048; i = i + 1) begin
    row = slice(i[10:5]);
    mem[i] = row[20 * ((i % 32) / 2) + 9 * (i % 2) +: 9];
  end

  wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0}, adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0}, dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};
  wire clka = CLKAMUX == "INV" ? ~CLKA : CLKA, clkb = CLKBMUX == "INV" ? ~CLKB : CLKB;

  // What lies at an address; the lowest bits of the result.
  function [35:0] look(input integer width, input [13:0] at);
    case (width)
      1: look = {35'b0, mem[at[13:3]][at[2:0]]};
      2: look = {34'b0, mem[at[13:3]][{at[2:1], 1'b0} +: 2]};
      4: look = {32'b0, mem[at[13:3]][{at[2], 2'b0} +: 4]};
      9: look = {27'b0, mem[at[13:3]]};
      18: look = {18'b0, mem[{at[13:4], 1'b1}], mem[{at[13:4], 1'b0}]};
      default: look = {mem[{at[13:5], 2'd3}], mem[{at[13:5], 2'd2}], mem[{at[13:5], 2'd1}], mem[{at[13:5], 2'd0}]};
    endcase
  endfunction

  // The two widest forms have their byte enables in the lowest bits of the address.
  task put(input integer width, input [13:0] at, input [35:0] data);
    integer part;
    case (width)
      1: mem[at[13:3]][at[2:0]] <= data[0];
      2: mem[at[13:3]][{at[2:1], 1'b0} +: 2] <= data[1:0];
      4: mem[at[13:3]][{at[2], 2'b0} +: 4] <= data[3:0];
      9: mem[at[13:3]] <= data[8:0];
      18: for (part = 0; part < 2; part = part + 1) if (at[part]) mem[{at[13:4], part[0]}] <= data[9 * part +: 9];
      default:
        for (part = 0; part < 4; part = part + 1) if (at[part]) mem[{at[13:5], part[1:0]}] <= data[9 * part +: 9];
    endcase
  endtask

  reg [35:0] qa = 0, qb = 0;
  always @(posedge clka) if (CEA) begin
    if (WEA) put(DATA_WIDTH_A, ada, {dib, dia});
    if (RSTA) qa <= 0;
    else if (!WEA || WRITEMODE_A == "READBEFOREWRITE") qa <= look(DATA_WIDTH_A, ada);
    else if (WRITEMODE_A == "WRITETHROUGH") qa <= {dib, dia};
  end
  always @(posedge clkb) if (CEB) begin
    if (WEB) put(DATA_WIDTH_B, adb, {dia, dib});
    if (RSTB) qb <= 0;
    else if (!WEB || WRITEMODE_B == "READBEFOREWRITE") qb <= look(DATA_WIDTH_B, adb);
    else if (WRITEMODE_B == "WRITETHROUGH") qb <= {dia, dib};
  end
  // Output registers: they follow in each cycle with OCE, whatever CE is. A port of 36 bits has those of side B.
  reg [35:0] ra = 0, rb = 0;
  always @(posedge clka) if (OCEA) ra <= qa;
  always @(posedge clkb) if (OCEB) rb <= qb;
  always @(posedge clka) if (REGMODE_A != "NOREG" && RSTA) $fatal(1, "DP16KD: a reset of an output register");
  always @(posedge clkb) if (REGMODE_B != "NOREG" && RSTB) $fatal(1, "DP16KD: a reset of an output register");
  wire [35:0] outa = REGMODE_A == "NOREG" ? qa : ra, outb = REGMODE_B == "NOREG" ? qb : rb;
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = DATA_WIDTH_B == 36 ? outb[17:0] : outa[17:0];
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? outb[35:18] : outb[17:0];
endmodule

module MULT18X18D(
  input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
  input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
  input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
  input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
  output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
  wire signed [18:0] a = {SIGNEDA & A17, A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0}, b = {SIGNEDB & B17, B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  wire signed [37:0] product = a * b;
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = product[35:0];
endmodule
