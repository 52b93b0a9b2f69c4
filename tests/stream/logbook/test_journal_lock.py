"""One owner per journal: told by its process, freed by its death, whatever name leads to the file."""

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.errors import RecordError
from stream.logbook.journal_lock import JournalLock

HOLDER = """
import sys
from pathlib import Path
from stream.logbook.journal_lock import JournalLock
held = JournalLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(journal_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Start another process that holds the journal."""
    command = [sys.executable, "-c", HOLDER, str(journal_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_owner_is_told_of_the_first(holder: "subprocess.Popen[str]", journal_path: Path) -> None:
    """In one line with its process and the remedy, under any name of the file."""
    alias = journal_path.with_name("alias.db")
    alias.symlink_to(journal_path)
    wanted = rf"journal {re.escape(str(journal_path))}: in use by process {holder.pid} on \S+; stop it, or name another"
    for path in (journal_path, alias, journal_path.parent / "." / journal_path.name):
        with pytest.raises(RecordError, match=wanted):
            JournalLock(path)


def test_a_kill_frees_the_journal(holder: "subprocess.Popen[str]", journal_path: Path) -> None:
    """The file that a killed owner leaves stops nobody."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    lock = JournalLock(journal_path)
    assert journal_path.with_name(f"{journal_path.name}.lock").read_text().split()[0] == str(os.getpid())
    lock.release()


def test_release_lets_the_next_one_in(journal_path: Path) -> None:
    """Within one process as well; another journal has another lock."""
    first = JournalLock(journal_path)
    JournalLock(journal_path.with_name("other.db")).release()
    with pytest.raises(RecordError, match=f"in use by process {os.getpid()} "):
        JournalLock(journal_path)
    first.release()
    JournalLock(journal_path).release()


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    """As for the journal itself."""
    with pytest.raises(RecordError, match=r"No such file or directory; set journal.path to a file that can be written"):
        JournalLock(tmp_path / "gone" / "journal.db")


def test_a_file_system_without_locks_is_told(journal_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a network share answers; SQLite needs them, too."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(
        RecordError, match=r"cannot lock it \(No locks available\), .*; set journal\.path to a file on a disk"
    ):
        JournalLock(journal_path)
