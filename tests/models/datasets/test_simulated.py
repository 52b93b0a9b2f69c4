"""Simulated patients become a window set that says the truth about them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.datasets.cutting import Windows
from models.datasets.simulated import MONTAGES, PATIENTS_A_SEED, stages_at, write
from models.datasets.windowset import STAGE_CODES, WindowSet
from models.errors import DataError
from models.signal.window_geometry import WINDOW_SAMPLES
from models.simulate.truth import Layout
from models.simulate.windows import HELD_OUT, Track, draw_track, labels_at

LAYOUTS: tuple[Layout, ...] = ("scalp", "depth")


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> WindowSet:
    """Return six patients of 12 s."""
    return write(tmp_path_factory.mktemp("simulated") / "six", patients=6, seed=4, seconds=12.0)


def track_of(patient: int) -> Track:
    """Simulate a patient of those six once more."""
    # The same draw as `write` makes, so that the same patients are quiet.
    rng = np.random.default_rng([patient, 2])
    return draw_track(patient, LAYOUTS[patient % 2], seconds=12.0, quiet=bool(rng.random() < 0.4))


def test_every_window_is_where_its_columns_say(six: WindowSet) -> None:
    """Patient, group and start lead back to the very samples and the very label."""
    patients = [int(name.removeprefix("sim-")) for name in six.header.subjects]
    tracks = [track_of(patient) for patient in patients]
    for number in range(len(six)):
        track, layout = tracks[six.subject[number]], LAYOUTS[patients[six.subject[number]] % 2]
        group = track.names.index(six.header.groups[six.group[number]])
        start = round(six.start_s[number] * 128)
        assert np.array_equal(six.windows[number], track.samples[group, :, start : start + WINDOW_SAMPLES])
        assert six.label[number] == labels_at(track, group, np.array([start]))[0]
        assert six.header.montages[six.montage[number]] == MONTAGES[layout]
        assert six.stage[number] == stages_at(track, np.array([start]))[0]


def test_both_kinds_and_all_patients_are_there(six: WindowSet) -> None:
    """Six patients, scalp and depth in turn, with discharges and without."""
    assert six.header.subjects == tuple(f"sim-{PATIENTS_A_SEED * 5 + k}" for k in range(6))
    assert six.header.montages == ("scalp", "shaft")
    assert 0.02 < six.label.mean() < 0.6


def test_the_same_arguments_give_the_same_bytes(six: WindowSet, tmp_path: Path) -> None:
    """What a card's command makes is what was trained on."""
    again = write(tmp_path / "again", patients=6, seed=4, seconds=12.0)
    # Byte by byte: a header with a date or a set in another order would show here.
    for file in six.folder.iterdir():
        assert file.read_bytes() == (again.folder / file.name).read_bytes(), file.name


def test_the_past_is_the_true_past(tmp_path: Path) -> None:
    """With 509 samples of context every window is the track's own samples, window and past; its label is that."""
    ws = write(tmp_path / "set", patients=2, seed=4, seconds=12.0, cutter=Windows(context_samples=509))
    assert ws.windows.shape[1:] == (5, 509 + WINDOW_SAMPLES)
    assert len(ws) > 50
    for patient in (PATIENTS_A_SEED * 5, PATIENTS_A_SEED * 5 + 1):
        rng = np.random.default_rng([patient, 2])
        track = draw_track(patient, LAYOUTS[patient % 2], seconds=12.0, quiet=bool(rng.random() < 0.4))
        for number in np.flatnonzero(ws.subject == ws.header.subjects.index(f"sim-{patient}")):
            group = track.names.index(ws.header.groups[ws.group[number]])
            start = round(ws.start_s[number] * 128)
            assert start >= 509
            assert track.valid[group, start - 509 : start + WINDOW_SAMPLES].all()
            assert np.array_equal(ws.windows[number], track.samples[group, :, start - 509 : start + WINDOW_SAMPLES])
            assert ws.label[number] == labels_at(track, group, np.array([start]))[0]


def test_windows_with_a_past_end_with_the_windows_without(tmp_path: Path) -> None:
    """Around discharges, where both sets draw the same places, the last 192 samples and the labels are the same."""
    # Nothing at random: with a past, other places would be drawn.
    around = Windows(per_group=0, per_lookalike=0)
    patients = {"patients": 2, "seed": 4, "seconds": 12.0, "quiet_share": 0.0}
    plain = write(tmp_path / "plain", **patients, cutter=around)  # type: ignore[arg-type]
    past = write(tmp_path / "past", **patients, cutter=replace(around, context_samples=64))  # type: ignore[arg-type]
    keys = [list(zip(ws.group.tolist(), ws.start_s.tolist(), strict=True)) for ws in (plain, past)]
    assert set(keys[1]) <= set(keys[0])
    assert len(past) > 20
    twins = [keys[0].index(key) for key in keys[1]]
    assert np.array_equal(past.windows[:, :, 64:], plain.windows[twins])
    assert np.array_equal(past.label, plain.label[twins])


def test_stages_change_where_the_truth_says() -> None:
    """A window's stage is that of its middle, by a slow reading of the spans."""
    track = draw_track(11, "scalp", seconds=62.0, quiet=True)
    # A prime step, so that middles fall on either side of a change.
    starts = np.arange(0, track.samples.shape[2] - WINDOW_SAMPLES, 31)
    expected = []
    for start in starts:
        # 96 is half of the window's 192 samples.
        sample = (start + 96) / 128 * track.simulated.rate_hz
        [span] = [span for span in track.simulated.stages if span.first <= sample < span.end]
        expected.append(STAGE_CODES.index(span.stage))
    assert len(set(expected)) > 1
    assert stages_at(track, starts).tolist() == expected


def test_no_seed_reaches_the_patients_kept_for_evaluation(tmp_path: Path) -> None:
    """The largest seed ends before them, and a larger one is refused."""
    # A seed's patients begin at PATIENTS_A_SEED * (seed + 1): those of 898, the largest seed, end at 900 times it.
    assert PATIENTS_A_SEED * (898 + 2) <= HELD_OUT
    with pytest.raises(DataError, match="seed below 899"):
        write(tmp_path, patients=1, seed=899)
    with pytest.raises(DataError, match="give 1 to"):
        write(tmp_path, patients=PATIENTS_A_SEED + 1, seed=0)


def test_every_written_patient_is_reported(tmp_path: Path) -> None:
    """Every patient counts once."""
    written: list[int] = []
    write(tmp_path / "set", patients=3, seed=1, seconds=5.0, watch=written.append)
    assert written == [1, 2, 3]


def test_all_windows_are_a_third_of_a_second_apart(tmp_path: Path) -> None:
    """Of a quiet patient everything is kept, group after group."""
    quiet = write(
        tmp_path / "set",
        patients=1,
        seed=2,
        seconds=12.0,
        quiet_share=1.0,
        cutter=Windows(per_group="all", per_lookalike=0),
    )
    within = np.diff(quiet.start_s)[np.diff(quiet.group) == 0]
    assert not quiet.label.any()
    assert np.median(within) == 48 / 128
    # (12 - 1.5) / 0.375 windows of 1.5 s, 0.375 s apart, fit into 12 s.
    assert len(quiet) > 0.8 * len(quiet.header.groups) * (12 - 1.5) / 0.375


def test_lookalikes_are_in_the_middle_of_negatives(tmp_path: Path) -> None:
    """With nothing else asked for, every window of a quiet patient holds a confounder's middle."""
    patients = write(
        tmp_path / "set",
        patients=4,
        seed=3,
        seconds=12.0,
        layouts=("scalp",),
        quiet_share=1.0,
        cutter=Windows(per_group=0),
    )
    assert len(patients) > 10
    assert not patients.label.any()
    for name, number in zip(patients.header.subjects, range(4), strict=False):
        patient = int(name.removeprefix("sim-"))
        track = draw_track(patient, "scalp", seconds=12.0, quiet=True)
        rate_hz = track.simulated.rate_hz
        middles = np.array([(found.onset + found.end) / 2 / rate_hz for found in track.simulated.confounders])
        starts = patients.start_s[patients.subject == number]
        inside = (middles > starts[:, None]) & (middles < starts[:, None] + 1.5)
        assert inside.any(axis=1).all()


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """Nothing is written into it; an empty one will do."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="full: is not empty; name another folder, or remove it"):
        write(tmp_path / "full", patients=1, seed=4)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert len(write(tmp_path / "empty", patients=1, seed=4, seconds=10.0)) > 0
