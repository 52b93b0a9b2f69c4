"""Units: each channel's own, in every spelling, or refused by name."""

import pytest

from stream.acquire.identity import scale_to_uv
from stream.errors import InputError


@pytest.mark.parametrize(
    ("declared", "scale"),
    [
        ("microvolts", 1.0),
        ("uV", 1.0),
        # Two letters of Unicode that look alike: senders use either.
        ("\N{MICRO SIGN}V", 1.0),
        ("\N{GREEK SMALL LETTER MU}V", 1.0),
        (" MicroVolts ", 1.0),
        # MNE writes a unit as a power of ten of volts.
        ("-6", 1.0),
        ("mV", 1e3),
        ("millivolts", 1e3),
        ("V", 1e6),
        ("volts", 1e6),
        ("nV", 1e-3),
        # Both letters as UTF-8, and one as DOS has it, read as Latin-1 from the header of an EDF file.
        ("\N{MICRO SIGN}V".encode().decode("latin-1"), 1.0),
        ("\N{GREEK SMALL LETTER MU}V".encode().decode("latin-1"), 1.0),
        ("\N{MICRO SIGN}V".encode("cp437").decode("latin-1"), 1.0),
        ("\N{GREEK SMALL LETTER MU}V".encode("shift_jis").decode("latin-1"), 1.0),
        ("\N{GREEK SMALL LETTER MU}V".encode("gbk").decode("latin-1"), 1.0),
        ("uV\0\0", 1.0),
        ("[uV]", 1.0),
        ("\N{MICRO SIGN} V", 1.0),
        ("micro-volts", 1.0),
        ("_uV", 1.0),
        # Microvolts in Russian.
        ("\u043c\u043a\u0412", 1.0),
        ("(mV)", 1e3),
        ("uV.", 1.0),
        # A multiple of a unit, as a factor beside a channel makes one.
        ("0.1 microvolts", 0.1),
        ("1e-6 V", 1.0),
        # What eight characters hold of "microvolts".
        ("microvol", 1.0),
    ],
)
def test_declared_units_in_every_spelling(declared: str, scale: float) -> None:
    """Each spelling met in the wild is worth what it says."""
    assert scale_to_uv("ABC", [declared] * 3, "auto").tolist() == [scale] * 3


def test_each_channel_has_its_own_unit() -> None:
    """Some in mV, some in uV, one in V: each by what it declares."""
    assert scale_to_uv("ABCD", ["mV", "uV", "V", "microvolts"], "auto").tolist() == [1e3, 1.0, 1e6, 1.0]


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        (["", "uV", "uV"], 'A declares no voltage unit ("")'),
        (["degrees", "7", "mV"], 'A, B declare no voltage unit ("7", "degrees")'),
        ([], "no channel has a unit"),
    ],
)
def test_channels_without_a_unit_are_refused_by_name(declared: list[str], named: str) -> None:
    """A factor of 1,000 is never guessed, and the remedy breaks nothing that is rightly declared."""
    with pytest.raises(InputError, match=r"if all channels are in one unit") as refused:
        scale_to_uv("ABC"[: len(declared)], declared, "auto")
    assert named in str(refused.value)


@pytest.mark.parametrize(("unit", "scale"), [("uV", 1.0), ("mV", 1e3), ("V", 1e6), ("any", 1.0)])
def test_configured_unit_overrides_what_is_declared(unit: str, scale: float) -> None:
    """Who configures a unit has the last word."""
    assert scale_to_uv("AB", ["nonsense", "mV"], unit).tolist() == [scale] * 2


def test_any_unit_leaves_numbers_as_they_are_unless_they_cannot_be_compared() -> None:
    """Two channels in mV stay; of one in mV and one in uV the difference would be nonsense."""
    assert scale_to_uv("AB", ["mV", "mV"], "any").tolist() == [1.0, 1.0]
    assert scale_to_uv("AB", ["mV", "uV"], "any").tolist() == [1e3, 1.0]
