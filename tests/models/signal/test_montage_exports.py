"""Montages of what other programs export: any reference, derivations in the place of electrodes, odd types."""

import re

import numpy as np
import pytest

from models.errors import MontageError
from models.signal.montage import build
from tests.models.signal.test_montage import SCALP_GROUPS, TEN_TWENTY, rows

LEFT, RIGHT = "FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1", "FP2-F4 F4-C4 C4-P4 P4-O2 FP2-F8 F8-T8 T8-P8 P8-O2"
BIPOLAR = [*LEFT.split(), *RIGHT.split(), "FZ-CZ", "CZ-PZ"]


@pytest.mark.parametrize("reference", ["CPz", "Cz", "Vertex", "CS2", "0"])
def test_any_common_reference_gives_the_same_derivations(reference: str) -> None:
    """Also where the reference is one of the electrodes, and so has no channel."""
    labels = [f"EEG {name}-{reference}" for name in TEN_TWENTY if name != reference]
    made = build("scalp", labels)
    assert made.groups == build("scalp", TEN_TWENTY).groups
    at = {name: float(number) ** 2 for number, name in enumerate([*TEN_TWENTY, reference])}
    applied = made.matrix @ [at[label.split()[1].split("-")[0]] - at[reference] for label in labels]
    expected = [
        at[plus] - at[minus] for group in made.groups for plus, minus in (d.split("-") for d in group.derivations)
    ]
    np.testing.assert_array_equal(applied, expected)


def test_a_bipolar_export_is_the_rows_of_the_chains() -> None:
    """The ends are the sum of the chain; what a chain lacks is named."""
    made = build("scalp", [*BIPOLAR, "T8-P8", "ECG"])
    assert made.groups[0].derivations == ("Fp1-F7", "F7-T7", "T7-P7", "P7-O1", "Fp1-O1")
    assert [group.name for group in made.groups] == SCALP_GROUPS
    assert made.groups[2].derivations == ("Fz-Cz", "Cz-Pz", "", "", "Fz-Pz")
    assert made.matrix[4].tolist() == [1.0] * 4 + [0.0] * 14
    assert made.left_out == {
        "C3-Cz": "not among the stream's derivations, nor the sum of neighbouring ones",
        "Cz-C4": "not among the stream's derivations, nor the sum of neighbouring ones",
        "T8-P8 (channel 19)": "the same derivation as channel 15",
        "ECG": "not EEG by its label",
    }


def test_a_bipolar_export_that_lacks_a_row_keeps_the_others() -> None:
    """Three are enough; neither the row nor the ends can be made."""
    made = build("scalp", [label for label in BIPOLAR if label != "F7-T7"])
    assert made.groups[0].derivations == ("Fp1-F7", "", "T7-P7", "P7-O1", "")
    assert {"F7-T7", "Fp1-O1"} <= set(made.left_out)


def test_a_bipolar_lead_makes_its_group() -> None:
    """Neighbours as they stand, written in full or in short."""
    for labels in ([f"LA{n}-LA{n + 1}" for n in range(1, 6)], [f"LA{n}-{n + 1}" for n in range(1, 6)]):
        assert rows(labels, "shaft") == {"la1-6": ("LA1-LA2", "LA2-LA3", "LA3-LA4", "LA4-LA5", "LA5-LA6")}


def test_electrodes_are_preferred_to_derivations() -> None:
    """Whoever computed a derivation may have filtered it."""
    made = build("scalp", [*TEN_TWENTY, "Fp1-F7"])
    assert made.channels == tuple(range(19))
    assert made.left_out == {"Fp1-F7": "already a derivation, not one electrode against the common reference"}


def test_electrodes_of_two_ears_are_not_subtracted() -> None:
    """C4 is against the other ear: the row is empty, and that is said."""
    ears = {name: "A2" if name[-1] in "2468" else "A1" for name in TEN_TWENTY}
    made = build("scalp", [f"{name}-{ear}" for name, ear in ears.items()])
    assert made.groups[2].derivations == ("Fz-Cz", "Cz-Pz", "C3-Cz", "", "Fz-Pz")
    assert made.left_out == {"Cz-C4": "its electrodes have different references, A1 and A2"}


def test_a_chain_is_bridged_over_a_dead_electrode_as_over_an_absent_one() -> None:
    """The reason that is given stands in the report."""
    made = build("scalp", TEN_TWENTY, dead={TEN_TWENTY.index("T7"): "flat throughout"})
    assert made.groups[0].derivations == ("Fp1-F7", "F7-P7", "P7-O1", "", "Fp1-O1")
    assert made.left_out["T7"] == "flat throughout"


@pytest.mark.parametrize(
    ("labels", "types", "said"),
    [
        (TEN_TWENTY, ["AUX"] * 19, "(19 of type AUX, not EEG)"),
        (["ECG", "EMG1", "Fp1", "SpO2"], [], "(3 not EEG by its label)"),
        (
            ["Fpz-Cz", "Pz-Oz", "EOG"],
            [],
            "(2 already derivations, 1 not EEG by its label); export the channels against",
        ),
        (["LA1_LA2", "LA2_LA3"], [], "(2 already derivations); export the channels against one reference"),
        ([f"{pair}-A1" for pair in BIPOLAR], [], "against the common reference); export the channels against one"),
        (["Fp1+F7", "F7+T7", "T7+P7"], [], "(3 of two electrodes together, not one against the common reference); exp"),
        (["Fp1", "O1"], [], '; choose "shaft" for leads such as LA1 to LA6, or name groups of your own'),
        (["Ch0", "Ch1"], [], 'name electrodes with bed.condition.aliases = ["Ch0 = Fp1", ...], or name groups'),
        (["EXG Channel 0"], [], 'also with bed.condition.aliases = ["EXG Channel 0 = Fp1", ...]'),
        (
            ["", "", ""],
            [],
            "(3 has no label); give the channels the type EEG and the names of their electrodes, also where",
        ),
        (["EEG"] * 3, [], "name electrodes where the recording is made or exported, each its own, or name groups"),
        (
            [f"{name}-{'Ref' if number % 2 else 'AVG'}" for number, name in enumerate(TEN_TWENTY)],
            [],
            "(electrodes against different references: AVG, the common one); export the channels against one reference",
        ),
        ([f"{name}-Lap" for name in TEN_TWENTY], [], "(19 already derivations); export the channels against one"),
    ],
)
def test_a_refusal_counts_why_channels_are_left_out(labels: list[str], types: list[str], said: str) -> None:
    """And does not advise what was done already."""
    with pytest.raises(MontageError, match=re.escape(said)):
        build("scalp", labels, types)


@pytest.mark.parametrize("label", ["{}", "CH{}"])
def test_channels_that_have_numbers_alone_are_called_unnamed(label: str) -> None:
    """Else whoever described one channel too few would look for the names that were sent."""
    said = "the sender names none of them, or another number of channels than it sends"
    with pytest.raises(MontageError, match=re.escape(said)):
        build("scalp", [label.format(number) for number in range(1, 20)])


def test_a_name_is_no_remedy_for_a_type() -> None:
    """The type would still be another one."""
    with pytest.raises(MontageError, match=r"give the channels the type EEG and the names of their electrodes$"):
        build("scalp", list(TEN_TWENTY), ["AUX"] * len(TEN_TWENTY))


@pytest.mark.parametrize("lead", ["L A", "R_M", "LT A", "L F", "R.T", "L Ant A", "L-Amy", "R-A", "L:M"])
def test_a_side_before_a_lead_costs_none_of_its_contacts(lead: str) -> None:
    """Lead "L A" has an A1, which is no ear; a lead of four is whole."""
    for contacts in (4, 8):
        labels = [f"{lead}{number}" for number in range(1, contacts + 1)]
        assert build("shaft", labels).channels == tuple(range(contacts))


@pytest.mark.parametrize("between", ["-", "_", " vs ", " - "])
def test_derivations_of_leads_with_a_side_before_a_dash_stay_derivations(between: str) -> None:
    """Two leads of one name, one a side."""
    labels = [f"{side}-Amy{n}{between}{side}-Amy{n + 1}" for side in "LR" for n in range(1, 6)]
    assert list(rows(labels, "shaft")) == ["lamy1-6", "ramy1-6"]
