"""Windows lie where the marks are, are what streaming would see, and nothing vanishes without being counted."""

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets.annotations import Mark
from models.datasets.windowing import cut_groups, cut_rows
from models.datasets.windowset import STAGE_CODES, Header
from models.datasets.windowset_writer import Writer
from models.datasets.writing import Cut
from models.errors import DataError, MontageError
from models.signal.conditioning import Conditioner
from models.signal.montage import build
from tests.models.datasets.marked_scalp import (
    GROUPS,
    IED,
    RATE_HZ,
    ROWS,
    SCALP,
    background,
    cut,
    labelled,
    spike,
    starts,
)

LEFT_TEMPORAL, LEFT_PARASAGITTAL, MIDLINE, RIGHT_TEMPORAL = (
    "left-temporal",
    "left-parasagittal",
    "midline",
    "right-temporal",
)


def test_a_spike_is_inside_its_windows_at_the_sample_that_was_marked(tmp_path: Path) -> None:
    """The conditioned peak is where the mark, moved by the delay, says: within a sample, in every positive window."""
    samples = background(20)
    spike(samples, "T3", 8.4)
    ws, counts = cut(tmp_path, labelled(samples, Mark(8.4, 0.0, "ied", "T3")), hop_s=0.125)
    delay_s = Conditioner(build("scalp", SCALP), RATE_HZ).delay_s()
    at = round((8.4 + delay_s) * 128)
    positive = np.flatnonzero(ws.label)
    # A grid of 125 ms, and 1.27 s of starts whose window holds the peak well inside: ten of them.
    assert counts.positives == len(positive) == 10
    for number in positive:
        peak = np.abs(ws.windows[number]).max(axis=0).argmax() + round(ws.start_s[number] * 128)
        # The mark is rounded to a sample of 128 Hz, and the filters move a sharp peak by less than another.
        assert abs(peak - at) <= 1
        assert 16 <= at - round(ws.start_s[number] * 128) < 178


def test_windows_are_those_of_a_stream(tmp_path: Path) -> None:
    """Every window of every group is, bit for bit, what a conditioner fed by 37 samples at a time gives there."""
    samples = background(12)
    ws, counts = cut(tmp_path, labelled(samples))
    montage = build("scalp", SCALP)
    live = Conditioner(montage, RATE_HZ)
    # 37 divides neither a second nor a hop: chunks of a live stream fall anywhere.
    pieces = [samples[list(montage.channels), first : first + 37] for first in range(0, samples.shape[1], 37)]
    done = [live.push(37 * k, piece, np.ones(piece.shape, bool)).samples for k, piece in enumerate(pieces)]
    stream = np.concatenate(done, axis=1).reshape(5, 5, -1)
    assert counts.negatives == len(ws) > 50
    for number in range(len(ws)):
        group = [g.name for g in montage.groups].index(ws.header.groups[ws.group[number]])
        first = round(ws.start_s[number] * 128)
        assert np.array_equal(ws.windows[number], stream[group, :, first : first + 192])


def test_a_mark_with_a_place_speaks_of_the_groups_that_have_it(tmp_path: Path) -> None:
    """T5-T3 is in one group, whichever way it is written; elsewhere its time is left out, not negative."""
    ws, counts = cut(tmp_path, labelled(background(20), Mark(8.0, 0.0, "ied", "T5-T3")))
    for group in ws.header.groups:
        held = starts(ws, group, 1)
        # Of windows that end at multiples of 0.5 s, these two hold 8 s well inside.
        assert held == ([7.0, 7.5] if group == LEFT_TEMPORAL else [])
        assert not [start for start in starts(ws, group, 0) if 8.0 - 1.5 - 0.25 < start < 8.0 + 0.25]
        assert [start for start in starts(ws, group, 0) if start > 8.3]
    # Four windows of each of five groups come within 250 ms of the mark; two of them are the positives.
    assert (counts.positives, counts.near, counts.marks_lost) == (2, 5 * 4 - 2, 0)


def test_an_electrode_speaks_of_every_group_that_uses_it(tmp_path: Path) -> None:
    """C3 is in the left parasagittal chain and in the midline group."""
    ws, _ = cut(tmp_path, labelled(background(20), Mark(8.0, 0.0, "ied", "EEG C3-REF")))
    assert {group for group in ws.header.groups if starts(ws, group, 1)} == {LEFT_PARASAGITTAL, MIDLINE}


@pytest.mark.parametrize("derivation", ["T4-A2", "A1-T3", "C4-T4"])
def test_a_derivation_that_no_group_has_is_lost_and_counted(derivation: str, tmp_path: Path) -> None:
    """What was seen against an ear may be the ear's: no group is called positive, and none negative."""
    marks = [Mark(8.0, 0.0, "ied", derivation), Mark(14.0, 0.0, "ied", "C3-P3")]
    ws, counts = cut(tmp_path, labelled(background(20), *marks))
    assert counts.marks_lost == 1
    for group in ws.header.groups:
        assert not [start for start in starts(ws, group, 1) if start < 10]
        assert not [start for start in starts(ws, group, 0) if 8.0 - 1.5 - 0.25 < start < 8.0 + 0.25]


def test_a_mark_without_a_place_is_where_it_stands_out(tmp_path: Path) -> None:
    """A spike at T4 is seen in the right temporal chain alone, at 60 ms from the click too."""
    samples = background(20)
    spike(samples, "T4", 8.06)
    ws, _ = cut(tmp_path, labelled(samples, Mark(8.0, 0.0, "ied")))
    assert {group for group in ws.header.groups if starts(ws, group, 1)} == {RIGHT_TEMPORAL}


def test_a_short_mark_is_held_whole_and_a_long_one_holds_the_window(tmp_path: Path) -> None:
    """One second from 8 s: the windows from 7.5 and 8 s on. Four seconds from 12 s: those from 12 to 14.5 s."""
    marks = Mark(8.0, 1.0, "ied", "T3"), Mark(12.0, 4.0, "ied", "T3")
    ws, _ = cut(tmp_path, labelled(background(20), *marks), hop_s=0.03125)
    # A fine grid, so that the limits can be read off to 31 ms.
    held = np.array(starts(ws, LEFT_TEMPORAL, 1))
    short, long = held[held < 10], held[held > 10]
    np.testing.assert_allclose([short.min(), short.max()], [7.53, 8.0], atol=0.04)
    np.testing.assert_allclose([long.min(), long.max()], [12.03, 14.5], atol=0.04)


def test_unmarked_time_is_used_only_where_all_was_read(tmp_path: Path) -> None:
    """Incomplete: negatives only where background was marked, in the groups it was marked for."""
    marks = Mark(8.0, 3.0, "bckg", "T3-T5"), Mark(13.0, 3.0, "bckg"), Mark(15.9, 0.1, "artf")
    ws, counts = cut(tmp_path, labelled(background(20), *marks, complete=False))
    assert starts(ws, LEFT_TEMPORAL, 0) == [8.5, 9.0, 9.5, 13.5, 14.0]
    assert starts(ws, RIGHT_TEMPORAL, 0) == [13.5, 14.0]
    assert counts.negatives == len(ws)
    assert min(counts.other, counts.unmarked) > 0


def test_other_labels_are_ignored_where_all_was_read(tmp_path: Path) -> None:
    """A complete recording with an artefact gives what it gives without the mark."""
    with_mark = cut(tmp_path / "a", labelled(background(12), Mark(5.0, 1.0, "artf")))
    without = cut(tmp_path / "b", labelled(background(12)))
    assert with_mark[1] == without[1]
    assert np.array_equal(with_mark[0].windows, without[0].windows)


def test_bad_samples_are_never_written(tmp_path: Path) -> None:
    """NaN in one electrode for a second: its groups have no window there, nor at the filters' start."""
    samples = background(20)
    samples[SCALP.index("T3"), 2500:2750] = np.nan
    ws, counts = cut(tmp_path, labelled(samples, Mark(10.5, 0.0, "ied", "T3")))
    assert np.isfinite(ws.windows).all()
    assert counts.invalid > 0
    assert counts.marks_lost == 1
    assert not [start for start in starts(ws, LEFT_TEMPORAL, 0) if 10.0 - 1.5 < start < 11.0 + 1.0]
    # The filters ring from the first sample on, as they do live.
    assert min(ws.start_s) > 1.0


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("context_samples", [0, 256])
def test_every_window_is_counted(tmp_path: Path, context_samples: int, *, complete: bool) -> None:
    """What was written and what was left out is every place on the grid, in every group."""
    # The last one lies outside, to be counted as lost.
    marks = Mark(6.0, 0.0, "ied"), Mark(9.0, 3.0, "bckg"), Mark(14.0, 0.2, "eyem"), Mark(30.0, 0.0, "ied")
    header = replace(GROUPS, context_samples=context_samples)
    ws, counts = cut(tmp_path, labelled(background(20), *marks, complete=complete), header)
    assert (counts.past > 0) == (complete and context_samples > 0)
    # Ends every 0.5 s of 20 s, from 1.5 s on, in five groups.
    windows = (20 * 2 - 2) * 5
    assert counts.positives + counts.negatives == len(ws)
    left_out = counts.near + counts.other + counts.unmarked + counts.invalid + counts.past
    assert len(ws) + left_out == windows
    assert counts.marks_lost == 1
    assert counts + counts == Cut(*(2 * n for n in astuple(counts)))


def test_columns_say_whose_window_it_is_and_in_which_stage(tmp_path: Path) -> None:
    """The stage is that of the window's middle; unscored time is unknown."""
    ws, _ = cut(tmp_path, labelled(background(20)))
    assert (ws.header.subjects, ws.header.recordings, ws.header.montages) == (("anna",), ("a_1",), ("scalp",))
    assert set(ws.split.tolist()) == {1}
    middles_s = ws.start_s + 0.75
    expected = [STAGE_CODES.index("W" if m < 10 else "N2" if m < 15 else "unknown") for m in middles_s]
    assert ws.stage.tolist() == expected


def test_millivolts_are_microvolts_and_an_unknown_unit_is_refused_where_it_matters(tmp_path: Path) -> None:
    """Windows are in microvolts; a set for any unit takes numbers as they are."""
    samples = background(8)
    plain, _ = cut(tmp_path / "a", labelled(samples))
    milli, _ = cut(tmp_path / "b", labelled(samples / np.float32(1000), unit="mV"))
    unknown, _ = cut(tmp_path / "c", labelled(samples, unit=""))
    # Not bit for bit: a thousandth is no binary number.
    np.testing.assert_allclose(milli.windows, plain.windows, atol=1e-3)
    assert np.array_equal(unknown.windows, plain.windows)
    header = Header("test", channels=5, window_samples=192, rate_hz=128.0, unit="uV")
    with (
        pytest.raises(DataError, match=r'declare no voltage unit \(""\); prepare the set with unit "any"'),
        Writer(tmp_path / "d", header) as writer,
    ):
        cut_groups(labelled(samples, unit=""), IED, writer, montage="scalp")


def test_what_cannot_be_cut_is_one_clear_line(tmp_path: Path) -> None:
    """Windows of another shape, a hop between samples, and a montage that is not there."""
    what = labelled(background(4))
    with Writer(tmp_path / "rows", ROWS) as writer, pytest.raises(DataError, match="cannot hold groups of 5"):
        cut_groups(what, IED, writer, montage="scalp")
    with Writer(tmp_path / "set", GROUPS) as writer:
        with pytest.raises(DataError, match="cannot hold one derivation"):
            cut_rows(what, IED, writer)
        with pytest.raises(DataError, match=r"hop of 0.3 s is no whole number of samples"):
            cut_groups(what, IED, writer, montage="scalp", hop_s=0.3)
        with pytest.raises(MontageError):
            cut_groups(what, IED, writer, montage="shaft")
        assert cut_groups(labelled(background(1)), IED, writer, montage="scalp") == Cut()
