"""What the words for voltages mean."""

from typing import Final

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
    "microvolt": 1.0,
    "microvolts": 1.0,
    "nv": 1e-3,
    "nanovolt": 1e-3,
    "nanovolts": 1e-3,
    # A power of ten of volts, as MNE writes units.
    "-3": 1e3,
    "-6": 1.0,
    "-9": 1e-3,
}
"""Microvolts in one of each unit, by its lower-case spelling."""
