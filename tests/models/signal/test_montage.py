"""Montages: labels as senders write them, one rule for what is missing, and errors that name the label."""

import re

import numpy as np
import pytest

from models.errors import MontageError
from models.signal.electrodes import electrode
from models.signal.montage import build

ROWS = "Fp1 Fp2", "F7 F3 Fz F4 F8", "T7 C3 Cz C4 T8", "P7 P3 Pz P4 P8", "O1 O2"
TEN_TWENTY = [name for row in ROWS for name in row.split()]
SCALP_GROUPS = ["left-temporal", "left-parasagittal", "midline", "right-parasagittal", "right-temporal"]


def rows(montage_labels: list[str], spec: str = "scalp") -> dict[str, tuple[str, ...]]:
    """Return the derivations by group."""
    return {group.name: group.derivations for group in build(spec, montage_labels).groups}


def test_the_whole_10_20_system_makes_five_groups() -> None:
    """Two chains a side and the midline, each with five live rows."""
    made = build("scalp", TEN_TWENTY)
    assert [group.name for group in made.groups] == SCALP_GROUPS
    assert made.groups[0].derivations == ("Fp1-F7", "F7-T7", "T7-P7", "P7-O1", "Fp1-O1")
    assert made.groups[1].derivations == ("Fp1-F3", "F3-C3", "C3-P3", "P3-O1", "Fp1-O1")
    assert made.groups[2].derivations == ("Fz-Cz", "Cz-Pz", "C3-Cz", "Cz-C4", "Fz-Pz")
    assert made.groups[3].derivations == ("Fp2-F4", "F4-C4", "C4-P4", "P4-O2", "Fp2-O2")
    assert made.groups[4].derivations == ("Fp2-F8", "F8-T8", "T8-P8", "P8-O2", "Fp2-O2")
    assert made.channels == tuple(range(19))
    assert made.left_out == {}


def test_electrodes_against_two_references_make_no_derivation() -> None:
    """The reason is said; where every electrode is there against both, those of one reference are used."""
    labels = [f"{name}-{'AVG' if name == 'T7' else 'REF'}" for name in TEN_TWENTY]
    made = build("scalp", labels)
    assert made.groups[0].derivations == ("Fp1-F7", "", "", "P7-O1", "Fp1-O1")
    assert made.left_out["F7-T7"] == "its electrodes have different references, the common one and AVG"
    twice = build("scalp", [f"{name}-{word}" for word in ("REF", "AVG") for name in TEN_TWENTY])
    assert [group.name for group in twice.groups] == SCALP_GROUPS
    assert twice.channels == tuple(range(19))
    assert set(twice.left_out) == {f"{name}-AVG" for name in TEN_TWENTY}


def test_the_matrix_subtracts_what_the_names_say() -> None:
    """Each row of the matrix applied to the electrodes' own numbers gives the difference of its name."""
    labels = ["ECG", *reversed(TEN_TWENTY)]
    made = build("scalp", labels)
    # Squares: of the numbers themselves all neighbours would differ by one.
    values = {label: float(number) ** 2 for number, label in enumerate(labels)}
    applied = made.matrix @ [values[labels[index]] for index in made.channels]
    named = [name for group in made.groups for name in group.derivations]
    np.testing.assert_array_equal(applied, [values[a] - values[b] for a, b in (name.split("-") for name in named)])
    assert made.matrix.dtype == np.float64


def test_a_chain_is_bridged_over_a_missing_electrode() -> None:
    """Without F7 the chain goes Fp1-T7, its last row is still the ends, and one row is empty and zero."""
    labels = [name for name in TEN_TWENTY if name != "F7"]
    made = build("scalp", labels)
    assert made.groups[0].derivations == ("Fp1-T7", "T7-P7", "P7-O1", "", "Fp1-O1")
    assert not made.matrix[3].any()  # the empty row stands before the ends, which stay last
    assert made.left_out == {"F7": "not in the stream"}


def test_a_group_with_fewer_than_three_rows_is_left_out_with_a_reason() -> None:
    """Without Cz the midline has two pairs left."""
    made = build("scalp", [name for name in TEN_TWENTY if name != "Cz"])
    assert "midline" not in [group.name for group in made.groups]
    assert made.left_out["midline"] == "group left out: fewer than 3 of its derivations have both electrodes"


def test_a_group_of_two_electrodes_has_no_rows_to_spare() -> None:
    """Three electrodes of a chain are the fewest: two neighbours and the ends."""
    assert rows(["Fp1", "T3", "O1"]) == {"left-temporal": ("Fp1-T7", "T7-O1", "", "", "Fp1-O1")}
    with pytest.raises(MontageError, match="Fp1, O1"):
        build("scalp", ["Fp1", "O1"])


@pytest.mark.parametrize(
    "label",
    [
        "ECG ECG", "EKG1", "EEG EKG-REF", "EOG left", "EMG Chin", "RESP", "EEG RESP1-REF", "Status", "TRIGGER",
        "STI 014",
        "EEG PHOTIC-REF", "EDF Annotations", "SpO2", "EEG A2-A1", "EEG ROC-REF", "Fp1-F7", "IBI", "BURSTS", "",
    ],
)  # fmt: skip
def test_what_is_no_electrode_is_left_out_with_a_reason(label: str) -> None:
    """Nineteen electrodes stay nineteen, and the odd one is explained."""
    made = build("scalp", [*TEN_TWENTY, label])
    assert made.channels == tuple(range(19))
    assert made.left_out[label or "channel 20"] not in {"", "in no group"}


def test_declared_types_are_believed() -> None:
    """A channel declared other than EEG is no electrode, whatever its label."""
    types = ["EEG"] * 18 + ["misc"]
    made = build("scalp", TEN_TWENTY, types)
    assert made.left_out == {"O2": "of type misc, not EEG"}
    assert 18 not in made.channels
    # Depth electrodes are EEG as well, whatever montage is asked for.
    assert build("scalp", TEN_TWENTY, ["seeg"] * 19).channels == tuple(range(19))


def test_electrodes_of_no_group_are_named() -> None:
    """F9 is EEG, but no chain uses it."""
    assert build("scalp", [*TEN_TWENTY, "EEG F9-REF"]).left_out == {"EEG F9-REF": "in no group"}


@pytest.mark.parametrize("style", ["EEG {}-REF", "{}-LE", "EEG {}-A1A2", "POL {}", "{}-AVG"])
def test_labels_of_other_amplifiers_make_the_same_groups(style: str) -> None:
    """Against one reference, whatever it is called."""
    assert rows([style.format(name) for name in TEN_TWENTY]) == rows(TEN_TWENTY)


@pytest.mark.parametrize(("one", "other"), [("T3", "T7"), ("EEG Fp1-REF", "Fp1"), ("cz", "CZ")])
def test_two_channels_of_one_electrode_are_an_error_that_names_both(one: str, other: str) -> None:
    """A guess between them would be a guess about a patient."""
    labels = [one, other, *[name for name in TEN_TWENTY if name not in {"T7", "Fp1", "Cz"}]]
    with pytest.raises(MontageError, match=re.escape(f'"{one}" (channel 1) and "{other}" (channel 2) are both')):
        build("scalp", [*labels, *({"T7", "Fp1", "Cz"} - {electrode(one)})])


def test_six_contacts_make_one_group() -> None:
    """The five pairs of neighbours, by contact number, whatever the order of channels."""
    labels = ["LA6", "LA1", "LA5", "LA2", "LA4", "LA3"]
    made = build("shaft", labels)
    assert [(group.name, group.derivations) for group in made.groups] == [
        ("la1-6", ("LA1-LA2", "LA2-LA3", "LA3-LA4", "LA4-LA5", "LA5-LA6"))
    ]
    assert made.channels == (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("contacts", "names"),
    [
        (4, ["la1-4"]), (5, ["la1-5"]), (6, ["la1-6"]), (7, ["la1-6", "la2-7"]), (10, ["la1-6", "la5-10"]),
        (11, ["la1-6", "la6-11"]), (12, ["la1-6", "la6-11", "la7-12"]), (16, ["la1-6", "la6-11", "la11-16"]),
    ],
)  # fmt: skip
def test_long_leads_make_groups_of_five_pairs_the_last_at_the_end(contacts: int, names: list[str]) -> None:
    """Every pair of neighbours is in a group, and every group of a long lead is full."""
    made = build("shaft", [f"LA{number}" for number in range(1, contacts + 1)])
    assert [group.name for group in made.groups] == names
    # No pair of neighbours is lost where the last group begins before the end of the one before.
    pairs = {name for group in made.groups for name in group.derivations if name}
    assert pairs == {f"LA{number}-LA{number + 1}" for number in range(1, contacts)}


def test_leads_are_kept_apart_and_primes_keep_their_side() -> None:
    """Left and right leads, padded numbers and prefixes; ids fit a topic."""
    labels = (
        [f"EEG B'{n:02d}-REF" for n in range(1, 5)]
        + [f"B{n}" for n in range(1, 5)]
        + ["ECG1", "CH1", "CH2", "CH3", "CH4"]
    )
    made = build("shaft", labels)
    assert rows(labels, "shaft") == {
        "b_prime1-4": ("B'1-B'2", "B'2-B'3", "B'3-B'4", "", ""),
        "b1-4": ("B1-B2", "B2-B3", "B3-B4", "", ""),
    }
    assert made.channels == tuple(range(8))


def test_scalp_electrodes_beside_depth_leads_are_no_lead() -> None:
    """F3, F4, F7 and F8 are no contacts of a lead "F"; F1 to F8 are. T3 and T7 are contacts of a lead "T"."""
    depth = [f"LA{n}" for n in range(1, 7)]
    assert list(rows([*depth, "F3", "F4", "F7", "F8", "T3", "T4", "T5", "T6"], "shaft")) == ["la1-6"]
    assert "f1-6" in rows([f"F{n}" for n in range(1, 9)], "shaft")
    assert rows([f"T{n}" for n in range(1, 9)], "shaft")["t3-8"][0] == "T3-T4"


def test_a_missing_contact_is_bridged() -> None:
    """LA3 is off: LA2-LA4."""
    assert rows(["LA1", "LA2", "LA4", "LA5"], "shaft") == {"la1-5": ("LA1-LA2", "LA2-LA4", "LA4-LA5", "", "")}


def test_groups_of_the_users_own() -> None:
    """Any electrodes, any names of theirs; an absent one leaves an empty row."""
    spec = {"focus": ["F7-T3", "T3-T5", "F7-T5", "F7-O1", "T9-O1"]}
    made = build(spec, ["EEG F7", "EEG T3", "EEG T5", "EEG O1", "EEG Cz"])
    assert made.groups[0].derivations == ("F7-T7", "T7-P7", "F7-P7", "F7-O1", "")
    assert made.left_out == {"T9": "not in the stream", "EEG Cz": "in no group"}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"focus": ["F7-T3"] * 4}, 'group "focus" has 4 derivations: give exactly 5'),
        ({"focus": ["F7"] * 5}, '"F7" is not two electrodes'),
        ({"focus": ["F7-T3-T5"] * 5}, '"F7-T3-T5" is not two electrodes'),
        ({"focus": ["T3-T7"] * 5}, '"T3-T7" is not two electrodes'),
        ({"My focus": ["F7-T3"] * 5}, 'group "My focus": name it with'),
        ({"focus": ["X1-X2"] * 5}, "no group has 3 derivations"),
        ({}, "no group has 3 derivations"),
        ("banana", 'montage "banana" is unknown'),
        ("shaft", "no group has 3 derivations among the channels Fp1, Fp2"),
    ],
)
def test_a_montage_that_cannot_be_made_is_one_clear_line(spec: dict[str, list[str]] | str, message: str) -> None:
    """The error names what is wrong, on one line."""
    with pytest.raises(MontageError, match=re.escape(message)) as raised:
        build(spec, TEN_TWENTY)
    assert "\n" not in str(raised.value)


def test_a_stream_without_channels_is_one_clear_line() -> None:
    """No labels, no group."""
    with pytest.raises(MontageError, match=re.escape("among the channels (none)")):
        build("scalp", [])


def test_an_electrode_whose_channel_is_left_out_is_not_called_absent() -> None:
    """It has one reason, under the channel's own label; the other one would be untrue."""
    labels = ["Fp1", "F7", "EEG T3", "T5", "O1"]
    assert build("scalp", labels, dead={2: "flat"}).left_out["EEG T3"] == "flat"
    assert "T7" not in build("scalp", labels, dead={2: "flat"}).left_out
    assert "T7" in build("scalp", [*labels[:2], "X1", *labels[3:]]).left_out
