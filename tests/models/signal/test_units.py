"""Words for voltages, in the letters and code pages in which they are met."""

import pytest

from models.signal.units import microvolts, other_quantities

MICRO = ("\u00b5V", "\u03bcV", "\u043c\u043a\u0412", "\u043c\u043aV")
PAGES = ("utf-8", "latin-1", "cp1251", "cp866", "koi8-r", "cp1253", "cp437", "shift-jis", "gbk", "big5", "euc-kr")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("word", MICRO)
def test_microvolts_are_read_in_every_code_page_that_has_them(word: str, page: str) -> None:
    """As EDF's headers come, whose bytes are read as Latin-1."""
    try:
        seen = word.encode(page).decode("latin-1")
    except UnicodeEncodeError:
        pytest.skip(f"{page} cannot write {word}")
    assert microvolts(seen) == 1.0


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("uV", 1.0), ("UV", 1.0), ("[uV]", 1.0), ("0.1 uV", 0.1), ("mV", 1e3), ("V", 1e6), ("nV", 1e-3),
        ("\u33b6", 1.0), ("\u33b7", 1e3), ("\uff55\uff36", 1.0), ("?V", 1.0),
        ("\u043c\u0412", 1e3), ("\u00ec\u00c2", 1e3),
        ("\u00c9V", None), ("uV/p", None), ("%", None), ("", None), ("\u00b0C", None), ("\u03a9", None),
    ],
)  # fmt: skip
def test_other_units_are_what_they_say(unit: str, factor: float | None) -> None:
    """Squared and wide letters, Russian millivolts, and words that are no voltage."""
    assert microvolts(unit) == factor


def test_what_is_no_voltage_beside_voltages_is_no_electrode() -> None:
    """What declares nothing, or a word that nobody knows, may be one; and where none is a voltage, all may be."""
    assert other_quantities(["uV", "mmHg", "", "steps", " % "]) == {
        1: 'in "mmHg", which is no voltage', 4: 'in "%", which is no voltage'
    }  # fmt: skip
    assert other_quantities(["mmHg", "%"]) == {}
