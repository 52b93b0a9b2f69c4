"""The detector's process: what it does between rounds."""

import gc
import os
from pathlib import Path

import pytest

from stream.config.keys import Bed, Config, Infer, JournalFile
from stream.detect import process as detect
from stream.detect.rounds import Rounds


def test_reports_go_on_while_a_backlog_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds may follow each other without end; the parent, which ends a detector that says nothing, still hears."""
    rounds: list[int] = []
    reports: list[int] = []

    def report(_rounds: Rounds) -> None:
        reports.append(len(rounds))
        if len(reports) == 3:
            raise SystemExit

    def busy_round(_rounds: Rounds) -> bool:
        rounds.append(1)
        return True

    # A report is due behind every round, so each round must have its own.
    monkeypatch.setattr(detect, "TICK_S", 0.0)
    # It would set torch's threads for all tests that follow in this process.
    monkeypatch.setattr(detect, "tune_process", lambda: None)
    monkeypatch.setattr(Rounds, "round", busy_round)
    monkeypatch.setattr(Rounds, "report", report)
    config = Config(
        bed=[Bed(id="a")], infer=Infer(device="cpu", sleep="off"), journal=JournalFile(path=tmp_path / "journal.db")
    )
    fds = {name: os.eventfd(0) for name in ("wake_fd", "commit_fd", "report_fd")}
    with pytest.raises(SystemExit):
        detect.run({"config": config.model_dump(mode="json"), **fds})
    # The detector froze whatever the tests had made so far; it could never be collected.
    gc.unfreeze()
    for fd in fds.values():
        os.close(fd)
    assert reports == [1, 2, 3]
