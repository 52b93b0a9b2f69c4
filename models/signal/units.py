"""What the words for voltages mean."""

import math
import re
from collections.abc import Sequence
from typing import Final

from models.signal.spelling import readings

# Spellings of LSL streams, EDF headers and BIDS tables.
MICROVOLTS: Final = {
    "v": 1e6,
    "volt": 1e6,
    "volts": 1e6,
    "mv": 1e3,
    "millivolt": 1e3,
    "millivolts": 1e3,
    "uv": 1.0,
    "µv": 1.0,  # micro sign
    "μv": 1.0,  # Greek mu
    "microv": 1.0,
    "muv": 1.0,
    "mcv": 1.0,
    "microvolt": 1.0,
    "microvolts": 1.0,
    "uvrms": 1.0,
    # An EDF header has eight characters for a unit.
    "microvol": 1.0,
    "millivol": 1e3,
    "uvolt": 1.0,
    "uvolts": 1.0,
    "µvolt": 1.0,
    "µvolts": 1.0,
    # Russian: in its letters, and in ours.
    "\u043c\u043a\u0432": 1.0,
    "\u043c\u0432": 1e3,
    "\u0432": 1e6,
    "\u043c\u043av": 1.0,
    "mkv": 1.0,
    "nv": 1e-3,
    "nanovolt": 1e-3,
    "nanovolts": 1e-3,
    # A power of ten of volts, as MNE-LSL writes units: its players send volts as "0".
    "0": 1e6,
    "-3": 1e3,
    "-6": 1.0,
    "-9": 1e-3,
    "1e-3": 1e3,
    "1e-03": 1e3,
    "0.001": 1e3,
    "1e-6": 1.0,
    "1e-06": 1.0,
    "0.000001": 1.0,
    "1e-9": 1e-3,
    "1e-09": 1e-3,
    # Where a program replaced the mu. What others wrote for it is read in their code page.
    "?v": 1.0,
    "\ufffdv": 1.0,
}
"""Microvolts in one of each unit, by its lower-case spelling."""
_OTHER_WORDS: Final = (
    "% mmhg cmh2o bpm 1/min degc \u00b0c l/min l/s ml hz deg ohm kohm ma ua pa kpa m/s2 m/s^2 lux db bool"
)
OTHERS: Final = frozenset(_OTHER_WORDS.split())
"""Units of something else than a voltage, by their lower-case spelling."""
NO_FACTOR: Final = frozenset(("", "-", "na", "n/a", "none"))
"""What programs write where a channel has no factor."""
_COUNTED: Final = re.compile(r"^(\d*\.?\d+(?:e[+-]?\d+)?)([^\d.].*)$")
_AROUND: Final = re.compile(r"[\s\0_()\[\]]|\.$|(?<=micro|milli)-")


def microvolts(unit: str) -> float | None:
    """Return the microvolts in one of a unit, None where the word is no voltage; of "0.1 uV", a tenth."""
    found = (_of_word(text) for text in readings(unit))
    return next((one for one in found if one is not None), None)


def _of_word(unit: str) -> float | None:
    # "[uV]", "(uV)", "u V", "uV." and "_uV" are one word.
    word = _AROUND.sub("", unit.lower())
    if word in MICROVOLTS:
        return MICROVOLTS[word]
    counted = _COUNTED.match(word)
    one = MICROVOLTS.get(counted[2]) if counted else None
    return float(counted[1]) * one if counted and one else None


def other_quantities(units: Sequence[str]) -> dict[int, str]:
    """Return why channels, by index, are no electrodes: they declare something else, where others declare voltages.

    A channel that declares nothing, or a word that nobody knows, may be one.
    """
    if not any(microvolts(unit) for unit in units):
        return {}
    words = [_AROUND.sub("", unit.lower()) for unit in units]
    return {k: f'in "{units[k].strip()}", which is no voltage' for k, word in enumerate(words) if word in OTHERS}


def of_counts(unit: str, factor: str, sample_format: str) -> str:
    """Return the unit of one count, "0.1 microvolts": whole numbers are counts where a factor stands beside them.

    Numbers of float32 are in the unit already, whatever factor they once had. Beside a factor that nobody can read the
    unit is "twice microvolts", which is no voltage: nobody knows what a count is then, and it is refused as that.
    """
    if not unit or not sample_format.startswith("int") or factor.strip().casefold() in NO_FACTOR:
        return unit
    try:
        # Where numbers are written with a decimal comma, programs write these so, too.
        value = float(factor.replace(",", ".", 1))
    except ValueError:
        return f"{factor.strip()} {unit}"
    return f"{value!r} {unit}" if 0 < value < math.inf else unit


def undeclared(labels: Sequence[str], units: Sequence[str]) -> str:
    """Name the channels whose unit is no voltage, with what they declare: 'T3, T5 declare no voltage unit ("")'."""
    named = [(label, unit) for label, unit in zip(labels, units, strict=True) if microvolts(unit) is None]
    words = ", ".join(sorted({f'"{unit}"' for _, unit in named}))
    return f"{', '.join(label for label, _ in named)} declare{'s' if len(named) == 1 else ''} no voltage unit ({words})"
