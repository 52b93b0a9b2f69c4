"""Programs of others: what they are given, and how their answers are read."""

import sys
from pathlib import Path

import edfio
import numpy as np
import pytest

from bench.worth.program import Program, ProgramError, events, write_edf
from tests.bench.worth.traces import shown

RECORDING = shown(np.random.default_rng(0).normal(scale=20, size=(1, 5, 1330)).astype(np.float32))


def python(tmp_path: Path, code: str) -> Program:
    """Return a program of a few lines, which knows its two paths as `source` and `answer`."""
    script = tmp_path / "detect.py"
    script.write_text(f"import sys\nfrom pathlib import Path\nsource, answer = map(Path, sys.argv[1:])\n{code}\n")
    return Program(f"{sys.executable} {script} {{input}} {{output}}")


def test_a_program_is_given_edf_and_its_table_is_read(tmp_path: Path) -> None:
    """It answers with the size of the file that it was given, which shows that it read one."""
    code = "answer.write_text(f'onset_s,probability\\n2.5,{source.stat().st_size}\\n1.0,0.25\\n')"
    found = python(tmp_path, code).detect(RECORDING)
    write_edf(tmp_path / "same.edf", RECORDING)
    assert found.times_s.tolist() == [1.0, 2.5]
    assert found.scores.tolist() == [0.25, (tmp_path / "same.edf").stat().st_size]
    assert found.minutes == RECORDING.seconds / 60


def test_the_edf_holds_the_samples(tmp_path: Path) -> None:
    """To the resolution of 16 bits, filled up to whole seconds."""
    write_edf(tmp_path / "r.edf", RECORDING)
    read = edfio.read_edf(tmp_path / "r.edf")
    assert [signal.label for signal in read.signals] == list(RECORDING.labels)
    data = np.stack([signal.data for signal in read.signals])
    assert data.shape == (5, 11 * 128)
    assert np.abs(data[:, :1330] - RECORDING.samples).max() < 0.01


def test_json_lines_are_read_too(tmp_path: Path) -> None:
    """Without a score, each counts as 1."""
    (tmp_path / "a").write_text('{"onset_s": 3}\n\n{"onset_s": 1, "probability": 0.5}\n')
    times_s, scores = events(tmp_path / "a", 10.0, "theirs")
    assert (times_s.tolist(), scores.tolist()) == ([1, 3], [0.5, 1])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("time\n1\n", "no column onset_s"),
        ("onset_s\nsoon\n", "line 2 of its output has no number"),
        ("onset_s\n11\n", "an event at 11 s of 10 s"),
        ("onset_s,probability\n1,nan\n", "finite numbers"),
        ('{"onset_s": 1}\nnonsense\n', "line 2 of its output is no JSON object"),
    ],
)
def test_what_is_no_list_of_events_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """Naming the program and the line."""
    (tmp_path / "a").write_text(text)
    with pytest.raises(ProgramError, match=complaint) as problem:
        events(tmp_path / "a", 10.0, "theirs")
    assert str(problem.value).startswith("theirs: ")


@pytest.mark.parametrize(
    ("code", "complaint"),
    [("sys.exit('no licence')", "exit code 1: no licence"), ("pass", "wrote no file")],
)
def test_a_program_that_fails_or_is_silent_is_an_error(tmp_path: Path, code: str, complaint: str) -> None:
    """Its last line says why; no file is not the same as no event."""
    with pytest.raises(ProgramError, match=complaint):
        python(tmp_path, code).detect(RECORDING)


@pytest.mark.parametrize("command", ["detect {input}", "detect {output}", "detect '{input} {output}"])
def test_a_command_needs_both_places(command: str) -> None:
    """And quotes that close."""
    with pytest.raises(ProgramError, match="--program"):
        Program(command)


def test_a_program_that_is_not_there_is_named() -> None:
    """With what the system says of it."""
    with pytest.raises(ProgramError, match="no-such-program: No such file"):
        Program("no-such-program {input} {output}").detect(RECORDING)
