# SPDX-License-Identifier: Apache-2.0
"""The corners of each block that benches should meet: full queues, wrap-around, empty masks, saturation, back-pressure
and end of sample in every state where they can be.

Expressions are in the names that the block has in Verilog. A corner is met when its expression holds at a clock edge.
"""

import re
from collections.abc import Callable, Mapping

from tb.coverage import fabric_corners
from tb.coverage.states import Corners, states

END = 2
"""``rtl.layouts.Kind.END``, which tests/tb/coverage/test_corners.py compares."""
TOTAL = "$signed(\\summed.total )"
VMAX = "$signed((1 << ($bits(\\summed.total ) - 3)) - 1)"
"""The largest potential: a state has two bits less than the sum."""


def _control(path: str, text: str) -> Corners:
    at = {name: f"fsm_state == {number}" for name, number in states(path).items()}
    end = f"events__valid && \\events__payload.kind  == {END}"
    running, all_ = ("WORDS", "NEURONS", "UPDATED"), [name for name in at if name != "DISARMED"]
    return {
        **{f"the delay unit takes nothing in {name}": f"{at[name]} && arrivals__valid && !arrivals__ready"
           for name in running},
        **{f"the host has nothing in {name}": f"{at[name]} && !events__valid" for name in all_},
        **{f"the host waits in {name}": f"{at[name]} && events__valid && !events__ready" for name in all_},
        **{f"END is offered in {name}": f"{at[name]} && {end}" for name in running},
        **{f"END is taken in {name}": f"{at[name]} && ends" for name in ("WORDS", "UPDATED")},
        "END goes before waiting spikes": "ends && level != 0",
        "an event of an axon that the image does not have": "unknown",
        "a token of no kind": "bad_token",
        "a spike waits behind another": "level > 1",
        "an image begins in WORDS": f"{at['WORDS']} && disarm",
    }  # fmt: skip


def _neurons(path: str, text: str) -> Corners:
    at = {name: f"fsm_state == {number}" for name, number in states(path).items()}
    held = "spikes__valid && !spikes__ready"
    return {
        "a spike is held in UPDATE": f"{at['UPDATE']} && {held}",
        "a spike is held in DRAIN": f"{at['DRAIN']} && {held} && spike",
        "EOS is held in DRAIN": f"{at['DRAIN']} && {held} && !spike",
        "END is held": f"{held} && phase__end",
        "a read-out is held in CLEAR": f"{at['CLEAR']} && readouts__valid && !readouts__ready",
        "the last neuron is the first": "last && neuron == 0 && fetch",
    }


def _update(path: str, text: str) -> Corners:
    now, out = "go && \\summed.valid ", "spike"
    return {
        "the potential saturates at the top": f"{now} && {TOTAL} > {VMAX}",
        "the potential stops at the floor": f"{now} && {TOTAL} < $signed(\\summed.parameter.floor )",
        "the potential is at the threshold exactly": "\\clamped.valid  && \\clamped.potential  == "
        "\\clamped.parameter.threshold ",
        "a spike with reset to zero": f"{out} && \\record.potential_after  == 0",
        "a spike that leaves the potential": f"{out} && \\record.potential_after  != 0",
        "the pipeline is held": "!go && busy",
    }  # fmt: skip


def _queue(path: str, text: str) -> Corners:
    found = re.search(r"reg \[\d+:0\] memory \[(\d+):0\]", text)
    last = int(found[1]) if found else 0
    if not last:  # of one entry, which has no address
        return {"the queue is full": "level == 1"}
    return {
        "the queue is full": f"level == {last + 1}",
        "the end of the queue wraps around": f"push && tail == {last}",
        "the beginning of the queue wraps around": f"pop && head == {last}",
        "in and out in one cycle": "push && pop",
        "out to the last": "pop && !push && level == 1",
    }


def _filter(path: str, text: str) -> Corners:
    return {
        "no level is left in the mask": "judged_leaves && !emits && !later",
        "the last level of the mask": "judged_leaves && emits && !\\due__payload.eos  && !later",
        "a row is held": "rows__valid && !rows__ready",
        "flushed with an event": "flush && valid",
    }


def _window(path: str, text: str) -> Corners:
    return {
        "the mask is empty": "judged_leaves && \\judged_entry.mask  == 0",
        "an event waits for a later window": "keep",
        "an event goes with its last window": "judged_leaves && !later",
        "a row is held": "rows__valid && !rows__ready",
        "flushed with an event": "flush && valid",
    }


def _unit(path: str, text: str) -> Corners:
    return {
        "an arrival is held": "arrivals__valid && !arrivals__ready",
        "the end of step is held": "rows__valid && \\rows__payload.eos  && !rows__ready",
        "a row is held": "rows__valid && !\\rows__payload.eos  && !rows__ready",
        "an end of step follows an end of step": "rows__valid && \\rows__payload.eos  && arrivals__valid && "
        "\\arrivals__payload.eos ",
        "flushed with rows": "flush && rows__valid",
    }  # fmt: skip


def _lossy(path: str, text: str) -> Corners:
    level = "poq_level" if "poq_level" in text else "level"
    return {
        **_unit(path, text),
        "the queue is at its capacity": f"{level} == limit",
        "an event finds no room": f"keep && !{'poq_push' if 'poq_push' in text else 'push'}",
    }


def _scdq1(path: str, text: str) -> Corners:
    return {**_lossy(path, text), "an event is from before the step wrapped around": "pop && now < \\data.birth "}


def _ring(path: str, text: str) -> Corners:
    return {**_unit(path, text), "the mask is empty": "looked_valid && !\\looked.eos  && \\entry.mask  == 0"}


def _bitmap(path: str, text: str) -> Corners:
    return {
        **_unit(path, text),
        "the mask is empty": "looked_leaves && !looked_eos && \\entry.mask  == 0",
        "the last bit of a history goes": "looked_leaves && !looked_eos && (\\entry.mask  >> 1) != 0 && after == 0",
        "more than one source to visit": "(pending & (pending - 1)) != 0",
    }


BLOCKS: Mapping[str, Callable[[str, str], Corners]] = {
    "rtl/core/control.py": _control,
    "rtl/core/neurons.py": _neurons,
    "rtl/core/update.py": _update,
    "rtl/delay/queue.py": _queue,
    "rtl/delay/pruning.py": _filter,
    "rtl/delay/window.py": _window,
    "rtl/delay/ring.py": _ring,
    "rtl/delay/bitmap.py": _bitmap,
    "rtl/delay/scdq.py": _lossy,
    "rtl/delay/scdq1.py": _scdq1,
    "rtl/delay/hybrid.py": _lossy,
    **fabric_corners.BLOCKS,
}
"""By source of a block, its corners, given its text in Verilog."""


def corners_of(source: str, text: str) -> Corners:
    """The corners of a block; none of one that has none."""
    return BLOCKS[source](source, text) if source in BLOCKS else {}
