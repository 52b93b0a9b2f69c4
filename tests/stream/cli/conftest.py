"""A folder to run commands in, and trainings small enough for a test."""

import sys
from pathlib import Path

import pytest

from stream.cli import __main__ as cli
from tests.stream.cli.command import Ended, spikewatch
from tests.stream.cli.training_command import TINY, Refused, Train

# Two beds, so that "the first" and "all" are different answers.
CONFIG = '[[bed]]\nid = "bed-1"\n[[bed]]\nid = "bed-2"\n[journal]\npath = "events.db"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with a config.toml of two beds."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a prepared window set."""
    # torch: most tests of the command line need none.
    from tests.models.training.small_training import easy_set

    return easy_set(tmp_path_factory.mktemp("windows") / "set").folder


@pytest.fixture(scope="module")
def run(data: Path) -> tuple[Path, Ended]:
    """Train two epochs; return the run's folder and how the command ended."""
    ended = spikewatch(data.parent, "train", "set", "--out", "run", "--set", "epochs=2", *TINY)
    return data.parent / "run", ended


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Train:
    """Return a function that trains in this process; it returns exit code, stdout and stderr."""

    def call(*words: str, folder: Path = tmp_path) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["spikewatch", "train", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture
def refused(train: Train) -> Refused:
    """Return a function that trains, but must be refused: it returns exit code and the one line."""

    def call(*words: str, folder: Path | None = None) -> tuple[int, str]:
        code, out, err = train(*words, folder=folder) if folder else train(*words)
        [line] = [line for line in err.splitlines() if line.startswith("spikewatch: ")]
        assert out == ""
        return code, line

    return call
