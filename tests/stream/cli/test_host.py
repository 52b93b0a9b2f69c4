"""What this host has: `spikewatch streams` and `spikewatch doctor`."""

from typing import get_args

import pytest

from stream.acquire import lsl
from stream.cli import host
from stream.doctor.check import Verdict


def test_each_verdict_of_the_doctor_has_a_colour() -> None:
    """Else the table could not be drawn, on the one day that it is needed."""
    assert set(host.COLOURS) == set(get_args(Verdict))


def test_where_no_stream_is_visible_a_line_says_what_to_try(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty table alone would help nobody; programs get an empty answer."""
    monkeypatch.setattr(lsl, "streams", list)
    host.streams()
    assert "start its outlet, or open UDP 16571" in capsys.readouterr().err
    host.streams(as_json=True)
    assert capsys.readouterr() == ("", "")
