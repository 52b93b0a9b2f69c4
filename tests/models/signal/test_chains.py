"""Leads, grids and chains: which electrodes are neighbours."""

import pytest

from models.signal.montage import build


@pytest.mark.parametrize(("contacts", "columns"), [(64, 8), (48, 8), (32, 8), (20, 5), (36, 6)])
def test_no_pair_of_a_grid_crosses_the_end_of_a_row(contacts: int, columns: int) -> None:
    """Where 8 follows 9 the two are centimetres apart; a missing contact is bridged within its row."""
    labels = [f"G{k}" for k in range(1, contacts + 1) if k != 3]
    made = build("shaft", labels)
    pairs = {name for group in made.groups for name in group.derivations if name}
    ends = [[int(end[1:]) for end in pair.split("-")] for pair in pairs]
    assert all((first - 1) // columns == (second - 1) // columns for first, second in ends)
    assert "G2-G4" in pairs
    assert len(pairs) == contacts // columns * (columns - 1) - 1


@pytest.mark.parametrize(("last", "columns"), [(63, 8), (62, 8), (31, 8), (19, 5), (29, 6), (35, 6)])
def test_rows_of_a_grid_end_where_they_end_also_without_its_last_contact(last: int, columns: int) -> None:
    """The last contact of a grid often is the reference."""
    made = build("shaft", [f"G{k}" for k in range(1, last + 1)])
    pairs = {name for group in made.groups for name in group.derivations if name}
    assert len(pairs) > last - 10
    ends = [[int(end[1:]) for end in pair.split("-")] for pair in pairs]
    assert all((first - 1) // columns == (second - 1) // columns for first, second in ends)


def test_a_long_shaft_is_no_grid() -> None:
    """Depth electrodes have up to 18 contacts in one row."""
    made = build("shaft", [f"LA{k}" for k in range(1, 17)])
    assert "LA8-LA9" in {name for group in made.groups for name in group.derivations}


@pytest.mark.parametrize("pattern", ["EEG{}", "{} EEG", "{}_EEG", "[{}]", "{} (uV)"])
def test_what_stands_around_an_electrode_is_not_its_name(pattern: str) -> None:
    """As amplifiers and exports write it."""
    labels = [pattern.format(name) for name in ["Fp1", "F7", "T3", "T5", "O1"]]
    assert [group.name for group in build("scalp", labels).groups] == ["left-temporal"]


@pytest.mark.parametrize("dash", ["-", ":", "/", "_", " - ", "", " ", " to ", ">", "\u2212", "\u2014"])
def test_a_bipolar_stream_is_used_as_it_is_however_it_is_written(dash: str) -> None:
    """The rows of a chain."""
    labels = [pair.replace("-", dash) for pair in ["Fp1-F7", "F7-T7", "T7-P7", "P7-O1"]]
    assert build("scalp", labels).groups[0].derivations == ("Fp1-F7", "F7-T7", "T7-P7", "P7-O1", "Fp1-O1")
