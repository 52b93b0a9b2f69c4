"""One stream, one bed: what is claimed is refused to every other process of the run."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stream.acquire.claim import Claims
from stream.config.keys import Bed, Config, JournalFile
from tests.stream.acquire.fake_senders import SOURCE


def end(claims: Claims) -> None:
    """Free what was claimed, as the end of its process does."""
    for held in claims._held.values():
        held.close()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the configuration of a run of its own."""
    return Config(site="test", bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "j.db"))


@pytest.fixture
def first(config: Config) -> Iterator[Claims]:
    """Return the claims of one bed's process."""
    claims = Claims(config)
    yield claims
    end(claims)


def test_l7_a_stream_is_one_beds(first: Claims, config: Config) -> None:
    """Also after its sender was restarted, and until the first one lets it go."""
    assert first.claim(SOURCE) == ""
    assert first.claim(replace(SOURCE, uid="restarted")) == ""
    second = Claims(config)
    assert "is followed for another bed already" in second.claim(replace(SOURCE, uid="restarted"))
    assert second.claim(replace(SOURCE, source_id="its own")) == ""
    end(second)
    end(first)
    assert second.claim(SOURCE) == ""
    end(second)


def test_another_run_may_follow_the_same_stream(first: Claims, config: Config, tmp_path: Path) -> None:
    """Two programs that compare settings are two journals."""
    assert first.claim(SOURCE) == ""
    other = Claims(config.model_copy(update={"journal": JournalFile(path=tmp_path / "other.db")}))
    assert other.claim(SOURCE) == ""
    end(other)


def test_the_refusal_names_the_process_and_a_killed_one_frees_its_claim(config: Config) -> None:
    """The kernel frees it, so that no file is left behind."""
    words = (
        "import sys; from pathlib import Path; from stream.acquire.claim import Claims; "
        "from stream.config.keys import Bed, Config, JournalFile; "
        "from tests.stream.acquire.fake_senders import SOURCE; "
        "claims = Claims(Config(site='test', bed=[Bed(id='bed-1')], journal=JournalFile(path=Path(sys.argv[1])))); "
        "print(claims.claim(SOURCE), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", words, str(config.journal.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        mine = Claims(config)
        assert f"(by process {process.pid})" in mine.claim(SOURCE)
        process.kill()
        process.wait()
    assert mine.claim(SOURCE) == ""
    end(mine)
