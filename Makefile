# Everything from a fresh clone: python3 (3.11 or later), g++, make and perl are enough.
# `make help` lists the targets. The first target that is run makes the virtual environment by itself.

PYTHON ?= python3
VENV   ?= .venv
BUILD  := build

# What `make sim` runs.
UNIT    ?=
OPTION  ?=
IMAGE   ?= tables/synthetic_48_48_20.chx
DATA    ?= data/synthetic_test.h5
SAMPLES ?=
SAMPLE  ?=
JOBS    ?=
SEED    ?=
CORES   ?=
WAVES   ?=
TRACE   ?=

# What `make area` builds: placements of each design (for `make paper`: runs of each network), lanes (default: those of
# IMAGE), check bits of the image memories (none, parity, secded; several to compare; `make sim` and `make verilog` take one).
SEEDS   ?=
LANES   ?=
PROTECTION ?=

# Prefix of the modules that `make verilog` writes; AXI=1: a fabric with AXI ports.
NAME    ?=
AXI     ?=

# Which board `make fpga` is for and how its host reaches it, its clock in MHz; `make board`: GATES=1, or PORT=/dev/ttyUSB0.
BOARD   ?= ulx3s-85f
LINK    ?=
CLOCK   ?=
GATES   ?=
PORT    ?=

# What `make delay-report` compares besides: images (default: all in tables/), a library of standard cells.
NETWORKS ?=
LIBERTY  ?=
QUICK    ?=

# What `make accuracy` trains with three seeds: a configuration in train/configs. Those in _w4 and _cb4 start from runs of the others.
NETWORK ?= hd_t5_22kb
UNROUNDED = $(patsubst %_cb4,%,$(NETWORK:%_w4=%))
# What they learn from, the run of seed 0, is trained before.
TEACHER  = $(shell sed -n 's|^runs = \["runs/\(.*\)-s0"\]$$|\1|p' $(call quoted,train/configs/$(UNROUNDED).toml))
TRAINED  = $(filter-out $(NETWORK),$(UNROUNDED)) $(NETWORK)

# What `make sweep` runs, and where: the address of a Dask scheduler (default: this machine).
SPEC      ?= examples/sweeps/quick.toml
SCHEDULER ?=

# How often `make bench` measures.
REPEATS ?=

# What `make test` runs besides: arguments for pytest, as in `make test ARGS="tests/flow -x"`.
ARGS ?=

# One argument for the shell, whatever is in it; an option with its value, unless that is empty.
quoted     = '$(subst ','\'',$(1))'
option     = $(if $(2),$(1) $(call quoted,$(2)))

BIN        = $(VENV)/bin
CHRONAXIE  = $(call quoted,$(BIN)/chronaxie)
INPYTHON   = $(call quoted,$(BIN)/python)
CHOSEN     = $(call option,--unit,$(UNIT)) $(call option,--option,$(OPTION)) $(call option,--image,$(IMAGE))
SELECT     = $(CHOSEN) $(call option,--protection,$(PROTECTION))
PLAY       = $(SELECT) $(call option,--data,$(DATA)) $(call option,--samples,$(SAMPLES)) $(call option,--jobs,$(JOBS)) \
             $(call option,--seed,$(SEED)) $(call option,--cores,$(CORES)) $(if $(filter-out 0,$(WAVES)),--waves) $(if $(filter-out 0,$(TRACE)),--trace)

.PHONY: help
help:
	@echo "make sim      play recordings through the core in RTL and check it against the golden model"
	@echo "              UNIT=NAME OPTION=NAME=N IMAGE=FILE DATA=FILE SAMPLES=N|all JOBS=N SEED=N CORES=N WAVES=1 TRACE=1"
	@echo "              PROTECTION=parity|secded: check bits on the image memories of every core"
	@echo "make golden   the golden model alone: accuracy of an image (IMAGE, DATA, SAMPLES)"
	@echo "make test     every test (ARGS: for pytest);  make test-fast: without those that take longest"
	@echo "make lint     ruff and mypy"
	@echo "make area     flip-flops, LUTs, block RAM, DSP, Fmax on ECP5 and memory bits (UNIT, IMAGE, LANES=N, JOBS=N,"
	@echo "              SEEDS=N: so many placements of each; PROTECTION=\"none parity secded\": cores with check bits beside each other;"
	@echo "              LIBERTY=FILE: area in standard cells too; kept in build/area, a run that was stopped goes on)"
	@echo "make energy   energy of an inference by block and by phase, in build/reports/energy.json (LIBERTY=FILE; ENERGY_IMAGE, DATA, SAMPLES, UNIT)"
	@echo "make delay-report  the delay units compared: memory, cycles, area, energy; page in build/reports/delay/"
	@echo "              LIBERTY=FILE: standard cells; DATA=FILE SAMPLES=N|all JOBS=N QUICK=1; NETWORKS=\"FILES\""
	@echo "make formal   proofs of the RTL with SymbiYosys and z3;  make formal-mutants: broken variants that they reject"
	@echo "make mutation how many faults in each delay unit its bench finds (UNIT, SAMPLE=N|all mutants a unit, SEED, JOBS)"
	@echo "make coverage branches, toggles and corners of the RTL that its benches reach, against the floor (ARGS: of other tests); long"
	@echo "make accuracy  train a network with three seeds, and what they get of the whole test set (NETWORK=hd_t5_22kb); long"
	@echo "make paper    the tables of arXiv 2404.10597 for this hardware: trains its networks, plays them on 1 core and on 3 (LIBERTY,"
	@echo "              SAMPLES, JOBS, SEEDS=1: the first seed alone; QUICK=1: that, 20 recordings, no synthesis); needs build/hd; long"
	@echo "make yinyang  train the networks of the Yin-Yang table with DelGrad, five seeds each, and measure them (QUICK=1, JOBS=N)"
	@echo "make frozen-noise  mixed-signal networks that tell two patterns of noise apart, with 4 bits and on 100 devices (QUICK=1)"
	@echo "make faults   accuracy over the rate of faults in memories and events, a sample of it in RTL (NETWORKS=\"FILES\", DATA, SAMPLES,"
	@echo "              SEED, QUICK=1: minutes)"
	@echo "make sweep    simulations, cost models, builds and trainings as tasks, resumable (SPEC=FILE.toml SCHEDULER=tcp://HOST:8786 JOBS=N)"
	@echo "make calibration  reference models with published figures on build/hd: is it as hard as the official set? long"
	@echo "make report   one page for a browser: what the other targets measured, and one recording to look at, spike by spike"
	@echo "              (IMAGE, DATA, SAMPLE=N: the recording, UNIT, CORES=N); build/reports/index.html"
	@echo "make docs     the documents as a site in build/site, with a guide and a reference"
	@echo "make bench    benchmarks, several times each (REPEATS=N): ratios into build/bench/COMMIT.json, compared with the last run"
	@echo "make bench-mapping  networks of 10^5 to 10^7 synapses onto many cores: time, memory, traffic; long"
	@echo "make fpga     a bitstream for an FPGA board (BOARD=NAME|FILE, IMAGE: also a bundle, UNIT, LINK=uart|fifo, CLOCK=MHZ)"
	@echo "make board    recordings through that board in simulation (IMAGE, DATA, SAMPLES, UNIT, GATES=1: after synthesis); PORT: a real one"
	@echo "make verilog  plain Verilog into build/rtl/ (UNIT, IMAGE: also a bundle, NAME: a prefix of all modules, AXI=1)"
	@echo "make base     the environment for sim, golden, area and verilog;  make all: for tests and training too"
	@echo "make clean    remove what was built;  make distclean: the environment too"

# Always run: it looks for itself whether there is anything to do, in a few hundredths of a second.
.PHONY: base all
base all:
	@$(PYTHON) -I flow/bootstrap.py --venv $(call quoted,$(VENV)) $@

.PHONY: sim golden
sim: base
	@$(CHRONAXIE) sim $(PLAY) --json $(BUILD)/reports/sim.json

golden: base
	@$(CHRONAXIE) golden $(call option,--image,$(IMAGE)) $(call option,--data,$(DATA)) $(call option,--samples,$(SAMPLES)) \
	    --json $(BUILD)/reports/golden.json

.PHONY: area verilog
area: base
	@$(CHRONAXIE) area $(CHOSEN) $(foreach kind,$(PROTECTION),--protection $(call quoted,$(kind))) $(call option,--seeds,$(SEEDS)) $(call option,--lanes,$(LANES)) \
	    $(call option,--liberty,$(LIBERTY)) $(call option,--jobs,$(JOBS)) --json $(BUILD)/reports/area.json

verilog: base
	@$(CHRONAXIE) verilog $(SELECT) $(call option,--name,$(NAME)) $(if $(filter-out 0,$(AXI)),--axi) --output $(BUILD)/rtl

# The network of 4 bits, unless ENERGY_IMAGE says another.
ENERGY_IMAGE ?=
.PHONY: energy
energy: base
	@$(CHRONAXIE) energy $(call option,--image,$(ENERGY_IMAGE)) $(call option,--unit,$(UNIT)) $(call option,--option,$(OPTION)) \
	    $(call option,--data,$(DATA)) $(call option,--samples,$(SAMPLES)) $(call option,--liberty,$(LIBERTY)) \
	    --json $(BUILD)/reports/energy.json

.PHONY: fpga board
fpga: base
	@$(CHRONAXIE) fpga --board $(call quoted,$(BOARD)) $(CHOSEN) $(call option,--link,$(LINK)) $(call option,--clock,$(CLOCK)) \
	    --json $(BUILD)/reports/fpga.json

board: $(if $(PORT),all,base)
	@$(CHRONAXIE) host $(if $(PORT),--port $(call quoted,$(PORT)),--simulate) $(if $(filter-out 0,$(GATES)),--gates) \
	    $(call option,--unit,$(UNIT)) $(call option,--image,$(IMAGE)) $(call option,--data,$(DATA)) \
	    $(call option,--samples,$(SAMPLES)) --json $(BUILD)/reports/board.json

# Long parts are kept in build/delay: a run that was stopped goes on.
.PHONY: delay-report
delay-report: all
	@$(CHRONAXIE) delay-report $(foreach network,$(NETWORKS),$(call quoted,$(network))) $(call option,--data,$(DATA)) \
	    $(call option,--samples,$(SAMPLES)) $(call option,--liberty,$(LIBERTY)) $(call option,--jobs,$(JOBS)) \
	    $(if $(filter-out 0,$(QUICK)),--quick)

# Where Python is told to keep no compiled modules, as in many containers, hundreds of processes would compile them all.
.PHONY: test test-fast lint format
test test-fast coverage: export PYTHONDONTWRITEBYTECODE :=
# Stealing: at the end no processor waits for the other's longest module.
test: all
	@$(INPYTHON) -m pytest -n auto --dist worksteal $(ARGS)

# Without the functions that take longest (tests/durations.py): for the loop while editing.
test-fast: all
	@$(INPYTHON) -m pytest -n auto --dist worksteal --fast $(ARGS)

lint: all
	@$(call quoted,$(BIN)/ruff) check
	@$(call quoted,$(BIN)/ruff) format --check
	@$(call quoted,$(BIN)/mypy)

format: all
	@$(call quoted,$(BIN)/ruff) check --fix
	@$(call quoted,$(BIN)/ruff) format

.PHONY: formal formal-mutants
formal: all
	@$(CHRONAXIE) formal

formal-mutants: all
	@$(CHRONAXIE) formal --mutants

.PHONY: mutation
mutation: base
	@$(CHRONAXIE) mutation $(call option,--unit,$(UNIT)) $(call option,--sample,$(SAMPLE)) $(call option,--seed,$(SEED)) \
	    $(call option,--jobs,$(JOBS))

# The benches of the RTL, built to count (ARGS: other tests). Long: every simulator is built anew the first time; a run
# that was stopped goes on.
COUNTED = $(or $(ARGS),tests/rtl tests/tb/core tests/tb/delay tests/tb/fabric tests/tb/faults tests/flow/host/test_host.py)
.PHONY: coverage
coverage: all
	@$(INPYTHON) -m pytest -n $(or $(JOBS),auto) --dist loadfile --timeout=7200 --coverage=$(BUILD)/coverage $(COUNTED)
	@$(CHRONAXIE) coverage $(BUILD)/coverage

# Long; runs that are done are taken as they are, one that was stopped goes on.
.PHONY: accuracy calibration yinyang frozen-noise
accuracy: all
	@for teacher in $(foreach teacher,$(TEACHER),$(call quoted,$(teacher))); do $(CHRONAXIE) train "train/configs/$$teacher.toml" --seed 0 || exit; done
	@for network in $(foreach network,$(TRAINED),$(call quoted,$(network))); do for seed in 0 1 2; do \
	    $(CHRONAXIE) train "train/configs/$$network.toml" --seed $$seed || exit; done; done
	@$(CHRONAXIE) results $(foreach seed,0 1 2,$(call quoted,runs/$(NETWORK)-s$(seed)))

calibration: all
	@$(INPYTHON) -m benchmarks.calibration

# Long; runs that are done are taken as they are, one that was stopped goes on, in training and in hardware.
PAPER       = hd_48_48_20 hd_32_32_20 hd_24_24_20 hd_48_48_20_axonal hd_48_48_20_w4
PAPER_SEEDS = $(if $(filter-out 0,$(QUICK)),0,$(wordlist 1,$(or $(SEEDS),3),0 1 2))
.PHONY: paper
paper: all
	@$(CHRONAXIE) train train/configs/hd_5x56_56_20.toml --seed 0
	@for network in $(PAPER); do for seed in $(PAPER_SEEDS); do \
	    $(CHRONAXIE) train "train/configs/$$network.toml" --seed $$seed || exit; done; done
	@$(CHRONAXIE) paper $(call option,--samples,$(SAMPLES)) $(call option,--seeds,$(SEEDS)) $(call option,--liberty,$(LIBERTY)) \
	    $(call option,--jobs,$(JOBS)) $(if $(filter-out 0,$(QUICK)),--quick)

# Parts are kept in build/faults: a run that was stopped goes on.
.PHONY: faults
faults: all
	@$(CHRONAXIE) faults $(foreach network,$(NETWORKS),$(call quoted,$(network))) $(call option,--data,$(DATA)) \
	    $(call option,--samples,$(SAMPLES)) $(call option,--seed,$(SEED)) $(if $(filter-out 0,$(QUICK)),--quick) \
	    --plot $(BUILD)/reports/faults.png --json $(BUILD)/reports/faults.json

yinyang: all
	@$(CHRONAXIE) yinyang $(call option,--jobs,$(JOBS)) $(if $(filter-out 0,$(QUICK)),--quick) \
	    --json $(BUILD)/reports/yinyang.json

frozen-noise: all
	@$(CHRONAXIE) frozen-noise $(if $(filter-out 0,$(QUICK)),--quick) --json $(BUILD)/reports/frozen_noise.json

# Results are kept in build/sweeps: a sweep that was stopped goes on.
.PHONY: sweep
sweep: all
	@$(CHRONAXIE) sweep $(call quoted,$(SPEC)) $(call option,--scheduler,$(SCHEDULER)) $(call option,--jobs,$(JOBS)) \
	    --json $(BUILD)/reports/sweep.json

# Shows what the other targets have written to build/reports, and one recording.
.PHONY: report
report: all
	@$(CHRONAXIE) report $(call option,--image,$(IMAGE)) $(call option,--data,$(DATA)) $(call option,--unit,$(UNIT)) \
	    $(call option,--sample,$(SAMPLE)) $(call option,--cores,$(CORES))

# Strict: a link that leads nowhere is an error.
.PHONY: docs
docs: all
	@NO_MKDOCS_2_WARNING=1 $(call quoted,$(BIN)/mkdocs) build
	@echo "site: $(BUILD)/site/index.html"

.PHONY: bench
bench: all
	@$(INPYTHON) -m benchmarks.run $(call option,--repeats,$(REPEATS))

# Long: an hour on two cores.
.PHONY: bench-mapping
bench-mapping: all
	@$(INPYTHON) -m benchmarks.mapping

.PHONY: clean distclean
clean:
	rm -rf $(BUILD) .pytest_cache .mypy_cache .ruff_cache

distclean: clean
	rm -rf $(call quoted,$(VENV)) chronaxie.egg-info
