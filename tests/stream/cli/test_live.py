"""`spikewatch replay`: a recording over LSL, to its end or until an interrupt."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stream.cli import live
from tests.models.readers.written import write_streams, xdf_stream
from tests.stream.cli.command import ENTRY_POINT, ROOT, own_lsl_session, spikewatch


def test_a_replay_plays_to_its_end_and_an_interrupt_is_130(folder: Path) -> None:
    """JSON lines say when; Ctrl-C while playing leaves no traceback."""
    np.savez(folder / "short.npz", samples=np.zeros((2, 50), np.float32), rate_hz=100.0, labels=["Fp1", "F7"])
    played = spikewatch(folder, "replay", "short.npz", **own_lsl_session(folder))
    assert played.code == 0
    assert [line.get("done", False) for line in played.lines] == [False, True]

    # A thousand times half a second: it cannot have ended before the interrupt.
    command = [sys.executable, "-c", ENTRY_POINT, "replay", "short.npz", "--repeat", "1000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **own_lsl_session(folder)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, **pipes) as process:  # type: ignore[call-overload]
        assert "t0_lsl" in process.stdout.readline()
        # Once it plays: before, the interrupt would end the interpreter while it imports.
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err


@pytest.mark.parametrize("file", ["none.edf", "bad.edf"])
def test_a_recording_that_cannot_be_replayed_is_exit_code_3(folder: Path, file: str) -> None:
    """One line that names the file."""
    (folder / "bad.edf").write_bytes(b"not an EDF")
    ended = spikewatch(folder, "replay", file, **own_lsl_session(folder))
    assert ended.code == 3
    assert ended.err.startswith("spikewatch: ")
    assert file in ended.err
    assert ended.err.count("\n") == 1


def test_one_of_several_streams_of_a_file_is_named_by_an_option(folder: Path) -> None:
    """The refusal says by which; there is no configuration that could name it."""
    streams = [xdf_stream(number, "EEG", ["LA1", "LA2", f"L{word}3"], 250) for number, word in ((1, "A"), (2, "B"))]
    write_streams(folder / "two.xdf", *streams)
    refused = spikewatch(folder, "replay", "two.xdf", **own_lsl_session(folder))
    assert (refused.code, refused.err.count("\n")) == (3, 1)
    assert refused.err.rstrip().endswith("; name one with --stream")
    played = spikewatch(folder, "replay", "two.xdf", "--stream", "amp2", **own_lsl_session(folder))
    assert played.lines[0]["labels"][-1] == "LB3"
    assert played.code == 0


def test_what_a_reader_warns_of_while_it_plays_is_told_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """In one line that names the file, as what is known at the beginning."""
    file = tmp_path / "short.npz"
    np.savez(file, samples=np.zeros((2, 50), np.float32), rate_hz=100.0, labels=["Fp1", "F7"])
    monkeypatch.setattr("stream.replay.replay", lambda opened, _how: opened.warned.append("a clock was set"))
    live.replay(file)
    assert capsys.readouterr().err == f"{file}: a clock was set\n"
