"""Electrodes: what senders write, and what it is."""

import pytest

from models.signal.electrodes import Contact, contacts, electrode, reference, why_left_out


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Fp1", "Fp1"), ("FP1", "Fp1"), ("fp1", "Fp1"),
        ("EEG Fp1", "Fp1"), ("EEG Fp1-REF", "Fp1"), ("EEG FP1-LE", "Fp1"),
        ("Fp1-Ref", "Fp1"), ("Fp1-A1A2", "Fp1"), ("EEG Fp1-A2", "Fp1"), ("Fp1-(A1+A2)/2", "Fp1"), (" Cz ", "Cz"),
        ("EEG CZ-AVG", "Cz"), ("POL O1", "O1"), ("T3", "T7"), ("EEG T4-REF", "T8"), ("t5", "P7"), ("T6-LE", "P8"),
        ("LA1", "LA1"), ("la01", "LA1"), ("EEG LA10-REF", "LA10"), ("LA'1", "LA'1"),
        ("B\u20192", "B'2"), ("LA 3", "LA3"), ("LA-3", "LA3"), ("POL EEG Fp1-Vref", "Fp1"), ("Fc5.", "FC5"),
        ("Cz [uV]", "Cz"), ("O1-A1/A2", "O1"), ("O1-M1", "O1"), ("C4-Average", "C4"), ("Pz\u2013REF", "Pz"),
        # Names of columns, numbered inputs, both names of one electrode, what is glued or quoted.
        ("Fp1.Ref", "Fp1"), ("EEG.C3.REF", "C3"), ("C3A2", "C3"), ("FP1REF", "Fp1"), ("EEGFp1-Ref", "Fp1"),
        ("LA1REF", "LA1"), ("EEG 1 Fp1", "Fp1"), ("Ch 8: T3", "T7"), ("8-T3", "T7"), ("T3(T7)", "T7"), ("T7/T3", "T7"),
        ("Fp1 (1)", "Fp1"), ('"Fp1"', "Fp1"), ("(Fp1-A1)", "Fp1"), ("Fp1-", "Fp1"), ("Fp1 uV", "Fp1"),
        ("ch LA1", "LA1"), ("Fp1 vs Ref", "Fp1"), ("EEG Fp1-Ref-0", "Fp1"), ("A\u00b41", "A'1"), ("A`1", "A'1"),
        ("A\x921", "A'1"), ("A\u00e2\x80\x991", "A'1"), ("T3\u00b0", "T7"),
        ("b'Fp1'", "Fp1"), ("Fp1(REF)", "Fp1"), ("Fp1 (ref A1)", "Fp1"), ("Fp1\u2212A1", "Fp1"),
        ("LA.1", "LA1"), ("LA#1", "LA1"), ("L Amy 1", "LAMY1"), ("L_Amy_1", "LAMY1"), ("R/A 12", "RA12"),
        ("EEG L Amy 03-Ref", "LAMY3"),
        # A side may stand before a dash.
        ("L-Amy1", "LAMY1"), ("EEG R-Amy 12-Ref", "RAMY12"), ("L-A1", "LA1"), ("R - M2", "RM2"), ("LT-F3", "LTF3"),
        ("L:A1", "LA1"), ("Left-Hip03", "LEFTHIP3"), ("L-A'1", "LA'1"), ("LA-1", "LA1"), ("L-Ref", "L"),
        # An ear behind a whole name is its reference, and behind a side or a word the contact of a lead.
        ("L A1", "LA1"), ("L_A2", "LA2"), ("R.M1", "RM1"), ("L A12", "LA12"), ("LT Ant A1", "LTANTA1"),
        ("Amy M2", "AMYM2"), ("L A1-A2", "LA1"), ("EEG R A1-Ref", "RA1"), ("L F3", "LF3"), ("R_T3-Ref", "RT3"),
        ("LA1_A2", "LA1"), ("LA12 A1", "LA12"), ("Fp1 A1", "Fp1"), ("Fz.M2", "Fz"), ("FCz_A1", "FCz"), ("C3:A12", "C3"),
        ("Fp1_uV", "Fp1"), ("Fp1AV", "Fp1"), ("Fp1_A1_A2", "Fp1"),
        # Cyrillic letters, as such and in a Russian code page; wide letters, as such and in a Japanese one.
        ("\u04213", "C3"), ("EEG \u041e1-A1", "O1"), ("EEG \u00d23", "T7"), ("\xd1z", "Cz"),
        ("\uff26\uff50\uff11", "Fp1"), ("\x82e\x82\x90\x82P", "Fp1"), ("\u00d1AN3", "\u00d1AN3"),
        # Nothing is guessed of two electrodes, or of what may stand before the dash.
        ("REF-Fp1", "REF-Fp1"), ("F7_Fp1", "F7-Fp1"), ("E_Fp1", "E_Fp1"), ("CH1", "CH1"),
    ],
)  # fmt: skip
def test_labels_as_senders_write_them(label: str, name: str) -> None:
    """One electrode, one name."""
    assert electrode(label) == name


@pytest.mark.parametrize(
    ("label", "kind", "reason"),
    [
        ("Fp1", "", ""), ("EEG LA1-REF", "SEEG", ""),
        ("Fp1", "misc", "of type misc, not EEG"), ("  ", "eeg", "has no label"),
        ("EEG A2-A1", "", "a reference against a reference"), ("EKG1", "eeg", "not EEG by its label"),
        ("EEG LOC-REF", "", "not EEG by its label"), ("LACC1", "", ""), ("LOC1", "", ""),
        ("DC3", "", "not EEG by its label"), ("POL DC09", "", "not EEG by its label"),
        ("ECG1-ECG2", "", "not EEG by its label"), ("Resp Chest", "", "not EEG by its label"),
        ("SpO2", "", "not EEG by its label"), ("Photic_1", "", "not EEG by its label"), ("-", "", "has no label"),
        ("Fp1", "n/a", ""), ("EXG1", "", "not EEG by its label"), ("STIM", "", "not EEG by its label"),
        ("LA1-LA2", "", "already a derivation, not one electrode against the common reference"),
    ],
)  # fmt: skip
def test_why_a_channel_is_left_out(label: str, kind: str, reason: str) -> None:
    """A reason that a person can check, or none; leads whose names resemble other signals stay leads."""
    assert why_left_out(label, kind) == reason


@pytest.mark.parametrize(
    "word", ["ECG", "EKG", "EMG", "EOG", "RESP", "SpO", "STAT", "PHOTIC", "DC", "FLOW", "TRIG", "AUX"]
)
@pytest.mark.parametrize("lead", ["LPre{}", "RP{}", "{}al", "{}x"])
def test_a_word_inside_the_name_of_a_lead_is_none(word: str, lead: str) -> None:
    """LPreCG is a lead; only the whole word, with a number or without, is another signal."""
    assert why_left_out(f"POL {lead.format(word)}5", "") == ""
    assert [why_left_out(f"{word}{number}", "") for number in ("", "1", " 2")] == ["not EEG by its label"] * 3


@pytest.mark.parametrize(
    ("label", "ear"),
    [
        ("C3-A2", "A2"),
        ("C3M2", "M2"),
        ("EEG C4-m1", "M1"),
        ("C3", ""),
        ("C3-REF", ""),
        ("C3-A1A2", ""),
        ("C3-(A1+A2)/2", ""),
    ],
)
def test_one_ear_is_a_reference_of_its_own(label: str, ear: str) -> None:
    """Linked ears and an amplifier's reference are the same for every electrode."""
    assert reference(label) == ear


def test_contacts_are_gathered_by_lead_in_order() -> None:
    """Whatever the order of channels; numbers count, not text: 2 before 10."""
    assert contacts(["LA10", "B1", "LA2", "Cz", "CH1"]) == [
        (Contact("LA2", "LA", 2), Contact("LA10", "LA", 10)),
        (Contact("B1", "B", 1),),
    ]
