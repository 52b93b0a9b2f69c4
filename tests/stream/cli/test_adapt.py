"""`spikewatch adapt`: what it says, and how it ends for a script."""

from pathlib import Path

import pytest

from models.training.adaptation import HeldOut
from stream.adapt import adaptation
from stream.adapt.adaptation import Adapted
from stream.cli import __main__ as cli
from stream.logbook.journal import Journal
from tests.stream.cli.command import spikewatch

NAN = float("nan")


@pytest.fixture
def made(folder: Path) -> Path:
    """Return the folder with a journal in it."""
    Journal(folder / "events.db").close()
    return folder


def test_a_loss_that_is_none_and_a_bed_without_events_are_refused(made: Path) -> None:
    """In one line each."""
    wrong = spikewatch(made, "adapt", "--bed", "bed-1", "--recording", "a.edf", "--out", "x", "--loss", "mse")
    assert wrong.code == 2
    assert "regularised_sasu" in wrong.err
    missing = spikewatch(made, "adapt", "--bed", "bed-1", "--recording", "a.edf", "--out", "x")
    assert (missing.code, missing.err) == (3, "spikewatch: a.edf: there is no such file; check the path\n")


@pytest.mark.parametrize(("before", "after", "code", "said"), [
    (0.6, 0.75, 0, "an accepted event stands above a rejected one in 75% of pairs, before in 60%: better."),
    (0.6, 0.6, 1, "before in 60%: not better."),
    (NAN, NAN, 1, "too few accepted or rejected ones to say whether it is better."),
])  # fmt: skip
def test_held_out_reviews_decide_how_it_ends(
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    before: float,
    after: float,
    code: int,
    said: str,
) -> None:
    """So that `adapt && models promote` stops where nothing shows that it is better; how to promote is said always."""
    found = Adapted(Path("own"), "sc-small", "sc-small-bed-1", "ab" * 32, 12, 8, 300, "bce", HeldOut(before, after))
    monkeypatch.setattr(adaptation, "adapt", lambda *_: found)
    monkeypatch.chdir(made)
    monkeypatch.setattr("sys.argv", ["spikewatch", "adapt", "--bed", "bed-1", "--recording", "a.edf", "--out", "own"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert int(ended.value.code or 0) == code
    out = capsys.readouterr().out
    assert said in out
    assert "spikewatch models promote own --bed bed-1" in out
