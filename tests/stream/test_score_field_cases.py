"""Files as people met them, rebuilt with an invented patient: each is scored as if nothing were odd about it."""

from pathlib import Path

import pytest

from models.errors import RecordingError
from stream.account import Account
from stream.config.keys import Acquire, Bed, Condition, Config, Infer
from stream.score import score
from tests.field_cases import field_case

TRUTH_S = (8.0, 13.0, 19.0, 24.0, 31.0, 37.0, 44.0, 52.0)
AFTER_THE_GAP_S = tuple(time_s + 100 for time_s in TRUTH_S[5:])


def found_s(path: Path, montage: str = "scalp", account: Account | None = None) -> list[float]:
    """Return the times of a file's events."""
    bed = Bed(id="bed-1", acquire=Acquire(), condition=Condition(montage=montage))  # type: ignore[arg-type]
    config = Config(bed=[bed], infer=Infer(device="cpu", sleep="off"))
    return [event["time_s"] for event in score(config, path, 512, "bed-1", account=account)]


@pytest.mark.parametrize(
    ("case", "name", "montage"),
    [
        ("02-common-reference-cpz", "eego.edf", "scalp"),
        ("03-bipolar-only-export", "chb.edf", "scalp"),
        ("04-annotation-not-utf8", "nacht.edf", "scalp"),
        ("05-score-tells-not-what-it-could-not-see", "off.edf", "scalp"),
        ("09-physical-range-of-nothing", "one.edf", "scalp"),
        ("10-edf-c-with-a-gap", "whole.edf", "scalp"),
        ("12-units-differ-between-electrodes", "mixed.edf", "scalp"),
        ("14-lead-named-like-an-ecg", "precg.edf", "shaft"),
    ],
)
def test_the_eight_discharges_are_found(tmp_path: Path, case: str, name: str, montage: str) -> None:
    """Whatever the export made of the labels, units, remarks and times."""
    assert found_s(field_case(case, tmp_path) / name, montage) == pytest.approx(TRUTH_S, abs=0.1)


def test_behind_a_gap_times_are_those_of_the_records(tmp_path: Path) -> None:
    """The one that comes within a second of the gap lies where filters settle, as it would live."""
    times_s = found_s(field_case("10-edf-c-with-a-gap", tmp_path) / "gap.edf")
    assert [time_s for time_s in times_s if time_s > 132] == pytest.approx(AFTER_THE_GAP_S, abs=0.1)
    assert [time_s for time_s in times_s if time_s < 30] == pytest.approx(TRUTH_S[:4], abs=0.1)


def test_a_dead_electrode_is_named(tmp_path: Path) -> None:
    """Nothing of its group is lost."""
    account = Account()
    found_s(field_case("05-score-tells-not-what-it-could-not-see", tmp_path) / "off.edf", account=account)
    assert account.left_out["EEG T3"] == "flat or at a rail throughout"


def test_an_electrode_that_the_file_has_is_not_called_absent(tmp_path: Path) -> None:
    """What is told of it is why its channel was not read."""
    account = Account()
    found_s(field_case("09-physical-range-of-nothing", tmp_path) / "one.edf", account=account)
    assert [name for name in account.left_out if name in {"EEG T3", "T3", "T7"}] == ["EEG T3"]


def test_a_file_without_a_scale_is_refused(tmp_path: Path) -> None:
    """With the remedy."""
    with pytest.raises(RecordingError, match=r"all.edf: holds no EEG with a scale"):
        found_s(field_case("09-physical-range-of-nothing", tmp_path) / "all.edf")
