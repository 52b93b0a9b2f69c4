"""A file cut into segments gives what one process finds in it, whatever was done before and by whom."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.tasks import ENGINES
from stream.archive import pieces
from stream.archive.pieces import Job, edges_of, survey
from stream.archive.running import Archive
from stream.config.keys import Infer
from stream.score import find
from tests.stream.patient import RATE_HZ, config_in, patient_eeg

SECONDS = 50.0
SEGMENT_S = 25.0


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 50 s of a patient, with a second in which nothing was recorded."""
    samples, labels = patient_eeg(SECONDS)
    samples = samples.copy()
    samples[:, 9000:9256] = np.nan
    path = tmp_path_factory.mktemp("archive") / "a.npz"
    np.savez(path, x=samples, fs=RATE_HZ, labels=np.array(labels), units=np.array(["uV"] * len(labels)))
    return path


def result(job: Job, file: Path, engine: str = "local") -> dict[str, Any]:
    """Score one file, and return its result."""
    archive = Archive(job, [file, file])
    archive.forget_problems()
    with ENGINES[engine]() as tasks:
        assert list(archive.run(tasks)) == [file]
    found: dict[str, Any] = json.loads(archive.results[file].read_text(encoding="utf-8"))
    return found


def as_json(value: object) -> object:
    """Return what a value is once it was written."""
    return json.loads(json.dumps(value))


def test_segments_give_the_events_of_one_process(recording: Path, tmp_path: Path) -> None:
    """Every field to the last bit, ids, sleep and clusters with them; hardly a hop is inferred twice."""
    config = config_in(tmp_path)
    wanted = find(config, recording, 512, "bed-1")
    found = result(Job(config, "bed-1", tmp_path / "parts", SEGMENT_S), recording)
    assert found["events"] == as_json(wanted.events)
    assert len(found["events"]) > 10
    assert len({event["cluster"] for event in found["events"]}) > 1
    assert found["segments"] == 2
    # Of some 350 hops; a window that differs in one bit spoils the twelve that it is part of.
    assert found["inferred_again"] <= 48
    assert [path.suffix for path in (tmp_path / "parts").iterdir()] == [".json"]


def test_segments_that_are_there_are_not_scored_again(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was killed goes on: the first segment is kept, the other is made, the result is whole."""
    job = Job(config_in(tmp_path), "bed-1", tmp_path / "parts", SEGMENT_S)
    job.folder.mkdir()
    seen = survey(job, recording)
    first, end = seen.segments[0]
    kept = job.folder / f"{job.key(recording)}-{first}-{end}.npz"
    pieces.score_segment(job, seen, first, end, kept)
    before = kept.stat().st_mtime_ns
    made: list[int] = []
    genuine = pieces.score_segment

    def counted(job: Job, seen: pieces.Survey, first: int, end: int, kept: Path) -> None:
        made.append(kept.stat().st_mtime_ns if kept.exists() else 0)
        genuine(job, seen, first, end, kept)

    monkeypatch.setattr(pieces, "score_segment", counted)
    found = result(job, recording)
    assert made == [before, 0]
    # All is there now: nothing is done any more.
    monkeypatch.delattr(pieces, "survey")
    assert result(job, recording) == found


def test_a_file_that_cannot_be_scored_is_named_and_tried_again(recording: Path, tmp_path: Path) -> None:
    """The line of the reader; once the file is there, it is scored."""
    job = Job(config_in(tmp_path), "bed-1", tmp_path / "parts")
    absent = tmp_path / "b.npz"
    assert "no such file" in result(job, absent)["problem"]
    absent.write_bytes(b"PK no archive")
    assert str(absent) in result(job, absent)["problem"]
    samples, labels = patient_eeg(SECONDS)
    np.savez(absent, x=samples[:, :2560], fs=RATE_HZ, labels=np.array(labels), units=np.array(["uV"] * len(labels)))
    assert result(job, absent)["problem"] == ""


def test_what_cannot_be_cut_is_one_piece(recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is carried along, and one whose stages are asked for."""
    config = config_in(tmp_path)
    assert len(survey(Job(config, "bed-1", tmp_path, SEGMENT_S), recording).segments) == 2
    carried = config.model_copy(update={"infer": Infer(detector="sc-stream-small", device="cpu")})
    assert survey(Job(carried, "bed-1", tmp_path, SEGMENT_S), recording).segments == []
    # No network of two tasks is shipped: let the present setting be the one that asks for its stages.
    monkeypatch.setattr(pieces, "BY_DETECTOR", config.infer.sleep)
    assert survey(Job(config, "bed-1", tmp_path, SEGMENT_S), recording).segments == []


@pytest.mark.parametrize(
    ("seconds", "segment_s", "edges_s"),
    [(70, 25, [0, 25, 45, 70]), (899, 600, [0, 899]), (901, 600, [0, 450, 901]), (3600, 600, range(0, 3601, 600))],
)
def test_segments_begin_on_the_grid(seconds: int, segment_s: float, edges_s: list[int]) -> None:
    """Multiples of 5 s; a recording that is hardly longer than a segment is not cut."""
    assert edges_of(seconds * 256, 256.0, segment_s) == tuple(second * 256 for second in edges_s)


def test_what_decides_the_results_names_them(recording: Path, tmp_path: Path) -> None:
    """Other settings give another name; other segments do not."""
    config = config_in(tmp_path)
    job = Job(config, "bed-1", tmp_path)
    assert job.key(recording) == Job(config, "bed-1", tmp_path, 30.0).key(recording)
    assert job.key(recording) != Job(config_in(tmp_path, threshold=0.5), "bed-1", tmp_path).key(recording)
