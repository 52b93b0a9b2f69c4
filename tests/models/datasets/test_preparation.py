"""A folder becomes a window set, its account says what was left out, and a useless set is never left behind."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets.formats import recognise
from models.datasets.inspection import inspect
from models.datasets.preparation import ACCOUNT, Done, Wanted, prepare
from models.errors import DataError
from models.readers import recording as recordings
from models.readers import xdf
from models.readers.contract import Opened, Piece
from models.readers.edf import NOT_CLOSED
from tests.models.datasets.edfplus import edf_plus
from tests.models.datasets.handmade import EVAL_1, TRAIN_1, TRAIN_2, tuev_file, tuev_tree


@pytest.mark.parametrize(("subset", "counts"), [("", (5, 10)), ("1,1", (3, 7)), ("1,3", (3, 10))])
def test_rows_of_a_corpus_are_its_instances(tmp_path: Path, subset: str, counts: tuple[int, int]) -> None:
    """One window for each row of the subset's classes, in the parts that the corpus prescribes."""
    made = prepare(tuev_tree(tmp_path / "tuev"), tmp_path / "set", Wanted(view="rows", subset=subset))
    positives = int(np.count_nonzero(made.windowset.label))
    assert (positives, len(made.windowset) - positives) == counts == (made.cut.positives, made.cut.negatives)
    assert made.windowset.windows.shape[1:] == (1, 250)
    assert set(made.windowset.header.subjects) == {"aaaaaaar", "aaaaaabs", "eval-007"}


def test_groups_are_positive_where_the_marked_derivation_is(tmp_path: Path) -> None:
    """FP1-F7 and P4-O2 in train, F7-T3 in eval; nothing of a person is in both parts."""
    ws = prepare(tuev_tree(tmp_path / "tuev"), tmp_path / "set", Wanted(subset="1,3")).windowset
    groups = {ws.header.groups[number] for number in ws.group[ws.label == 1]}
    assert groups == {"left-temporal", "right-parasagittal"}
    assert ws.windows.shape[1:] == (5, 192)


def test_windows_bring_their_past_and_what_lost_it_is_accounted_for(tmp_path: Path) -> None:
    """Rows whose six seconds before are recorded and settled, as they are without; the others are counted as such."""
    tree = tuev_tree(tmp_path / "tuev")
    plain = prepare(tree, tmp_path / "plain", Wanted(view="rows"))
    made = prepare(tree, tmp_path / "set", Wanted(view="rows", context_samples=1500))
    assert made.windowset.header.context_samples == 1500
    assert made.windowset.windows.shape[1:] == (1, 1500 + 250)
    late = plain.windowset.start_s >= 6 + 1.5  # the filters settle for a second and a bit
    assert np.array_equal(made.windowset.start_s, plain.windowset.start_s[late])
    assert np.array_equal(made.windowset.windows[:, :, 1500:], plain.windowset.windows[late])
    account = json.loads((tmp_path / "set" / ACCOUNT).read_text(encoding="utf-8"))
    assert account["windows"]["past"] == made.cut.past == int(np.count_nonzero(~late)) > 0


def test_a_file_that_cannot_be_read_is_named_and_the_others_used(tmp_path: Path) -> None:
    """In the progress, in the result, and in the account beside the windows."""
    tree, seen = tuev_tree(tmp_path / "tuev"), list[Done]()
    # The second of three: those before and after it must be used.
    (tree / "edf" / f"{TRAIN_2}.edf").write_bytes(b"0")
    made = prepare(tree, tmp_path / "set", Wanted(view="rows"), watch=seen.append)
    assert [bool(done.skipped) for done in seen] == [False, True, False]
    assert [one.path.name for one in made.skipped] == ["aaaaaabs_00000002.edf"]
    account = json.loads((tmp_path / "set" / ACCOUNT).read_text(encoding="utf-8"))
    assert account["recordings"] == made.read == 2
    assert account["skipped"] == [{"file": "aaaaaabs_00000002.edf", "reason": made.skipped[0].reason}]


def test_a_set_without_discharges_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    """As is a folder of which nothing can be read."""
    tuev_file(tmp_path / "tuev", TRAIN_1, [(0, 1, 2, 6)])
    with pytest.raises(DataError, match="give no window with a discharge"):
        prepare(tmp_path / "tuev", tmp_path / "set", Wanted(view="rows"))
    (tmp_path / "tuev" / "edf" / f"{TRAIN_1}.edf").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of its 1 recordings can be used as tuev; the first: aaaaaaar_00000001"):
        prepare(tmp_path / "tuev", tmp_path / "set", Wanted(view="rows"))
    assert not (tmp_path / "set").exists()


def test_what_lies_in_the_way_is_kept(tmp_path: Path) -> None:
    """A folder with anything in it is neither written to nor removed."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="is not empty"):
        prepare(tuev_tree(tmp_path / "tuev"), tmp_path / "set")
    assert (tmp_path / "set" / "thesis.txt").exists()


def test_an_unknown_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    """No folder, no data set in it, a set already prepared, no such format or subset."""
    with pytest.raises(DataError, match="no such folder"):
        recognise(tmp_path / "none")
    with pytest.raises(DataError, match=r"looked for tuev: edf/train or edf/eval with \.rec"):
        recognise(tmp_path)
    with pytest.raises(DataError, match="give one of tuev"):
        recognise(tmp_path, "csv")
    tuev_file(tmp_path, EVAL_1, [(0, 1, 2, 6)])
    with pytest.raises(DataError, match='no subset "2,2"; give one of 3,3, 1,1, 1,3'):
        recognise(tmp_path).choice("2,2")
    (tmp_path / "windowset.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="window set already"):
        recognise(tmp_path)


def test_what_is_odd_about_a_recording_is_told(tmp_path: Path) -> None:
    """It is used, and the account, `check` and the table of doubts say what was believed."""
    (tmp_path / "raw").mkdir()
    content = edf_plus([(8.4, 0, "spike T3")]).replace(b"20      ", b"-1      ", 1)
    (tmp_path / "raw" / "anna.edf").write_bytes(content)
    assert inspect(tmp_path / "raw").notes == (f"1 recordings: {NOT_CLOSED}",)
    made = prepare(tmp_path / "raw", tmp_path / "set")
    assert made.doubts == (("anna", NOT_CLOSED),)
    account = json.loads((tmp_path / "set" / ACCOUNT).read_text(encoding="utf-8"))
    assert account["doubts"] == [{"file": "anna", "doubt": NOT_CLOSED}]


def test_what_a_reader_warns_of_while_it_reads_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows of it when the file is opened."""
    warning, opening = "its reader warns: a clock was set", recordings.open_recording

    def warned_of(path: Path, wanted: xdf.Wanted) -> Opened:
        opened = opening(path, wanted)

        def pieces(first: int) -> Iterator[Piece]:
            opened.warned[:] = [warning]
            yield from opened.pieces(first)

        return replace(opened, pieces=pieces)

    monkeypatch.setattr(recordings, "open_recording", warned_of)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "anna.edf").write_bytes(edf_plus([(8.4, 0, "spike T3")]))
    assert prepare(tmp_path / "raw", tmp_path / "set").doubts == (("anna", warning),)
