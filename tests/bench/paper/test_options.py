"""What would change nothing in silence is refused before anything is trained."""

import sys

import pytest

from bench.paper.options import extent_of, parsed
from models.errors import ModelsError

DATA = ("--data", "a=one", "--out", "runs")


def asked(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """Return the tables that a command asks for."""
    monkeypatch.setattr(sys, "argv", ["bench.paper", *words])
    tables: list[str] = parsed(None).tables
    return tables


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--systems", "HDL,SC"), "--systems SC: no row of table2; there are HDL, AiED, TimeNet"),
        (("--data", "a=two"), "--data a=...: given twice"),
        (("--seeds", "1,b"), "1,b: write numbers with commas between"),
    ],
)
def test_a_mistake_in_names_or_numbers_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    """A row that there is not, two sets of one name (one would show the other's figures), a seed that is none."""
    with pytest.raises(SystemExit):
        asked(monkeypatch, "table2", *DATA, *words)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--parameter", "cs.width=16"), "--parameter cs.width=16: write NETWORK.KEY=VALUE, with a network of sc"),
        (("--parameter", "width=16"), "write NETWORK.KEY=VALUE"),
        (("--set", "learning_rate=0.1"), "--set learning_rate: cells have their own; give --rates"),
        (("--set", "seed=3"), "--set seed: cells have their own; give --seeds"),
        (("--set", "epoch=3"), "unknown key 'epoch'"),
    ],
)
def test_a_setting_that_no_cell_would_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    """A misspelt network or key, and keys that every cell sets itself."""
    monkeypatch.setattr(sys, "argv", ["bench.paper", "table2", *DATA, *words])
    with pytest.raises(ModelsError, match=said.replace("[", r"\[")):
        extent_of(parsed(None))


def test_settings_reach_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the recipe, and of networks and systems by name."""
    words = ("--epochs", "7", "--set", "batch_windows=32", "--parameter", "sc.width=16", "--parameter", "aied.side=56")
    monkeypatch.setattr(sys, "argv", ["bench.paper", "table2", *DATA, *words, "--seeds", "2,4"])
    extent = extent_of(parsed(None))
    assert (extent.seeds, extent.changes) == ((2, 4), {"epochs": 7, "batch_windows": 32})
    assert extent.parameters == {"sc": {"width": 16}, "aied": {"side": 56}}


def test_tables_are_asked_for_once_and_those_without_the_rows_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """AiED is in two tables; figure 5b has no rows to choose from."""
    assert asked(monkeypatch, "table3", "table3", *DATA) == ["table3"]
    assert asked(monkeypatch, "all", "--systems", "AiED", *DATA) == ["table2", "siamese", "figure5b"]


def test_rows_are_chosen_also_where_their_names_hold_a_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several in one argument, or an argument each."""
    words = ("--systems", "HDL,TST", "--systems", "a 2, b 4")
    monkeypatch.setattr(sys, "argv", ["bench.paper", "table2", "a-b", *DATA, *words])
    assert parsed(None).systems == ["HDL", "TST", "a 2, b 4"]
