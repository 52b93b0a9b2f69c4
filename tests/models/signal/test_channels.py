"""Channels: what labels mean together that none of them says alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.signal.channels import Channel, understand
from models.signal.electrodes import TEN_TWENTY, contact_or_electrode, electrode, why_left_out

NINETEEN = TEN_TWENTY[:19]
BANANA = (
    "FP1-F7 F7-T7 T7-P7 P7-O1 FP1-F3 F3-C3 C3-P3 P3-O1 FP2-F4 F4-C4 C4-P4 P4-O2 FP2-F8 F8-T8 T8-P8 P8-O2 FZ-CZ CZ-PZ"
)
TRANSVERSE = "F7-Fp1 Fp1-Fp2 Fp2-F8 F7-F3 F3-Fz Fz-F4 F4-F8 T3-C3 C3-Cz Cz-C4 C4-T4 T5-P3 P3-Pz Pz-P4 P4-T6 O1-O2"


def electrodes(labels: list[str]) -> dict[str, str]:
    """Return each electrode with its reference."""
    return {one.plus: one.minus for one in understand(labels).usable if not one.derivation}


@given(
    reference=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=5),
    names=st.sets(st.sampled_from(NINETEEN), min_size=3),
    prefix=st.sampled_from(["", "EEG ", "POL "]),
    dash=st.sampled_from(["-", " - "]),
)
def test_what_all_have_behind_the_dash_is_their_reference(
    reference: str, names: set[str], prefix: str, dash: str
) -> None:
    """Whatever it is called, a word for another signal among them."""
    left = names - {electrode(reference)}
    labels = [f"{prefix}{name}{dash}{reference}" for name in sorted(left)]
    if len(left) >= 3 and not why_left_out(labels[0], "").startswith("not EEG"):
        assert set(electrodes(labels)) == left


def test_the_reference_is_an_electrode_too() -> None:
    """Against Cz, Cz itself is there without a channel; a channel of it against itself holds nothing."""
    found = understand([f"{name}-Cz" for name in NINETEEN])
    assert {one.minus for one in found.usable} == {"Cz"}
    assert found.left_out == {NINETEEN.index("Cz"): "an electrode against itself"}


def test_each_side_may_have_a_reference_of_its_own() -> None:
    """Known ears, and mastoids that only their sharing makes references."""
    left, right = ["Fp1", "C3", "O1"], ["Fp2", "C4", "O2"]
    assert electrodes([f"{n}-A2" for n in left] + [f"{n}-A1" for n in right])["C3"] == "A2"
    assert electrodes([f"{n}-TP9" for n in left] + [f"{n}-TP10" for n in right])["C4"] == "TP10"


def test_several_references_in_words_are_several() -> None:
    """An average, linked ears and the amplifier's own; one word behind all, or behind some, is the same for all."""
    mixed = ["Fp1-AVG", "F7-Ref", "T7-AV", "C3-LE", "P3-A1+A2", "O1", "Cz-A1"]
    assert electrodes(mixed) == {
        "Fp1": "AVG", "F7": "", "T7": "AVG", "C3": "LE", "P3": "LE", "O1": "", "Cz": "A1",
    }  # fmt: skip
    assert electrodes(["Fp1-LE", "Fp2-RE"]) == {"Fp1": "LE", "Fp2": "RE"}
    assert electrodes(["Fp1-AVG", "F7-AV", "T7"]) == {"Fp1": "", "F7": "", "T7": ""}
    assert electrodes(["Fp1-REF", "F7 VREF", "T7"]) == {"Fp1": "", "F7": "", "T7": ""}


@pytest.mark.parametrize("montage", [BANANA, TRANSVERSE, "Fp1-F7 F7-T7", "LA1-LA2 LA2-LA3 LA3-LA4 LA4-LA5"])
def test_chains_of_neighbours_are_derivations(montage: str) -> None:
    """A name behind the dash stands before the next one."""
    found = understand(montage.split())
    assert len(found.usable) == len(montage.split())
    assert all(one.derivation for one in found.usable)


def test_contacts_of_a_lead_in_short() -> None:
    """LA1-2 is LA1 against LA2; LA-1 is a contact."""
    short = understand(["LA1-2", "LA2-3", "LA3-4", "LA4-5"], name_of=contact_or_electrode).usable
    assert [(one.plus, one.minus) for one in short] == [("LA1", "LA2"), ("LA2", "LA3"), ("LA3", "LA4"), ("LA4", "LA5")]
    assert electrodes(["LA-1", "LA-2"]) == {"LA1": "", "LA2": ""}


def test_counts_of_two_channels_of_one_name_are_no_part_of_it() -> None:
    """As MNE writes the doubled T8-P8 of CHB-MIT; alone, the same number is what all are measured against."""
    found = understand(["F8-T8", "T8-P8-0", "P8-O2", "T8-P8-1"]).usable
    assert [(one.plus, one.minus) for one in found] == [("F8", "T8"), ("T8", "P8"), ("P8", "O2"), ("T8", "P8")]
    assert electrodes(["Fp1-0", "Cz-0", "O1-0"]) == {"Fp1": "0", "Cz": "0", "O1": "0"}


def test_contacts_of_a_lead_a_are_no_ears() -> None:
    """A1-A2 is a pair of contacts where the lead goes on, and else one ear against the other."""
    lead = understand(["A1-A2", "A2-A3", "A3-A4"], name_of=contact_or_electrode)
    assert [(one.plus, one.minus) for one in lead.usable] == [("A1", "A2"), ("A2", "A3"), ("A3", "A4")]
    assert understand(["Fp1", "A1-A2"]).left_out == {1: "a reference against a reference"}


def test_dead_channels_are_as_if_they_were_absent() -> None:
    """With the reason that is given."""
    assert understand(["Fp1", "F7"], dead={1: "flat throughout"}).left_out == {1: "flat throughout"}


def test_types_of_another_number_are_not_believed() -> None:
    """They are of other channels."""
    assert understand(["Fp1", "F7"], ["AUX"]).usable == (Channel(0, "Fp1", "", False), Channel(1, "F7", "", False))
    assert understand(["Fp1"], ["AUX"]).left_out == {0: "of type AUX, not EEG"}


@pytest.mark.parametrize("label", ["{}/CPz", "{}_CPz", "EEG {}_CPz", "{} vs CPz", "{} CPz", "{}-CPz-0", "{} ref. CPz"])
def test_a_reference_of_any_name_may_stand_behind_anything(label: str) -> None:
    """It is the same for all, and no electrode before the dash."""
    found = understand([label.format(name) for name in ("Fp1", "F7", "T3", "O1")])
    assert found.usable == tuple(Channel(k, name, "CPz", False) for k, name in enumerate(("Fp1", "F7", "T7", "O1")))


def test_neighbours_without_a_dash_stay_derivations() -> None:
    """Behind fewer than three electrodes a name is none's reference."""
    found = understand(["Fp1_F7", "F7_T7", "T7_P7", "P7_O1"])
    assert [one.derivation for one in found.usable] == [True] * 4


BETWEEN = ["_", ":", "/", ">", "->", ".", ",", "|", "~", " ", " vs ", " vs. ", " to ", " minus ", " - "]


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("lead", ["LA", "A", "L A", "L Amy ", "T", "B'", "LA0"])
def test_neighbours_of_a_lead_are_derivations_whatever_stands_between_them(lead: str, between: str) -> None:
    """Of a lead A, too, whose first contacts have the names of ears."""
    labels = [f"{lead}{number}{between}{lead}{number + 1}" for number in range(1, 8)]
    name = contact_or_electrode(f"{lead}1")[:-1]
    found = understand(labels, name_of=contact_or_electrode).usable
    assert [(one.plus, one.minus) for one in found] == [(f"{name}{n}", f"{name}{n + 1}") for n in range(1, 8)]
    # "A1/A2" may be read as A1 against A2: the same difference.
    assert all(one.derivation for one in found[1:])


@pytest.mark.parametrize("between", BETWEEN)
def test_neighbours_on_the_scalp_are_derivations_whatever_stands_between_them(between: str) -> None:
    """As with a dash."""
    assert understand([pair.replace("-", between) for pair in BANANA.split()]) == understand(BANANA.split())


@pytest.mark.parametrize("between", BETWEEN)
@pytest.mark.parametrize("reference", ["CPz", "X1", "LB8", "WM"])
def test_contacts_have_one_reference_whatever_stands_before_it(reference: str, between: str) -> None:
    """As electrodes of the scalp do."""
    labels = [f"{name}{between}{reference}" for name in ("LA1", "LA2", "LB1", "Fp1", "Fz")]
    found = {one.plus: one.minus for one in understand(labels).usable}
    assert found == dict.fromkeys(("LA1", "LA2", "LB1", "Fp1", "Fz"), reference)


def test_a_derivation_of_two_electrodes_with_one_reference_is_one_of_the_two() -> None:
    """Some exports write the reference behind each, or behind both."""
    plain = [(one.plus, one.minus) for one in understand(["Fp1-F7", "F7-T7", "LA1-LA2", "LA2-LA3"]).usable]
    for labels in (
        ["Fp1-REF-F7-REF", "F7-REF-T7-REF", "LA1-Ref-LA2-Ref", "LA2-WM-LA3-WM"],
        ["Fp1-F7-REF", "EEG F7-T7-AVG", "LA1-LA2-Ref", "LA2-3-Ref"],
    ):
        assert [(one.plus, one.minus) for one in understand(labels).usable] == plain


def test_two_electrodes_together_are_no_difference() -> None:
    """As "A1+A2" is the mean of both ears."""
    found = understand(["Fp1+F7", "LA1 + LA2", "A1+A2", "C3-A1+A2"])
    assert set(found.left_out.values()) == {"of two electrodes together, not one against the common reference"}
    assert [one.plus for one in found.usable] == ["C3"]


def test_a_box_before_a_contact_makes_no_derivation() -> None:
    """Of two leads the first may be where the second is plugged in."""
    assert not any(one.derivation for one in understand(["J1 LA1", "J2 LA2"]).usable)


@pytest.mark.parametrize("label", ["{0} {1}", "{0:03}_{1}", "Ch {0}: {1}", "{0}-{1}", "EEG{0} {1}", "{1} (7{0})"])
def test_contacts_may_have_the_number_of_their_input_beside_them(label: str) -> None:
    """As electrodes of the scalp may, on a lead A too; a name behind several numbers is the reference of inputs."""
    for leads in ("AB", ("LA", "RB")):
        names = [f"{lead}{contact}" for lead in leads for contact in range(1, 5)]
        labels = [label.format(number, name) for number, name in enumerate(names, 1)]
        assert electrodes(labels) == dict.fromkeys(names, "")
    assert electrodes(["EEG 1-A2", "EEG 2-A2", "EEG 3-A2"]) == {"1": "A2", "2": "A2", "3": "A2"}
