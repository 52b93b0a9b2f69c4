"""What this host has: `spikewatch doctor`."""

from typing import get_args

from stream.cli import host
from stream.doctor.check import Verdict


def test_each_verdict_of_the_doctor_has_a_colour() -> None:
    """Else the table could not be drawn, on the one day that it is needed."""
    assert set(host.COLOURS) == set(get_args(Verdict))
