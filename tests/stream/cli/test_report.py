"""`spikewatch report`: a file, or one clear line."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.cli import __main__ as cli
from tests.stream.review import three_foci

Report = Callable[..., tuple[int, str]]


@pytest.fixture
def report(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Report:
    """Return a function that reports in this process; it returns exit code and stderr."""
    monkeypatch.chdir(folder)
    three_foci.fill(folder / "events.db", hours=2.0, events=16)

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["spikewatch", "report", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return call


def test_a_report_is_written_and_never_over_another(report: Report, folder: Path) -> None:
    """The first bed where none is named; the command that made it stands on it."""
    code, err = report("--out", "night.html", "--until", "2026-01-01T01:00:00+00:00")
    assert (code, err) == (0, "night.html: 8 events, 1.0 h analysed, 3 foci\n")
    text = (folder / "night.html").read_text(encoding="utf-8")
    assert "spikewatch report --out night.html --until 2026-01-01T01:00:00+00:00" in text
    code, err = report("--out", "night.html")
    assert (code, err) == (2, "spikewatch: --out night.html: is there already; name another file, or delete it\n")
    assert (folder / "night.html").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("--bed", "bed-9"), 2, "--bed bed-9: no such bed; there are bed-1, bed-2"),
        (("--bed", "bed-2"), 3, "bed bed-2: nothing was recorded in that period; it has no recording in events.db"),
        (("--until", "2025-12-31"), 3, "its recordings begin at 2026-01-01 00:00 UTC"),
        (("--since", "1d", "--until", "2d"), 2, "--until 2d: not after --since 1d; name a later time"),
        (("--out", "no/folder.html"), 2, "--out no/folder.html: No such file or directory; name a file that can be"),
    ],
)
def test_what_cannot_be_reported_is_one_line(
    report: Report, folder: Path, words: tuple[str, ...], code: int, line: str
) -> None:
    """And no file is left behind."""
    out = () if "--out" in words else ("--out", "night.html")
    ended, err = report(*out, *words)
    assert (ended, err.count("\n")) == (code, 1)
    assert line in err
    assert list(folder.glob("*.html")) == []
