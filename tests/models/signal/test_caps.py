"""Numbered caps: recognised whole, and only whole."""

import pytest

from models.errors import MontageError
from models.signal.caps import renamed
from models.signal.electrodes import TEN_TWENTY
from models.signal.montage import build

HEAD = set(TEN_TWENTY) - {"A1", "A2", "M1", "M2"}
BIOSEMI_32 = [f"A{k}" for k in range(1, 33)]
BIOSEMI_64 = [*BIOSEMI_32, *(f"B{k}" for k in range(1, 33))]


@pytest.mark.parametrize(
    ("labels", "where"),
    [
        (BIOSEMI_32, {"A1": "Fp1", "A7": "T7", "A17": "O2", "A32": "Cz"}),
        (BIOSEMI_64, {"A1": "Fp1", "A15": "T7", "A27": "O1", "B16": "Cz", "B32": "O2"}),
        ([*BIOSEMI_64, "EXG1", "EXG2", "Status"], {"B2": "Fp2"}),
        ([f"{k}-{name}" for k, name in enumerate(BIOSEMI_64, 1)], {"33-B1": "Fpz", "34-B2": "Fp2"}),
        ([*(f"E{k}" for k in range(1, 129)), "VREF"], {"VREF": "Cz"}),
        ([*(f"E{k}" for k in range(1, 130)), "VREF"], {"E129": "Cz", "VREF": "VREF"}),
        ([f"E{k}" for k in range(1, 130)], {"E22": "Fp1", "E45": "T7", "E129": "Cz"}),
        ([f"EEG E{k:03}" for k in range(1, 258)], {"EEG E037": "Fp1", "EEG E257": "Cz"}),
    ],
)
def test_a_whole_cap_has_the_whole_montage(labels: list[str], where: dict[str, str]) -> None:
    """All nineteen electrodes, where the maker of the cap puts them, and so all five groups."""
    found = dict(zip(labels, renamed(labels), strict=True))
    assert where.items() <= found.items()
    assert set(found.values()) >= HEAD
    assert len(build("scalp", labels).groups) == 5


@pytest.mark.parametrize(
    "labels",
    [
        BIOSEMI_32[:-1],
        [f"{letter}{k}" for letter in "ABCD" for k in range(1, 33)],
        [f"{letter}{k}" for letter in "AB" for k in range(1, 17)],
    ],
)
def test_a_part_of_a_cap_is_none(labels: list[str]) -> None:
    """Half a cap, BioSemi's other cap of 128, and two depth leads "A" and "B" are left as they are."""
    assert renamed(labels) == labels
    with pytest.raises(MontageError):
        build("scalp", labels)


def test_leads_keep_their_contacts() -> None:
    """On a shaft "A1" is a contact, however many there are."""
    assert build("shaft", BIOSEMI_32).groups[0].derivations[0] == "A1-A2"


def test_a_raised_digit_is_no_number() -> None:
    """It counts as a digit, and no number can be made of it."""
    assert renamed(["C0²", "F7-²", "²"]) == ["C0²", "F7-²", "²"]
    assert build("scalp", [*HEAD, "C0²", "LA1-²"]).groups
