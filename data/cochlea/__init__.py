# SPDX-License-Identifier: Apache-2.0
"""The cochlea of the Spiking Heidelberg Digits: sound to spikes of 700 bushy cells.

Stages, one module each, plainly and in double precision: ``audio`` (level and ramps), ``membrane`` (basilar membrane),
``hair`` (hair cells), ``nerve`` (auditory nerve fibres), ``bushy`` (bushy cells). ``padded`` (the membrane) and
``cells`` (the three last stages) do the same in single precision and much faster; ``chain`` puts them together.
All but ``audio`` need scipy and numba (``pip install -e .[synth]``); importing this package needs neither.

The chain is that of Cramer et al., arXiv 1910.07407. ``docs/data.md`` has the equations.
"""

# Compiled kernels are cached with these values in them: whoever changes one removes data/cochlea/__pycache__.

AUDIO_RATE = 48_000
"""Samples per second of the sound that goes in."""
STAGE_RATE = 24_000
"""Samples per second of every stage after the basilar membrane."""
FIBRES = 40
"""Nerve fibres per place on the membrane."""
DEAD_SAMPLES = 24
"""Refractory time of a nerve fibre and of a bushy cell, in samples at STAGE_RATE from the spike on: 1 ms."""
