"""Rows of one derivation lie where they were marked, and those that do not fit are counted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets.annotations import Labelled, Mark
from models.datasets.windowing import cut_rows
from models.datasets.windowset import Header, WindowSet, load
from models.datasets.windowset_writer import Writer
from models.datasets.writing import Cut
from models.errors import DataError
from models.readers.contract import in_memory
from models.readers.recording import Recording
from models.signal.conditioning import Conditioner
from models.signal.montage import build
from tests.models.datasets.marked_scalp import IED, RATE_HZ, ROWS, SCALP, background, labelled


def rows(folder: Path, what: Labelled, header: Header = ROWS) -> tuple[WindowSet, Cut]:
    """Cut rows."""
    with Writer(folder / "set", header) as writer:
        counts = cut_rows(what, IED, writer)
    return load(folder / "set"), counts


def test_a_row_is_its_derivation_where_it_was_marked(tmp_path: Path) -> None:
    """One second at 250 Hz of T7-P7, conditioned as a stream of that pair is, from the marked sample plus the delay."""
    samples = background(20)
    ws, counts = rows(tmp_path, labelled(samples, Mark(8.0, 1.0, "ied", "T3-T5"), Mark(9.0, 1.0, "bckg", "A1-T3")))
    assert (counts, sorted(ws.label.tolist())) == (Cut(1, 1), [0, 1])
    montage = build({"pair": ["T3-T5", "Fp1-F7", "F7-T3", "T5-O1", "F3-C3"]}, SCALP)
    live = Conditioner(montage, RATE_HZ, model_rate_hz=250.0)
    whole = live.push(0, samples[list(montage.channels)], np.ones((len(montage.channels), samples.shape[1]), bool))
    first = round((8.0 + live.delay_s()) * 250)
    window = ws.windows[int(np.flatnonzero(ws.label)[0])]
    assert np.array_equal(window[0], whole.samples[0, first : first + 250])
    assert set(ws.header.groups) == {"T7-P7", "A1-T7"}


def test_a_longer_window_gives_a_row_context_on_both_sides(tmp_path: Path) -> None:
    """Five seconds around a row of one: it begins two seconds before the row."""
    header = Header("test", channels=1, window_samples=1250, rate_hz=250.0)
    ws, _ = rows(tmp_path, labelled(background(20), Mark(8.0, 1.0, "ied", "T3-T5")), header)
    assert ws.start_s[0] == pytest.approx(6.0, abs=0.02)


def test_rows_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    """At the edges, in the filters' first seconds, of electrodes that are not there, and of no chosen label."""
    marks = [Mark(onset, 1.0, "ied", "T3-T5") for onset in (-0.5, 0.5, 8.0, 19.5)]
    marks += [Mark(8.0, 1.0, "bckg", "X1-X2"), Mark(8.0, 1.0, "bckg", "T3"), Mark(8.0, 1.0, "gped", "T3-T5")]
    ws, counts = rows(tmp_path, labelled(background(20), *marks))
    # Other is gped, invalid 0.5 s; lost are -0.5 s, 19.5 s, X1-X2, and T3, which is no derivation.
    assert counts == Cut(positives=1, other=1, invalid=1, marks_lost=4)
    assert len(ws) == 1
    _, none = rows(tmp_path / "none", labelled(background(4), Mark(1.0, 1.0, "ied", "X1-X2")))
    assert none == Cut(marks_lost=1)


def test_a_row_brings_exactly_the_samples_before_it(tmp_path: Path) -> None:
    """Of four marks one window reaches over the edge, two have no past that is there and valid; the row is the same."""
    marks = [Mark(onset, 1.0, "ied", "T3-T5") for onset in (0.9, 3.5, 8.0, 19.5)]
    what = labelled(background(20), *marks)
    # 2.8 s: the row at 3.5 s has its past recorded, but begun while the filters settle.
    header = replace(ROWS, context_samples=700)
    ws, counts = rows(tmp_path / "past", what, header)
    plain, without = rows(tmp_path / "plain", what)
    assert counts == Cut(positives=1, invalid=1, past=1, marks_lost=1)
    assert without == Cut(positives=2, invalid=1, marks_lost=1)
    assert ws.start_s.tolist() == plain.start_s[1:].tolist()
    assert np.array_equal(ws.windows[0, 0, 700:], plain.windows[1, 0])
    # Sample 350 of the past is 1.4 s of 2.8 s in: 8.0 - 2.8 + 1.4 = 6.6 s.
    long, _ = rows(tmp_path / "long", labelled(background(20), Mark(6.6, 1.0, "ied", "T3-T5")))
    assert np.array_equal(ws.windows[0, 0, 350:600], long.windows[0, 0])


def test_an_electrode_that_is_there_twice_is_refused_only_where_it_is_used(tmp_path: Path) -> None:
    """Two channels called alike cannot be told apart."""
    what = labelled(background(20), Mark(8.0, 1.0, "ied", "T3-T5"))
    doubled = Recording(what.recording.samples, RATE_HZ, ("T3", "T3", *SCALP[2:]), ("uV",) * 18, ("",) * 18)
    with Writer(tmp_path / "set", ROWS) as writer:
        with pytest.raises(DataError, match="are both electrode T7: rename or remove one"):
            cut_rows(Labelled(in_memory(doubled), "a", "a", what.marks), IED, writer)
        elsewhere = Labelled(in_memory(doubled), "a", "a", (Mark(8.0, 1.0, "ied", "T5-O1"),))
        assert cut_rows(elsewhere, IED, writer) == Cut(positives=1)
