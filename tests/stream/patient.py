"""One simulated patient in one bed: what the tests of the stages run on."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from models.signal.montage import Group
from models.simulate import simulate
from stream.analysis import Analysis, analyse
from stream.config.keys import Acquire, Bed, Config, Infer, JournalFile
from stream.config.merge_keys import Merge
from stream.detect.binding import Binding
from stream.detect.models import Detectors
from stream.pipeline import Outcome, Pipeline
from stream.records import Chunk, Gap, Samples, Source

RATE_HZ = 256.0
GROUPS = (
    Group("left", ("A-B", "B-C", "C-D", "D-E", "A-E")),
    Group("right", ("F-G", "G-H", "", "", "F-H")),
)
"""Two groups of five rows, of which the second has two empty ones."""


@cache
def patient_eeg(seconds: float = 20.0, seed: int = 11) -> tuple[Samples, tuple[str, ...]]:
    """Return (channels, n) microvolts at RATE_HZ with many discharges, and the channels' labels."""
    made = simulate(seed, seconds, rate_hz=RATE_HZ, ied_rate_per_min=40.0, confounders=False)
    # Shared by all tests of a process.
    made.samples.setflags(write=False)
    return made.samples, made.labels


def source_of(labels: Sequence[str], unit: str = "uV") -> Source:
    """Declare a stream with these channels."""
    n = len(labels)
    return Source("amp", "EEG", "amp-1", "host", "u-1", RATE_HZ, "float32", tuple(labels), (unit,) * n, ("EEG",) * n)


def config_in(folder: Path, *, threshold: float = 0.3, unit: str = "auto") -> Config:
    """Configure one bed with a journal in `folder`; the threshold finds discharges with whatever model is shipped."""
    bed = Bed(id="bed-1", acquire=Acquire(unit=unit), merge=Merge(threshold=threshold))  # type: ignore[arg-type]
    return Config(site="test", bed=[bed], infer=Infer(device="cpu"), journal=JournalFile(path=folder / "journal.db"))


@cache
def shipped_detectors() -> Detectors:
    """Open the shipped models, once for all tests."""
    return Detectors(config_in(Path()))


def binding_of(config: Config, source: Source) -> Binding:
    """Bind the shipped models to a stream."""
    return Binding(config, config.bed[0], source, shipped_detectors())


def chunk_of(samples: Samples, first: int, end: int) -> Chunk:
    """Cut samples [first, end) as acquire would hand them on; time is counted from sample 0."""
    piece = samples[:, first:end]
    newest_s = (first + piece.shape[1] - 1) / RATE_HZ
    return Chunk(first, piece, np.isfinite(piece), arrival_s=newest_s, lsl_s=newest_s)


def run_stages(
    binding: Binding, pipeline: Pipeline, records: Iterable[Chunk | Gap], memory_s: float = 1e9
) -> list[Outcome]:
    """Run records through the stages, one hop a batch as `spikewatch score` does."""
    analysis = Analysis(pipeline, binding.detector.infer, memory_s=memory_s)
    return [pipeline.merge(scored.due.item, scored.scores) for scored in analyse(analysis, records)]
