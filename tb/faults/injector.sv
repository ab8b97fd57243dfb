// SPDX-License-Identifier: Apache-2.0
// Changes bits of a core's memories, by the script faults.txt: the number of stuck bits, a line for each (lane, address,
// bit, value), then a line for each flip (phase, step, moment, memory, address, bit) in order of time.
//
// Moment 0: a phase begins. 1: the end of step leaves the delay unit: it holds what it keeps over the end of step, and
// nothing of the next step was read. 2: the neurons of the step are updated, and nothing of the next step was added.
// Stuck bits get their value when the neurons of a step begin to read: then all weights of the step have been added.
// The last of them would still be on their way through registers, so with stuck bits the neurons wait for them.
module fault_injector;
    integer file, got, count;
    integer phase, left, updated;
    integer at_phase, at_step, moment, memory;
    reg [31:0] address, place;
    integer stuck [$];
    reg more, reading;
    integer waited;

    task automatic advance;
        got = $fscanf(file, "%d %d %d %d %d %d", at_phase, at_step, moment, memory, address, place);
        more = got == 6;
    endtask

    task automatic flip;
        case (memory)
            // FLIPS
            default: $fatal(1, "bench: no memory %0d", memory);
        endcase
    endtask

    task automatic flips(input integer step, input integer now);
        while (more && at_phase == phase && at_step == step && moment == now) begin
            flip;
            advance;
        end
    endtask

    task automatic stick(input integer lane, input [31:0] address, input [31:0] place, input value);
        case (lane)
            // STICKS
            default: $fatal(1, "bench: no lane %0d", lane);
        endcase
    endtask

    integer a, b, c, d;
    initial begin
        $assertoff;
        phase = -1;
        left = 0;
        updated = 0;
        reading = 0;
        waited = 0;
        file = $fopen("faults.txt", "r");
        if (file == 0) $fatal(1, "bench: cannot open faults.txt");
        got = $fscanf(file, "%d", count);
        for (int i = 0; i < count; i = i + 1) begin
            got = $fscanf(file, "%d %d %d %d", a, b, c, d);
            stuck.push_back(a);
            stuck.push_back(b);
            stuck.push_back(c);
            stuck.push_back(d);
        end
        advance;
    end

    wire leaves = harness.dut.synapses.rows__valid && harness.dut.synapses.rows__ready
        && harness.dut.synapses.rows__payload[0];

    always @(negedge harness.clk) begin
        if (harness.load) begin
            phase = phase + 1;
            left = 0;
            updated = 0;
            reading = 0;
            flips(0, 0);
        end
        if (leaves) begin
            flips(left, 1);
            left = left + 1;
        end
        if (waited == 0 && stuck.size() != 0 && harness.dut.synapses.phase__done) begin
            force harness.dut.synapses.phase__done = 0;
            waited = 1;
        end else if (waited > 0 && waited < 4) waited = waited + 1;
        else if (waited == 4) begin
            release harness.dut.synapses.phase__done;
            waited = 5;
        end else if (!harness.dut.synapses.phase__done) waited = 0;
        if (harness.dut.neurons.phase__done) begin
            flips(updated, 2);
            updated = updated + 1;
            reading = 0;
        end
        if (harness.dut.neurons.consume__en && !reading) begin
            reading = 1;
            for (int i = 0; i < stuck.size(); i = i + 4)
                stick(stuck[i], stuck[i + 1], stuck[i + 2], stuck[i + 3][0]);
        end
    end
endmodule

bind harness fault_injector injector();
