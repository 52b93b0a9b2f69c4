"""A sample log that several tests write to."""

from pathlib import Path

import pytest

from stream.logbook.samplelog import SampleLogWriter
from tests.stream.logbook.ramps import SOURCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a place for a ring."""
    return tmp_path / "bed.ring"


@pytest.fixture
def log(path: Path) -> SampleLogWriter:
    """Begin a recording whose ring holds 50 samples."""
    return SampleLogWriter.create(path, SOURCE, capacity_s=0.5)
