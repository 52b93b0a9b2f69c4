"""`spikewatch review`: everything that a reviewer does works without a page."""

import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stream.cli import __main__ as cli
from stream.config.merge_keys import Merge
from stream.logbook.journal import Journal, Outgoing
from stream.logbook.withheld import Withheld
from tests.stream.logbook.journals import START
from tests.stream.review.judged import event

Review = Callable[..., tuple[int, str, str]]


@pytest.fixture
def review(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Review:
    """Return a function that reviews in this process; it returns exit code, stdout and stderr."""
    monkeypatch.chdir(folder)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["spikewatch", "review", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture
def journalled(folder: Path) -> None:
    """Put four events of two clusters into the journal."""
    journal = Journal(folder / "events.db")
    made = [event(1), event(2), event(3, "1-2", 0.99), event(4)]
    journal.post("bed-1", [Outgoing(one["id"], "ied", "event/ied", one, retain=False, utc=START) for one in made])
    journal.close()


def cards(review: Review) -> list[dict[str, Any]]:
    """Return what `list --json` answers."""
    code, out, _ = review("list", "--json")
    assert code == 0
    answer: dict[str, list[dict[str, Any]]] = json.loads(out)
    return answer["cards"]


@pytest.mark.usefixtures("journalled")
def test_a_card_is_accepted_an_event_rejected_and_the_review_undone(review: Review) -> None:
    """The most certain card comes first; what is said changes what stands."""
    assert [(card["cluster"], card["standings"]) for card in cards(review)] == [
        ("1-2", {"open": 1}),
        ("1-1", {"open": 3}),
    ]
    assert review("accept", "1-1", "--as", "ann")[0] == 0
    code, out, _ = review("reject", "e2", "--as", "ann", "--label", "blink")
    assert (code, out.partition(": ")[2]) == (0, "reject event e2 by ann\n")
    assert cards(review)[1]["standings"] == {"accepted": 2, "rejected": 1}
    assert review("undo", out.partition(":")[0], "--as", "ann")[0] == 0
    assert cards(review)[1]["standings"] == {"accepted": 3}
    assert "F7-T7 100% to 100%" in review("list")[1]


@pytest.mark.usefixtures("journalled")
def test_a_lower_threshold_lists_what_was_not_called(review: Review, folder: Path) -> None:
    """Also a cluster of which nothing was called, and without a threshold none of it."""
    journal = Journal(folder / "events.db")
    withheld = [Withheld(f"e{number}", START, event(number, cluster, 0.4)) for number, cluster in ((5, "1-1"), (6, ""))]
    journal.commit("bed-1", 1, 0, withheld=withheld)
    journal.close()
    lower = json.loads(review("list", "--threshold", "0.3", "--json")[1])["cards"]
    assert [(card["cluster"], card["count"], card["not_called"]) for card in lower] == [
        ("1-2", 1, 0), ("1-1", 3, 1), ("", 0, 1),
    ]  # fmt: skip
    code, out, _ = review("list", "--threshold", "0.3")
    assert (code, "none" in out) == (0, True)
    assert [card["not_called"] for card in cards(review)] == [0, 0]


def test_what_is_proposed_is_what_the_configuration_takes(review: Review, folder: Path) -> None:
    """Also where every event is as certain as can be: a threshold of 1 would be refused, and call nothing."""
    journal, model = Journal(folder / "events.db"), {"name": "own", "sha256": "ab" * 32}
    made = [event(number, probability=1.0) | {"model": model} for number in range(1, 15)]
    journal.post("bed-1", [Outgoing(one["id"], "ied", "event/ied", one, retain=False, utc=START) for one in made])
    journal.close()
    assert review("accept", *(one["id"] for one in made), "--as", "ann", "--drawn")[0] == 0
    proposed = review("list")[2].partition("[bed.merge]: ")[2].replace(" and ", ", ")
    merge = Merge(**tomllib.loads(re.sub(r", (?=[a-z])", "\n", proposed)))
    assert (merge.threshold, merge.promise, merge.promise_threshold) == (0.9999999, (0.8, 14, 14), 0.9999999)
    assert merge.contract("ab" * 32, 0.5).startswith("at least 80% of events true")


@pytest.mark.usefixtures("journalled")
def test_of_several_targets_none_is_written_if_one_is_wrong(review: Review) -> None:
    """One line on what is wrong, and nothing half done."""
    code, out, err = review("accept", "e1", "e99")
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert "e99: bed bed-1 has no such event or cluster" in err
    assert cards(review)[1]["standings"] == {"open": 3}


def test_an_unknown_bed_and_a_missing_journal_are_one_line(review: Review, folder: Path) -> None:
    """And no journal is made where there is none."""
    assert review("accept", "e1")[2] == "spikewatch: journal.path events.db: no such file; `spikewatch run` makes it\n"
    assert not (folder / "events.db").exists()
    Journal(folder / "events.db").close()
    code, _, err = review("accept", "e1", "--bed", "bed-9")
    assert (code, err) == (2, "spikewatch: --bed bed-9: no such bed; there are bed-1, bed-2\n")
