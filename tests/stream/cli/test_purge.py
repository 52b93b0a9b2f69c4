"""`spikewatch purge`: how old, of which bed, and whether at all."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.cli import __main__ as cli
from stream.logbook.journal import Journal
from tests.stream.logbook.journals import message

PurgeCommand = Callable[..., tuple[int, str, str]]


@pytest.fixture
def purge(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> PurgeCommand:
    """Return a function that purges in this process; it returns exit code, stdout and stderr."""
    monkeypatch.chdir(folder)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spikewatch", "purge", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture
def journal(folder: Path) -> Path:
    """Put an old event of each bed into the journal."""
    journal = Journal(folder / "events.db")
    journal.post("bed-1", [message(1)])
    journal.post("bed-2", [message(2)])
    journal.close()
    return folder / "events.db"


def events(path: Path) -> list[int]:
    """Count each bed's events that are left."""
    journal = Journal(path)
    left = [len(journal.newest(bed, "ied", 10)) for bed in ("bed-1", "bed-2")]
    journal.close()
    return left


def test_a_dry_run_counts_and_a_purge_deletes(purge: PurgeCommand, journal: Path) -> None:
    """Of the bed that is named."""
    code, out, err = purge("--before", "1h", "--bed", "bed-2", "--dry-run", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["messages"] == 1
    assert events(journal) == [1, 1]
    code, out, err = purge("--before", "1h", "--bed", "bed-2")
    assert (code, err) == (0, "deleted\n")
    assert events(journal) == [1, 0]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "--before is missing"),
        (("--before", "yesterday"), "--before yesterday: neither an age"),
        (("--before", "2126-01-01"), "--before 2126-01-01: lies in the future"),
        (("--before", "1h", "--bed", "bed-9"), "--bed bed-9: no such bed"),
    ],
)
@pytest.mark.usefixtures("journal")
def test_what_cannot_be_meant_is_one_line(purge: PurgeCommand, words: tuple[str, ...], line: str) -> None:
    """With the option's name, and nothing is deleted."""
    code, out, err = purge(*words)
    assert (code, out) == (2, "")
    assert line in err


def test_without_a_journal_there_is_nothing_to_purge_and_none_is_made(purge: PurgeCommand, folder: Path) -> None:
    """A wrong path must not look like an empty journal."""
    code, _, err = purge("--before", "1h")
    assert code == 3
    assert "there is no such file" in err
    assert not (folder / "events.db").exists()
