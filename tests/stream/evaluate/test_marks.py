"""Marks by file name, whatever they are written in: a table of files, events, or a file of one recording's marks."""

import json
from pathlib import Path

import pytest

from stream.errors import InputError
from stream.evaluate.marks import Marks, marks_of, read_marks
from tests.models.datasets.edfplus import edf_plus
from tests.models.datasets.handmade import EVAL_1, tuev_tree
from tests.models.readers.written import write_npz, write_xdf


def write(folder: Path, text: str, name: str = "marks.csv") -> Path:
    """Write a file of marks."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_marks(tmp_path: Path) -> None:
    """Times by file; a subject of several files; a file in which nothing was marked."""
    got = read_marks(write(tmp_path, "file,time_s,subject\na.edf,1.5,ann\na.edf,2,ann\nb.edf,,ann\nc.edf,3,\n"))
    assert got == {"a.edf": Marks("ann", [1.5, 2.0]), "b.edf": Marks("ann"), "c.edf": Marks("c.edf", [3.0])}
    assert marks_of(Path("in/a.edf"), got, healthy=False).times_s == [1.5, 2.0]
    assert marks_of(Path("in/z.edf"), got, healthy=True) == Marks("z.edf")
    with pytest.raises(InputError, match=r"in/z\.edf: no marks"):
        marks_of(Path("in/z.edf"), got, healthy=False)


@pytest.mark.parametrize(
    "text",
    [
        "file;time_s\na.edf;1,5\na.edf;2\n",
        "\ufefffile\ttime_s\r\na.edf\t1.5\r\na.edf\t2\r\n",
        "sep=;\r\nfile;time_s\r\na.edf;1,5\r\na.edf;2\r\n",
        "File, Time (s)\na.edf, 1.5\n,\na.edf, 2\n,\n",
        "file,TIME_S,\ra.edf,1.5,\ra.edf,2,\r",
    ],
)
def test_a_table_as_excel_saves_it_elsewhere(tmp_path: Path, text: str) -> None:
    """Semicolons where the comma is the decimal point; tabs; capitals, spaces and rows that were emptied."""
    assert read_marks(write(tmp_path, text)) == {"a.edf": Marks("a.edf", [1.5, 2.0])}


def test_a_path_of_another_machine_is_named_and_not_guessed(tmp_path: Path) -> None:
    """Two people's files may have one name in two folders."""
    marks = read_marks(write(tmp_path, "file,time_s\nC:\\eeg\\ann\\a.edf,1.5\n"))
    with pytest.raises(
        InputError, match=r'in/a\.edf: the table of --marks names "C:.*a\.edf"; write the path as it is'
    ):
        marks_of(Path("in/a.edf"), marks, healthy=False)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("file,when\na,1\n", r"no column 'time_s' \(it has: file, when\)"),
        ('file,time_s\na,"1,234"\n', 'line 2: "1,234" is no number of seconds'),
        ("file,time_s\na,1\na,soon\n", 'line 3: "soon" is no number of seconds'),
        ("file,time_s\na,nan\n", 'line 2: "nan" is no number of seconds'),
        ("file,time_s\n,1\n", "line 2: names no file"),
        (f'file,time_s\n"{"a" * 140_000}",1\n', "line 1: field larger than field limit"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """The line names the file, what is wrong and the remedy."""
    with pytest.raises(InputError, match=complaint):
        read_marks(write(tmp_path, text))
    with pytest.raises(InputError, match="cannot be read"):
        read_marks(tmp_path / "absent.csv")


def test_a_table_in_utf_16_is_read_and_in_another_encoding_refused(tmp_path: Path) -> None:
    """The first is what Excel calls "Unicode text"; a workbook is no table, nor is one that names no file."""
    path = tmp_path / "marks.csv"
    path.write_bytes("file\ttime_s\r\nm\u00fcller.edf\t1.5\r\n".encode("utf-16"))
    assert read_marks(path) == {"m\u00fcller.edf": Marks("m\u00fcller.edf", [1.5])}
    for content, said in (
        ("file,time_s\nm\u00fcller.edf,1\n".encode("latin-1"), "is not UTF-8; save it as UTF-8 text"),
        (b"PK\x03\x04rest", "is a workbook and no table; save its sheet as CSV"),
        (b"file,time_s\n", "names no file; write a CSV table"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputError, match=rf"marks\.csv: {said}"):
            read_marks(path)


def test_a_line_that_is_cut_short_marks_nothing(tmp_path: Path) -> None:
    """As a row without a time."""
    assert read_marks(write(tmp_path, "file,time_s\na.edf\n")) == {"a.edf": Marks("a.edf")}


@pytest.mark.parametrize("time_s", ["NaN", "1e999", "9" * 400, "[" * 100_000, '"soon"', "null"])
def test_an_event_at_no_time_is_refused(tmp_path: Path, time_s: str) -> None:
    """The line is named."""
    with pytest.raises(InputError, match="line 1: is no event"):
        read_marks(write(tmp_path, f'{{"kind": "ied", "file": "a.edf", "time_s": {time_s}}}', "a.jsonl"))


def test_marks_are_found_in_a_recording_or_beside_it(tmp_path: Path) -> None:
    """Annotations of an EDF+, unless a table of its name lies beside; a remark of the recorder is no mark."""
    path = tmp_path / "anna.edf"
    path.write_bytes(edf_plus([(2.5, 0, "spike T3"), (8.25, 1.0, "sharp wave"), (12, 5, "spikes"), (13, 0, "blink")]))
    assert marks_of(path, {}, healthy=False) == Marks("anna.edf", [2.5], [(8.25, 9.25)], [(12.0, 17.0)])
    write(tmp_path, "onset,duration,label\n3,0,ied\n", "anna.csv")
    assert marks_of(path, {}, healthy=False) == Marks("anna.edf", [3.0])
    path.write_bytes(edf_plus([(13, 0, "blink")]))
    (tmp_path / "anna.csv").unlink()
    said = r'none of its words means a discharge \("blink"\); say which one does with --word, or give a table'
    with pytest.raises(InputError, match=said):
        marks_of(path, {}, healthy=False)
    with pytest.raises(InputError, match="no marks in it or beside it"):
        marks_of(write_npz(tmp_path / "a.npz"), {}, healthy=False)


@pytest.mark.parametrize("name", ["sub-1_events.tsv", "other.tsv"])
def test_marks_of_one_recording_are_given_by_their_file(tmp_path: Path, name: str) -> None:
    """Of its own name, or of the only recording; among several a file of another name is refused."""
    recordings = [tmp_path / "sub-1_eeg.edf", tmp_path / "sub-2_eeg.edf"]
    for path in recordings:
        path.write_bytes(edf_plus([]))
    marks = write(tmp_path, "onset\tduration\ttrial_type\n4.5\tn/a\tIED\n", name)
    assert read_marks(marks, recordings[:1]) == {str(recordings[0]): Marks("sub-1_eeg.edf", [4.5])}
    if name == "sub-1_events.tsv":
        assert read_marks(marks, recordings) == {str(recordings[0]): Marks("sub-1_eeg.edf", [4.5])}
        assert marks_of(recordings[0], {}, healthy=False) == Marks("sub-1_eeg.edf", [4.5])
    else:
        with pytest.raises(InputError, match="is marks of one recording; give that one alone"):
            read_marks(marks, recordings)


def test_a_tenth_of_a_second_is_an_instant_wherever_it_lies(tmp_path: Path) -> None:
    """19.1 - 19.0 is a little more than 0.1 in binary."""
    recording = tmp_path / "a.edf"
    recording.write_bytes(edf_plus([]))
    rows = "".join(f"{second},0.1,spike\n" for second in (1, 8, 13, 19))
    marks = read_marks(write(tmp_path, f"onset,duration,label\n{rows}", "a.csv"), [recording])
    assert marks == {str(recording): Marks("a.edf", [1.0, 8.0, 13.0, 19.0])}


def test_rows_of_a_corpus_are_joined_over_derivations(tmp_path: Path) -> None:
    """A folder of `.rec`: a discharge that two derivations show is one, in a second of which nobody says where."""
    tree = tuev_tree(tmp_path)
    path = tree / "edf" / f"{EVAL_1}.edf"
    path.with_suffix(".rec").write_text("1,5,6,1\n2,5.2,6.2,1\n1,8,9,6\n1,20,21,2\n1,21,22,3\n", encoding="ascii")
    wanted = Marks(path.name, [], [(5.0, 6.2), (20.0, 21.0), (21.0, 22.0)])
    assert read_marks(path.parent, [path]) == {str(path): wanted}
    assert marks_of(path, {}, healthy=False) == wanted
    path.with_suffix(".rec").write_text("bad\n", encoding="ascii")
    with pytest.raises(InputError, match=r"spsw_007_a_.rec, line 1: is not like"):
        marks_of(path, {}, healthy=False)


def test_words_that_are_unknown_are_told_and_may_be_named(tmp_path: Path) -> None:
    """A table in another language gave no discharge, and everything that was found counted as false."""
    recording = tmp_path / "a.edf"
    recording.write_bytes(edf_plus([]))
    table = write(tmp_path, "onset,duration,label\n4.5,0,Spitze\n9,0,SW T3\n", "a.csv")
    said = r'a\.csv: none of its words means a discharge \("spitze", "sw t3"\); say which one does with --word'
    with pytest.raises(InputError, match=said):
        read_marks(table, [recording])
    with pytest.raises(InputError, match=said):
        marks_of(recording, {}, healthy=False)
    assert read_marks(table, [recording], ["SW"]) == {str(recording): Marks("a.edf", [9.0])}
    assert marks_of(recording, {}, healthy=False, words=["Spitze", "SW"]) == Marks("a.edf", [4.5, 9.0])


def test_a_table_of_files_may_have_texts(tmp_path: Path) -> None:
    """Then a row is what its text means; a row without a time says that the file was read."""
    for name in ("a.edf", "b.edf"):
        (tmp_path / name).write_bytes(edf_plus([]))
    recordings = [tmp_path / "a.edf", tmp_path / "b.edf"]
    table = write(tmp_path, "file,onset,duration,label\na.edf,2,0,spike\na.edf,3,1,blink\na.edf,5,1,IED\nb.edf,,,\n")
    assert read_marks(table, recordings) == {"a.edf": Marks("a.edf", [2.0], [(5.0, 6.0)]), "b.edf": Marks("b.edf")}
    table = write(tmp_path, "file,time_s,label\na.edf,2,blink\nb.edf,2,spike\n")
    with pytest.raises(InputError, match=r'a\.edf: none of its words means a discharge \("blink"\); say which one'):
        read_marks(table, recordings)


def test_a_table_of_files_may_have_times_of_the_clock(tmp_path: Path) -> None:
    """The recording began at midnight of January 2nd; of a file that is not given, nothing has to be known."""
    recording = tmp_path / "a.edf"
    recording.write_bytes(edf_plus([]))
    table = write(tmp_path, "file,time\na.edf,00:00:02\na.edf,2020-01-02 00:00:03.5\nz.edf,00:00:02\n")
    assert read_marks(table, [recording]) == {"a.edf": Marks("a.edf", [2.0, 3.5]), "z.edf": Marks("z.edf")}
    table = write(tmp_path, "file,time\na.edf,2021-01-02 00:00:03.5\n")
    with pytest.raises(InputError, match=r"marks\.csv: a\.edf: its dates .* lie outside of the recording"):
        read_marks(table, [recording])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "# MNE-Annotations\n# orig_time : 2020-01-02 00:00:00\n# onset, duration, description\n2,0,spike\n"),
        ("other.json", '[{"onset": 2, "label": "spike"}, {"onset": 3, "label": "blink"}]'),
        ("other.csv", "time_s\n2\n"),
    ],
)
def test_marks_of_other_programs(tmp_path: Path, name: str, text: str) -> None:
    """MNE-Python's text, a list of objects, times alone."""
    recording = tmp_path / "a.edf"
    recording.write_bytes(edf_plus([]))
    assert read_marks(write(tmp_path, text, name), [recording]) == {str(recording): Marks("a.edf", [2.0])}


def test_what_score_writes_is_read_as_marks(tmp_path: Path) -> None:
    """Its table names files and has an onset of another kind; a list of its events; and a file in which none was."""
    table = write(tmp_path, "file,id,time_s,onset_s,duration_s\na.edf,x,3.5,-0.01,0.03\n")
    assert read_marks(table) == {"a.edf": Marks("a.edf", [3.5])}
    events = [{"kind": "ied", "file": "a.edf", "time_s": 3.5}, {"file": "b.edf", "summary": {"events": 0}}]
    got = read_marks(write(tmp_path, json.dumps(events), "events.json"))
    assert got == {"a.edf": Marks("a.edf", [3.5]), "b.edf": Marks("b.edf")}


def test_events_are_marks(tmp_path: Path) -> None:
    """By the file that each names, or the only recording; by their time of day where the recording has one."""
    lines = [{"kind": "ied", "file": "a.edf", "time_s": 3.5}, {"file": "a.edf", "summary": {}}, {"kind": "alarm"}]
    marks = write(tmp_path, "\n".join(map(json.dumps, lines)), "events.jsonl")
    assert read_marks(marks, [Path("a.edf"), Path("b.edf")]) == {"a.edf": Marks("a.edf", [3.5])}
    xdf = write_xdf(tmp_path / "a.xdf")
    # It began at 03:04:05 one hour east of Greenwich.
    write(tmp_path, json.dumps({"kind": "ied", "utc": "2026-01-02T02:04:06.500Z"}), "events.jsonl")
    assert read_marks(marks, [xdf]) == {str(xdf): Marks("a.xdf", [1.5])}
    with pytest.raises(InputError, match="its events name no file; give one recording alone"):
        read_marks(marks, [xdf, xdf])
    write(tmp_path, "{", "events.jsonl")
    with pytest.raises(InputError, match="line 1: is no event"):
        read_marks(marks, [xdf])
