"""Another program as a detector: it is given a file and writes what it found into another.

The command is run once for each recording, without a shell; `{input}` and `{output}` in it become paths. The input is
an EDF file of the electrodes, in microvolts. The output is a CSV table with a header line and the column `onset_s` (s
from the beginning, of the peak if the program knows it), and if it likes `probability` (any number that grows with how
sure it is); or lines of JSON with those keys. No line after the header means no event; no file is an error.
"""

import csv
import json
import math
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import edfio
import numpy as np
from numpy.typing import NDArray

from bench.worth.contract import Scored, Shown, ranked_thresholds
from models.errors import ModelsError

REMEDY: Final = "write a CSV table with the columns onset_s[,probability], or a line of JSON with these keys each"
LONGEST_S: Final = 600.0
"""A program that takes longer for one recording is stopped."""


class ProgramError(ModelsError):
    """A program that cannot be run, or whose answer cannot be read."""


class Program:
    """A command with `{input}` and `{output}` in it.

    Raises
    ------
    ProgramError
        if one of the two is missing
    """

    def __init__(self, command: str) -> None:
        try:
            self._words = shlex.split(command)
        except ValueError as problem:
            raise ProgramError(f"--program {command!r}: {problem}; write it as for a shell") from None
        for place in ("{input}", "{output}"):
            if not any(place in word for word in self._words):
                raise ProgramError(f"--program {command!r}: has no {place}; say where the file's name goes")
        # In "python my.py {input} {output}" the second word says more, but a name need only tell programs apart.
        self.name = command.replace("{input}", "").replace("{output}", "").strip()
        self.about: dict[str, Any] = {"command": command}

    def detect(self, shown: Shown) -> Scored:
        """Run the program on a recording.

        Raises
        ------
        ProgramError
            if it fails, takes too long, or writes what is no list of events
        """
        with tempfile.TemporaryDirectory() as folder:
            source, answer = Path(folder) / "recording.edf", Path(folder) / "events"
            write_edf(source, shown)
            self._run(source, answer)
            if not answer.is_file():
                raise ProgramError(f"{self.name}: wrote no file {{output}}; write an empty table if there is no event")
            times_s, scores = events(answer, shown.seconds, self.name)
        return Scored(times_s, scores, 0.0, shown.seconds, shown.seconds / 60)

    def thresholds(self, found: Sequence[Scored]) -> tuple[float, ...]:
        """Return thresholds by what it found where there is nothing to find."""
        return ranked_thresholds(found)

    def _run(self, source: Path, answer: Path) -> None:
        words = [word.replace("{input}", str(source)).replace("{output}", str(answer)) for word in self._words]
        try:
            ended = subprocess.run(words, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        except OSError as problem:
            raise ProgramError(f"{words[0]}: {problem.strerror}; name a program that can be run") from None
        except subprocess.TimeoutExpired:
            raise ProgramError(f"{self.name}: took longer than {LONGEST_S:g} s for one recording") from None
        if ended.returncode:
            last = (ended.stderr.strip().splitlines() or ["it wrote nothing to stderr"])[-1]
            raise ProgramError(f"{self.name}: ended with exit code {ended.returncode}: {last}")


def write_edf(path: Path, shown: Shown) -> None:
    """Write a recording as EDF, filled up to whole seconds with its last sample; holes, which EDF has not, become 0."""
    samples = np.nan_to_num(shown.samples.astype(np.float64))
    record = round(shown.rate_hz)
    fill = -samples.shape[1] % record
    samples = np.pad(samples, ((0, 0), (0, fill)), mode="edge")
    signals = [_signal(row, shown.rate_hz, label) for row, label in zip(samples, shown.labels, strict=True)]
    edfio.Edf(signals, data_record_duration=record / shown.rate_hz).write(path)


def _signal(row: NDArray[np.float64], rate_hz: float, label: str) -> edfio.EdfSignal:
    # Whole numbers have eight characters of the header each: a limit of ten million takes all of them.
    limit = min(float(np.ceil(np.abs(row).max())) + 1, 9_999_999.0)
    clipped = np.clip(row, -limit, limit)
    return edfio.EdfSignal(clipped, rate_hz, label=label, physical_dimension="uV", physical_range=(-limit, limit))


def events(path: Path, seconds: float, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read what a program wrote: times (n,) in s, and scores (n,), 1 where it gives none.

    Raises
    ------
    ProgramError
        that names the program, the line and the remedy
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ProgramError(f"{name}: its output is no UTF-8 text; {REMEDY}") from None
    read = _json_lines(text, name) if text.lstrip().startswith("{") else _table(text, name)
    pairs = [_event(number, fields, seconds, name) for number, fields in read]
    found = np.array(sorted(pairs), np.float64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _json_lines(text: str, name: str) -> list[tuple[int, dict[str, Any]]]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError:
            fields = ()
        if not isinstance(fields, dict):
            raise ProgramError(f"{name}: line {number} of its output is no JSON object; {REMEDY}")
        found.append((number, fields))
    return found


def _table(text: str, name: str) -> list[tuple[int, dict[str, Any]]]:
    lines = csv.DictReader(text.splitlines(), skipinitialspace=True)
    if "onset_s" not in (lines.fieldnames or ()):
        raise ProgramError(f"{name}: its output has no column onset_s; {REMEDY}")
    return [(lines.line_num, fields) for fields in lines]


def _event(number: int, fields: dict[str, Any], seconds: float, name: str) -> tuple[float, float]:
    try:
        onset_s, score = float(fields["onset_s"]), float(fields.get("probability", 1.0))
    except (KeyError, TypeError, ValueError):
        raise ProgramError(f"{name}: line {number} of its output has no number where one belongs; {REMEDY}") from None
    # Written so that NaN is refused as well.
    if not (0 <= onset_s <= seconds and math.isfinite(score)):
        raise ProgramError(
            f"{name}: line {number} of its output has an event at {onset_s:g} s of {seconds:g} s, probability "
            f"{score:g}; give seconds from the beginning, and finite numbers"
        )
    return onset_s, score
