"""Senders as vendors make them, over LSL: their labels are understood and watched, or one line says what would help."""

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.errors import MontageError
from models.signal.caps import renamed
from models.signal.chains import SCALP_CHAINS
from models.signal.electrodes import electrode
from stream.config.keys import Config
from stream.logbook.samplelog import SampleLogReader
from stream.records import Source
from stream.score import score
from tests.stream.acquire.acquire_process import Acquiring
from tests.stream.eeg_file import save
from tests.stream.patient import binding_of, config_in, run_stages

RATE_HZ = 256.0
SECONDS = 20.0
Floats = NDArray[np.float64]
Eeg = dict[str, Floats]


def referential(eeg: Eeg) -> Eeg:
    """Label electrodes as Nihon Kohden's programs do."""
    return {f"EEG {name}-Ref": row for name, row in eeg.items()}


def numbered(eeg: Eeg) -> Eeg:
    """Send a cap of 32 electrodes by BioSemi's numbers; those that the 10-20 system has not are silent."""
    labels = [f"A{k}" for k in range(1, 33)]
    silent = np.zeros_like(eeg["Cz"])
    return {label: eeg.get(name, silent) for label, name in zip(labels, renamed(labels), strict=True)}


def bipolar(eeg: Eeg) -> Eeg:
    """Send the differences of neighbours, and no electrode."""
    chains = [strand.split() for strands in SCALP_CHAINS.values() for strand in strands]
    return {f"{plus}-{minus}": eeg[plus] - eeg[minus] for chain in chains for plus, minus in pairwise(chain)}


def half_cap(eeg: Eeg) -> Eeg:
    """Send numbers that are no cap's."""
    return {f"A{k}": row for k, row in enumerate(eeg.values(), 1)}


@pytest.fixture(scope="module")
def eeg(discharges: Path) -> Eeg:
    """Return the patient by electrode."""
    with np.load(discharges) as plain:
        return {electrode(str(label)): row for label, row in zip(plain["labels"], plain["x"], strict=True)}


@pytest.fixture(scope="module")
def plain(eeg: Eeg, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str, str]]:
    """Find the events of the plain electrodes."""
    folder = tmp_path_factory.mktemp("plain")
    samples = np.array(list(eeg.values()))[:, : round(SECONDS * RATE_HZ)]
    return brief(score(configured(folder), save(folder / "plain.npz", samples, RATE_HZ, tuple(eeg)), 512, "bed-1"))


def configured(folder: Path) -> Config:
    """Configure a bed that finds what is clear."""
    return config_in(folder, threshold=0.5)


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Start a session of LSL for this test alone."""
    with Acquiring(tmp_path) as acquiring:
        yield acquiring


def sent(ward: Acquiring, eeg: Eeg, seconds: float) -> tuple[Path, Source]:
    """Send channels over LSL until so much is in the sample log; return the file of them, and what they came as."""
    samples = np.array(list(eeg.values()))[:, : round(seconds * RATE_HZ)]
    file = save(ward.folder / "sent.npz", samples, RATE_HZ, tuple(eeg))
    ward.acquire()
    words = ["replay", str(file), "--name", "ward", "--source-id", "ward", "--wait", "60"]
    ward._start([sys.executable, "-m", "stream.cli", *words])
    ward.follow(lambda: ward.samples == samples.shape[1], within_s=90)
    return file, SampleLogReader.open(ward.ring).source


@pytest.mark.parametrize("style", [referential, numbered, bipolar])
def test_it_is_watched_as_its_file_is_scored(
    ward: Acquiring, eeg: Eeg, plain: list[tuple[int, str, str]], style: Callable[[Eeg], Eeg]
) -> None:
    """Peaks and places are those of the file, and of the plain electrodes."""
    file, source = sent(ward, style(eeg), SECONDS)
    config = configured(ward.folder)
    binding = binding_of(config, source)
    outcomes = run_stages(binding, binding.pipeline(), ward.records)
    live = [(one.sample, one.group, one.peak_channel) for outcome in outcomes for one in outcome.detections]
    assert len(live) >= 4
    assert live == brief(score(config, file, 512, "bed-1"))
    assert live == plain


def brief(events: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    """Return peaks and places of events."""
    return [(event["sample"], event["group"], event["peak_channel"]) for event in events]


def test_numbers_that_are_no_cap_are_refused_with_the_line_that_helps(ward: Acquiring, eeg: Eeg) -> None:
    """It names what came, and what would be understood."""
    _, source = sent(ward, half_cap(eeg), 2)
    binding = binding_of(config_in(ward.folder), source)
    line = 'among the channels A1, A2, .*; choose "shaft" for leads such as LA1 to LA6, or name groups of your own$'
    with pytest.raises(MontageError, match=line) as refused:
        binding.pipeline()
    assert "\n" not in str(refused.value)
