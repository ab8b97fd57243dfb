// SPDX-License-Identifier: Apache-2.0
// The loop around a Verilated harness.
//
// With PYTHON, cocotb is called only when the harness asks for it, by a change of its output `attention`, or when
// Python has asked for a time or a region of a time step. cocotb's own main calls the VPI several times in every time
// step, which costs more than a small design does.
//
// With CLOCKED, the loop drives the clock of the harness; else the harness makes it, by delays.
//
// Arguments: plusargs, then perhaps the file for a waveform. It starts when +waves_from=N phases are over.

#include <cstdint>
#include <memory>
#include <string>

#include "Vtop.h"
#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Waveform = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Waveform = VerilatedVcdC;
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

#if VM_TRACE
// The waveform of a run from a phase on. What comes before, the loading of an image, is mostly long and of no interest.
class Waves final {
    Waveform m_waveform;
    const char* m_path = nullptr;
    uint64_t m_left = 0;   // phases until it starts
    uint8_t m_seen = 0;    // `attention` changes when a phase is over

public:
    Waves(Vtop& top, VerilatedContext& context, int argc, char** argv) {
        if (argc < 2 || argv[argc - 1][0] == '+') return;
        m_path = argv[argc - 1];
        const std::string from = context.commandArgsPlusMatch("waves_from=");
        if (!from.empty()) m_left = std::stoull(from.substr(from.find('=') + 1));
        top.trace(&m_waveform, 99);
    }

    void dump(const Vtop& top, uint64_t time) {
        if (!m_path) return;
        if (top.attention != m_seen && m_left > 0) --m_left;
        m_seen = top.attention;
        if (m_left > 0) return;
        if (!m_waveform.isOpen()) m_waveform.open(m_path);
        m_waveform.dump(time);
    }

    void close() {
        if (m_waveform.isOpen()) m_waveform.close();
    }
};
#endif

int main(int argc, char** argv) {
    VerilatedContext& context = *Verilated::threadContextp();
    context.commandArgs(argc, argv);
    context.traceEverOn(true);
    const std::unique_ptr<Vtop> top{new Vtop{&context, ""}};
#if VM_TRACE
    Waves waves{*top, context, argc, argv};
    // A failed assertion ends the process: what led to it must be in the file.
    Verilated::addExitCb([](void* file) { static_cast<Waves*>(file)->close(); }, &waves);
#endif
    {
#if PYTHON
        Python python{*top};
#endif
#if CLOCKED
        top->clk = 0;
        top->eval();
#if VM_TRACE
        waves.dump(*top, context.time());
#endif
        while (!context.gotFinish()) {
            context.timeInc(1000);  // half a period, 1 ns in steps of 1 ps
            top->clk = !top->clk;
            top->eval();
#if VM_TRACE
            waves.dump(*top, context.time());
#endif
        }
#else
        while (!context.gotFinish()) {
            top->eval_step();
#if PYTHON
            const bool attentive = python.wanted();
            if (attentive) python.call();
#endif
            top->eval_end_step();
#if VM_TRACE
            waves.dump(*top, context.time());
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
#endif
    }
    top->final();
#if VM_TRACE
    waves.close();
#endif
#if VM_COVERAGE
    context.coveragep()->write("coverage.dat");
#endif
    return context.errorCount() > 0;
}
