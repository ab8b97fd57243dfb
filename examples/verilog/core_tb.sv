// SPDX-License-Identifier: Apache-2.0
// Plays the vectors of `chronaxie vectors` into an exported core and compares every token; no Python is needed.
// Macros: CORE, the core's module; vectors.vh is found through the include path, the hex in the working directory.
`include "vectors.vh"
`timescale 1ns / 1ps
module core_tb;
  reg [`IMAGE_BITS-1:0] image[0:`IMAGE_COUNT-1];
  reg [`EVENTS_BITS-1:0] events[0:`EVENTS_COUNT-1];
  reg [`SPIKES_BITS-1:0] spikes[0:`SPIKES_COUNT-1];
  reg [`READOUTS_BITS-1:0] readouts[0:`READOUTS_COUNT-1];
  initial begin
    $readmemh("image.hex", image);
    $readmemh("events.hex", events);
    $readmemh("spikes.hex", spikes);
    $readmemh("readouts.hex", readouts);
  end
  reg clk = 0, rst = 1;
  always #5 clk = ~clk;
  initial #12 rst = 0;  // one rising edge in reset

  integer sent = 0, fed = 0, spiked = 0, read = 0, idle = 0;
  wire image_valid = !rst && sent < `IMAGE_COUNT, events_valid = !rst && fed < `EVENTS_COUNT;
  wire image_ready, events_ready, spike_valid, readout_valid;
  wire [`SPIKES_BITS-1:0] spike;
  wire [`READOUTS_BITS-1:0] readout;
  wire [7:0] status;
  wire [4:0] flags;
  `CORE core (
      .clk(clk), .rst(rst), .status(status), .flags(flags),
      .cycles(), .input_events(), .synaptic_operations(), .synapse_words(), .synapse_cycles(), .stalls(),
      .unknown_events(), .corrected_reads(), .failed_reads(), .queue_peak(), .lost_events(),
      .image__payload(image[sent]), .image__valid(image_valid), .image__ready(image_ready),
      .events__payload(events[fed]), .events__valid(events_valid), .events__ready(events_ready),
      .spikes__payload(spike), .spikes__valid(spike_valid), .spikes__ready(!rst),
      .readouts__payload(readout), .readouts__valid(readout_valid), .readouts__ready(!rst));

  always @(posedge clk) if (!rst) begin
    idle <= idle + 1;
    if (image_valid && image_ready) begin sent <= sent + 1; idle <= 0; end
    if (events_valid && events_ready) begin fed <= fed + 1; idle <= 0; end
    if (spike_valid) begin
      if (spiked == `SPIKES_COUNT || spike !== spikes[spiked]) $fatal(1, "spike token %0d: %h", spiked, spike);
      spiked <= spiked + 1; idle <= 0;
    end
    if (readout_valid) begin
      if (read == `READOUTS_COUNT || readout !== readouts[read]) $fatal(1, "read-out %0d: %h", read, readout);
      read <= read + 1; idle <= 0;
    end
    if (status >= 16) $fatal(1, "image refused: status %0d", status);
    if (flags !== 0 && sent == `IMAGE_COUNT) $fatal(1, "flags %b", flags);
    if (idle > 1000000) $fatal(1, "stuck: %0d spike tokens, %0d read-outs came", spiked, read);
    if (idle > 100 && spiked == `SPIKES_COUNT && read == `READOUTS_COUNT) begin
      $display("PASS: %0d spike tokens, %0d read-outs", spiked, read);
      $finish;
    end
  end
endmodule
