"""The rate of a recording is its EEG's, whatever else is sampled faster or slower beside it."""

import pytest

from models.readers.eeg_rate import choose
from models.signal.chains import Spec

SCALP = ["EEG Fp1-REF", "EEG F7-REF", "EEG T3-REF"]


@pytest.mark.parametrize("fast", ["ECG", "EKG1", "EMG Chin", "EOG L", "Trigger", "STATUS", "EDF Annotations", "DC1"])
@pytest.mark.parametrize("rate_hz", [64.0, 1024.0])
def test_what_is_no_eeg_never_decides(fast: str, rate_hz: float) -> None:
    """One such channel, faster or slower, is left out with both rates named; the EEG stays."""
    chosen = choose([*SCALP, fast], ["EEG"] * 3 + [""], [256.0] * 3 + [rate_hz])
    assert (chosen.rate_hz, chosen.kept) == (256.0, (0, 1, 2))
    assert chosen.left_out == {fast: f"sampled at {rate_hz:g} Hz, the EEG at 256 Hz"}


def test_other_signals_in_greater_number_do_not_decide() -> None:
    """Eight signals of a polygraph at 512 Hz against three electrodes at 256 Hz."""
    # More channels than electrodes: a plain majority would choose their rate.
    others = ["ECG", "EMG1", "EMG2", "EMG3", "EOG1", "EOG2", "Flow", "Snore"]
    assert choose([*others, *SCALP], [""] * 11, [512.0] * 8 + [256.0] * 3).kept == (8, 9, 10)


def test_a_channel_of_unknown_name_does_not_outvote_electrodes() -> None:
    """Names that could be anything count only where no channel is surely EEG."""
    # None of the three is on any list of what is no EEG.
    labels = ["Fp1", "F7", "Mic", "Bed", "Light"]
    assert choose(labels, [""] * 5, [256.0, 256.0, 2000.0, 2000.0, 2000.0]).kept == (0, 1)


def test_inputs_that_nobody_named_do_not_outvote_what_is_called_eeg() -> None:
    """X1 to X24 at 512 Hz look like a lead."""
    labels = [f"EEG {number}" for number in range(8)] + [f"X{number}" for number in range(1, 25)]
    assert choose(labels, ["EEG"] * 8 + [""] * 24, [256.0] * 8 + [512.0] * 24).kept == tuple(range(8))


def test_two_eyes_are_no_lead() -> None:
    """E1 and E2 are the eyes beside one EEG channel, and contacts where a lead has three."""
    assert choose(["C3", "E1", "E2"], [""] * 3, [100.0, 200.0, 200.0]).kept == (0,)
    assert choose(["C3", "E1", "E2", "E3"], [""] * 4, [100.0, 200.0, 200.0, 200.0]).kept == (1, 2, 3)


def test_derivations_count_as_eeg() -> None:
    """A bipolar export beside a faster ECG keeps its derivations."""
    assert choose(["FP1-F7", "F7-T7", "ECG"], [""] * 3, [256.0, 256.0, 512.0]).kept == (0, 1)


def test_of_two_rates_of_eeg_most_channels_decide() -> None:
    """The electrodes of the other rate are named, as EEG."""
    chosen = choose([*SCALP, "EEG O1-REF"], ["EEG"] * 4, [200.0] * 3 + [400.0])
    assert (chosen.rate_hz, chosen.kept) == (200.0, (0, 1, 2))
    assert chosen.left_out == {"EEG O1-REF": "sampled at 400 Hz, most of the EEG at 200 Hz"}


def test_what_the_montage_is_of_decides() -> None:
    """Beside scalp electrodes at 256 Hz a person may have leads at 2,048 Hz, or muscles that nobody knows by name."""
    scalp, leads = ["Fp1", "F7", "T3", "T5"], [f"LA{contact}" for contact in range(1, 9)]
    rates_hz = [256.0] * 4 + [2048.0] * 8
    assert choose([*scalp, *leads], [""] * 12, rates_hz, "scalp").kept == (0, 1, 2, 3)
    assert choose([*scalp, *leads], [""] * 12, rates_hz, "shaft").kept == tuple(range(4, 12))
    assert choose([*scalp, *leads], [""] * 12, [2048.0, *rates_hz[1:4], *rates_hz[4:]]).kept == (0, *range(4, 12))
    # Without one such electrode the file's own majority decides.
    assert choose(leads, [""] * 8, rates_hz[4:], "scalp").kept == tuple(range(8))
    assert choose(scalp, [""] * 4, rates_hz[:4], "shaft").kept == (0, 1, 2, 3)


def test_of_two_rates_with_as_many_the_higher_decides() -> None:
    """Two against two."""
    assert choose(["Fp1", "F7", "O1", "O2"], [""] * 4, [200.0, 200.0, 400.0, 400.0]).rate_hz == 400.0


def test_a_type_of_eeg_decides_for_names_that_say_nothing() -> None:
    """As a sender may declare "1" and "2" to be EEG, and "3" an EMG."""
    assert choose(["1", "2", "3"], ["EEG", "EEG", "EMG"], [250.0, 250.0, 1000.0]).kept == (0, 1)


def test_where_nothing_is_eeg_most_channels_decide() -> None:
    """A file of ECG alone keeps its rate, for the montage to refuse by name."""
    assert choose(["ECG I", "ECG II", "SpO2"], ["ECG", "ECG", ""], [500.0, 500.0, 1.0]).kept == (0, 1)


def test_a_file_without_signals_has_no_rate() -> None:
    """The reader refuses it."""
    assert choose([], [], []).rate_hz == 0.0


def test_a_channel_without_a_label_is_named_by_its_number() -> None:
    """Counted from 1, as the montage does."""
    assert list(choose(["Fp1", "F7", ""], [""] * 3, [256.0, 256.0, 8.0]).left_out) == ["channel 3"]


SCALP_GROUP = {"left": ["Fp1-F7", "F7-T3"]}
LEAD = [f"LA{contact}" for contact in range(1, 9)]


def test_the_electrodes_of_groups_of_ones_own_decide() -> None:
    """Whatever is more: scalp electrodes at 256 Hz beside a lead, or one pair of contacts beside the scalp."""
    labels, rates_hz = [*SCALP, *LEAD], [256.0] * 3 + [1024.0] * 8
    assert choose(labels, [""] * 11, rates_hz, SCALP_GROUP).kept == (0, 1, 2)
    assert choose(labels, [""] * 11, [1024.0] * 3 + [256.0] * 8, {"focus": ["LA1-LA2"]}).kept == tuple(range(3, 11))
    # Neither groups of electrodes that are not there nor groups that nobody can read choose anything.
    for groups in ({"right": ["Fp2-F8"]}, {"left": ["Fp1-F7-T3"]}):
        assert choose(labels, [""] * 11, rates_hz, groups).kept == tuple(range(3, 11))


@pytest.mark.parametrize("montage", ["scalp", SCALP_GROUP])
def test_labels_that_stand_for_electrodes_count_as_these(montage: Spec) -> None:
    """As the montage has them; what is left out keeps its own label."""
    labels, rates_hz = ["in 1", "in 2", "in 3", *LEAD, "x"], [256.0] * 3 + [1024.0] * 9
    aliases = {"in 1": "Fp1", "in 2": "F7", "in 3": "T3", "x": "O1"}
    chosen = choose(labels, [""] * 12, rates_hz, montage, aliases)
    assert (chosen.kept, list(chosen.left_out)) == ((0, 1, 2), [*LEAD, "x"])
