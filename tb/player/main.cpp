// SPDX-License-Identifier: Apache-2.0
// The loop around a Verilated harness.
//
// With PYTHON, cocotb is called only when the harness asks for it, by a change of its output `attention`, or when
// Python has asked for a time or a region of a time step. cocotb's own main calls the VPI several times in every time
// step, which costs more than a small design does.
//
// Arguments: plusargs, then perhaps the file for a waveform.

#include <cstdint>
#include <memory>

#include "Vtop.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_vcd_c.h"
#endif
#if VM_COVERAGE
#include "verilated_cov.h"
#endif

#if PYTHON
#include "verilated_vpi.h"

extern "C" void vlog_startup_routines_bootstrap(void);

static bool settle_values() {
    const bool called = VerilatedVpi::callValueCbs();
    while (VerilatedVpi::callValueCbs()) {}
    return called;
}

static const uint64_t NEVER = ~uint64_t{0};

// Python may only write in its callbacks; writes and regions asked for there are served in the steps right after.
static const int ATTENTIVE_STEPS = 4;

class Python final {
    Vtop& m_top;
    int m_attentive = ATTENTIVE_STEPS;
    uint8_t m_seen = 0;

public:
    explicit Python(Vtop& top)
        : m_top(top) {
        Verilated::fatalOnVpiError(false);
        vlog_startup_routines_bootstrap();
        VerilatedVpi::callCbs(cbStartOfSimulation);
        settle_values();
    }

    bool wanted() {
        if (m_top.attention != m_seen || VerilatedVpi::cbNextDeadline() != NEVER
            || VerilatedVpi::hasCbs(cbReadWriteSynch) || VerilatedVpi::hasCbs(cbReadOnlySynch)
            || VerilatedVpi::hasCbs(cbNextSimTime)) {
            m_seen = m_top.attention;
            m_attentive = ATTENTIVE_STEPS;
        }
        return m_attentive > 0;
    }

    // The regions of a time step in the order of IEEE 1800-2017 4.4, after the first evaluation of the design.
    void call() {
        --m_attentive;
        VerilatedVpi::clearEvalNeeded();
        VerilatedVpi::doInertialPuts();
        settle_values();
        bool again = VerilatedVpi::evalNeeded();
        do {
            while (again) {
                m_top.eval_step();
                VerilatedVpi::clearEvalNeeded();
                VerilatedVpi::doInertialPuts();
                settle_values();
                again = VerilatedVpi::evalNeeded();
            }
            VerilatedVpi::callCbs(cbReadWriteSynch);
            VerilatedVpi::doInertialPuts();
            settle_values();
            again = VerilatedVpi::evalNeeded();
        } while (again);
        VerilatedVpi::callCbs(cbReadOnlySynch);
    }

    uint64_t deadline() { return VerilatedVpi::cbNextDeadline(); }

    // The start of a time step, before the design is evaluated.
    void start_step() {
        VerilatedVpi::callCbs(cbNextSimTime);
        settle_values();
        VerilatedVpi::callTimedCbs();
        settle_values();
    }

    ~Python() { VerilatedVpi::callCbs(cbEndOfSimulation); }
};
#endif

int main(int argc, char** argv) {
    VerilatedContext& context = *Verilated::threadContextp();
    context.commandArgs(argc, argv);
    context.traceEverOn(true);
    const std::unique_ptr<Vtop> top{new Vtop{&context, ""}};
#if VM_TRACE
    VerilatedVcdC waves;
    if (argc > 1 && argv[argc - 1][0] != '+') {
        top->trace(&waves, 99);
        waves.open(argv[argc - 1]);
    }
    // A failed assertion ends the process: what led to it must be in the file.
    Verilated::addExitCb([](void* file) { static_cast<VerilatedVcdC*>(file)->close(); }, &waves);
#endif
    {
#if PYTHON
        Python python{*top};
#endif
        while (!context.gotFinish()) {
            top->eval_step();
#if PYTHON
            const bool attentive = python.wanted();
            if (attentive) python.call();
#endif
            top->eval_end_step();
#if VM_TRACE
            if (waves.isOpen()) waves.dump(context.time());
#endif
            uint64_t next = top->eventsPending() ? top->nextTimeSlot() : ~uint64_t{0};
#if PYTHON
            if (attentive && python.deadline() < next) next = python.deadline();
#endif
            if (next == ~uint64_t{0}) break;
            context.time(next);
#if PYTHON
            if (attentive) python.start_step();
#endif
        }
    }
    top->final();
#if VM_TRACE
    if (waves.isOpen()) waves.close();
#endif
#if VM_COVERAGE
    context.coveragep()->write("coverage.dat");
#endif
    return context.errorCount() > 0;
}
