# SPDX-License-Identifier: Apache-2.0
"""From recordings to hardware: trains a small network in a minute or two, then plays a test set in the RTL.

``python -m examples.train_small`` splits ``data/synthetic_test.h5`` by speaker into recordings for training and for the
test, trains what ``examples/train_small.toml`` says, and compares the resulting image, in the core, with the golden
model. So few recordings are good for trying things out only; ``chronaxie train`` is for real training sets.
"""

import argparse
from pathlib import Path

import numpy as np

from data.shd.reader import Recordings, write
from model.batch import GoldenBatch
from model.encoding import encode, to_events
from model.image.image import Image
from support.paths import BUILD, ROOT
from tb.core.bench import CoreBench
from tb.core.scoreboard import mismatches, pick
from train.loop.run import train

HERE = Path(__file__).parent
EVERY = 4
"""Each fourth speaker is for the test."""


def split(path: Path, folder: Path) -> tuple[Path, Path]:
    """Files of the recordings by three speakers out of four, for training, and by the fourth ones, for the test."""
    recordings = Recordings.open(path)
    held_out = np.isin(recordings.speakers, np.unique(recordings.speakers)[EVERY - 1 :: EVERY])
    files = folder / "train.h5", folder / "test.h5"
    for file, chosen in zip(files, (~held_out, held_out), strict=True):
        part = recordings.select(np.flatnonzero(chosen))
        write(file, list(part), labels=part.labels, speakers=part.speakers, keys=part.keys, times="float16")
    return files


def in_rtl(image: Image, path: Path, unit: str, samples: int) -> tuple[float, int]:
    """Accuracy of the RTL on the first recordings of a file, and how many values differ from the golden model's."""
    network = image.network()
    assert network.encoding is not None  # training says how its input was encoded
    recordings = Recordings.open(path).take(samples)
    rasters = np.stack([encode(times, units, network.encoding) for times, units in recordings])
    golden = GoldenBatch(network).run(rasters)
    right = different = 0
    played = CoreBench(image.config(unit)).play(image, [to_events(raster) for raster in rasters])
    for number, outcome in enumerate(played):
        different += len(list(mismatches(number, pick(golden, number), outcome.result)))
        name = network.labels[int(outcome.result.predicted)]
        right += name == recordings.keys[recordings.labels[number]]
    return right / samples, different


def main(arguments: list[str] | None = None) -> int:
    """Train, export, play, compare; 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=HERE / "train_small.toml")
    parser.add_argument("--folder", type=Path, default=BUILD / "examples", help="for the recordings and the run")
    parser.add_argument("--samples", type=int, default=50, help="recordings that the core plays, at most 50")
    options = parser.parse_args(arguments)
    _, test = split(ROOT / "data" / "synthetic_test.h5", options.folder)
    run = train(options.config, run_folder=options.folder / "run", resume=False)
    accuracy, different = in_rtl(Image.load(run / "network.chx"), test, "bitmap", options.samples)
    print(f"{options.samples} recordings in the RTL: {accuracy:.1%} right, {different} differences to the golden model")
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
