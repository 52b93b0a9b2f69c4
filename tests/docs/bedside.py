"""A folder with all that the pages' commands name: recordings, a journal with reviews, models, a corpus."""

import getpass
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import edfio
import numpy as np

from models.datasets import simulated
from models.simulate import Layout, simulate
from models.zoo import store
from stream.adapt.promotion import Promotion
from stream.config.load import load
from stream.logbook.journal import Journal
from stream.review.bed_review import BedReview, post
from tests.models.zoo.verifier_folder import save
from tests.stream.adapt.simulated_night import night
from tests.stream.cli.test_corpora import tuev
from tests.stream.cli.training_command import TINY
from tests.stream.review import three_foci

CONFIG: Final = """[[bed]]
id = "bed-1"
[[bed]]
id = "bed-2"
[bed.condition]
montage = "shaft"
[infer]
device = "cpu"
"""
RECORDINGS: Final = (
    "psg.edf", "recording.edf", "healthy/a.edf", "BACKGROUND/a.edf", "HELD_OUT/a.edf",
)  # fmt: skip
MODELS: Final = {
    "FOLDER": "sc-small", "adapted": "sc-small", "my-model": "sc-small", "runs/mine/model": "sc-small",
    "runs/sc-small/model": "sc-small", "runs/sc-depth-small/model": "sc-depth-small",
    "EARLIER": "sc-small",
}  # fmt: skip
VERIFIERS: Final = ("runs/first/model", "runs/second/model")
WINDOW_SETS: Final = ("earlier", "candidates")
SMALLER: Final = {
    "spikewatch calibrate": "--alarms-per-hour 3000",
    "spikewatch evaluate runs/": "--simulated 1 --seconds 12",
    "spikewatch data simulate": "--patients 2 --seconds 12",
    "spikewatch data hybrid": "--copies 1 --patients 1",
    "spikewatch train": " ".join(("--set epochs=1", *TINY)),
    # The journal of the simulated night.
    "spikewatch adapt": "--set journal.path=events.db --loss sasu",
}
"""What is added to a command, so that it takes a second and not a day; of an option given twice the last one holds."""
SECONDS: Final = 45.0
"""A hybrid set takes pieces of 40 s."""


def prepare(folder: Path) -> dict[str, str]:
    """Fill a folder with what is small; return what stands for the ids that a page leaves to its reader."""
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "etc" / "spikewatch").mkdir(parents=True)
    shutil.copy(folder / "config.toml", folder / "etc" / "spikewatch")
    for name, shipped in MODELS.items():
        shutil.copytree(store.ZOO / shipped, folder / name)
    for seed, name in enumerate(VERIFIERS):
        save(folder / name, seed)
    for seed, name in enumerate(WINDOW_SETS):
        simulated.write(folder / name, patients=1, seed=seed, seconds=10.0)
    tuev(folder / "tuh_eeg_events")
    journal = folder / "spikewatch.db"
    three_foci.fill(journal, hours=2.0, events=16, began=datetime.now(UTC) - timedelta(hours=3))
    three_foci.fill(journal, hours=2.0, events=4, began=datetime(2026, 11, 21, 23, tzinfo=UTC), bed="bed-2")
    config = load(folder / "config.toml", [f"journal.path={journal}"])
    Promotion(config, config.bed[0], "ann").promote(store.ZOO / "sc-stream-small")
    return _reviewed(journal)


def _reviewed(path: Path) -> dict[str, str]:
    journal = Journal(path)
    known = BedReview(journal, "bed-1", datetime(2000, 1, 1, tzinfo=UTC))
    event = journal.newest("bed-1", "ied", 1)[0]["id"]
    review = known.review(event, "accept", getpass.getuser())
    post(journal, review)
    journal.close()
    return {"EVENT_ID": event, "REVIEW_ID": review.id}


def record(folder: Path) -> None:
    """Write the recordings: a night with its journal, of the scalp, of a depth lead, and one with an expert's marks."""
    shutil.copy(night(folder).recording, folder / "a.edf")
    scalp = edf(folder / "scalp.edf", "scalp")
    for name in RECORDINGS:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(scalp, folder / name)
    (folder / "leads").mkdir()
    edf(folder / "leads" / "a.edf", "depth")
    (folder / "marked").mkdir()
    for path in (folder / "tuh_eeg_events" / "edf" / "eval").rglob("*_a_*"):
        shutil.copy(path, folder / "marked")


def edf(path: Path, layout: Layout) -> Path:
    """Write a simulated recording in EDF."""
    made = simulate(3, SECONDS, rate_hz=256.0, ied_rate_per_min=6.0, layout=layout)
    rows = np.clip(made.samples.astype(float), -3999, 3999)
    signals = [
        edfio.EdfSignal(row, made.rate_hz, label=label, physical_dimension="uV", physical_range=(-4000, 4000))
        for row, label in zip(rows, made.labels, strict=True)
    ]
    edfio.Edf(signals, data_record_duration=1).write(path)
    return path
