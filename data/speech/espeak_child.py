# SPDX-License-Identifier: Apache-2.0
"""The program that speaks one utterance and ends: see ``data/speech/espeak.py``, which runs it.

Not to be imported. It takes text, voice, speed, pitch, intonation and seed as arguments and writes 16-bit samples,
little-endian, mono, to standard output. It loads nothing that it does not need, because it starts anew every time.
"""

import ctypes
import sys
from collections.abc import Sequence
from typing import Any

import espeakng_loader

_RATE = 22_050
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: samples are handed to the callback, nothing is played
_UTF8 = 1  # espeakCHARS_UTF8
_PARAMETERS = {"speed": 1, "pitch": 3, "intonation": 4}


def main(arguments: Sequence[str]) -> bytes:
    """The samples of the utterance that the arguments describe."""
    text, voice, speed, pitch, intonation, seed = arguments
    library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    if rate != _RATE:
        raise RuntimeError(f"espeak_Initialize gave {rate}, expected a rate of {_RATE}")
    pieces: list[bytes] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    def receive(samples: int | None, count: int, _events: int | None) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    library.espeak_SetSynthCallback(receive)
    library.espeak_ng_SetRandSeed(ctypes.c_long(int(seed)))
    status = library.espeak_SetVoiceByName(voice.encode())
    if status != 0:
        raise RuntimeError(f"no voice {voice!r}")
    for name, value in (("speed", speed), ("pitch", pitch), ("intonation", intonation)):
        library.espeak_SetParameter(_PARAMETERS[name], int(value), 0)
    spoken = text.encode()
    status = library.espeak_Synth(spoken, ctypes.c_size_t(len(spoken) + 1), 0, 0, 0, _UTF8, None, None)
    if status != 0 or library.espeak_Synchronize() != 0:
        raise RuntimeError(f"espeak_Synth gave {status}")
    return b"".join(pieces)


if __name__ == "__main__":
    sys.stdout.buffer.write(main(sys.argv[1:]))
