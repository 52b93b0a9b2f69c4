"""The sums over coverage: kept with each change, and what adding up all its rows would give."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.logbook.journal import Journal
from stream.records import Coverage
from tests.stream.logbook.journals import SOURCE, START

FATES = ("analysed", "rejected", "missing", "shed")
PIECES = st.lists(st.tuples(st.integers(1, 500), st.sampled_from(FATES)), min_size=1, max_size=12)


def laid(first: int, lengths: list[tuple[int, str]]) -> list[Coverage]:
    """Lay pieces of given lengths and fates end to end."""
    made = []
    for length, fate in lengths:
        made.append(Coverage(first, first + length, fate, ""))  # type: ignore[arg-type]
        first += length
    return made


def added_up(journal: Journal, ordinal: int) -> dict[str, int]:
    """Add up all rows: slow, and obviously right."""
    rows = journal._file.rows('SELECT fate, first, "end" FROM coverage WHERE bed = ? AND recording = ?', "b", ordinal)
    sums: dict[str, int] = {}
    for fate, first, end in rows:
        sums[fate] = sums.get(fate, 0) + end - first
    return sums


@settings(max_examples=25, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4), st.data())
def test_the_sums_are_those_of_the_rows(commits: list[list[tuple[int, str]]], data: st.DataObject) -> None:
    """After any commits, and after pieces were looked at again; another recording has its own."""
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.db")
        ordinals = [journal.open_recording("b", uid, SOURCE, START, 0.0, 0.0) for uid in ("one", "two")]
        for ordinal in ordinals:
            for lengths in commits:
                pieces = laid(journal.cursor("b", ordinal), lengths)
                journal.commit("b", ordinal, pieces[-1].end, pieces)
        for piece in journal.not_analysed("b", ordinals[0]):
            middle = data.draw(st.integers(piece.first, piece.end))
            fates = [(middle - piece.first, "analysed"), (piece.end - middle, "shed")]
            amended = laid(piece.first, [one for one in fates if one[0]])
            journal.amend("b", ordinals[0], [(piece, amended)], [], {})
        for ordinal in ordinals:
            sums = journal.accounting("b", ordinal)
            assert sums == added_up(journal, ordinal)
            assert sum(sums.values()) == journal.cursor("b", ordinal)
        journal.close()
