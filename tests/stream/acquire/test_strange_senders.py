"""acquire beside real LSL outlets whose names, ids and descriptions no program should trip over."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.acquire.identity import NONE_VISIBLE
from stream.config.keys import Acquire
from tests.stream.acquire.acquire_process import Acquiring

NAME = "O'Brien <a>&\""
# By liblsl's own function, since pylsl makes no name that is not UTF-8.
STRANGERS = """
import ctypes, time, pylsl
from pylsl.lib import lib, string2fmt
names = (b"M\\xfcnster \\xff", b"x" * 20_000, b"]]><&>'", b"line\\nbreak \\x1b[31m")
infos = [lib.lsl_create_streaminfo(n, b"EEG", 4, ctypes.c_double(256.0), string2fmt["float32"], b"") for n in names]
outlets = [pylsl.StreamOutlet(pylsl.StreamInfo(handle=info)) for info in infos]
print("sending", flush=True)
time.sleep(600)
"""
LARGE_MB = 20


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Acquiring]:
    """Start a session of LSL for this test alone, and a bed whose stream has a name of quotes and markup."""
    with Acquiring(tmp_path) as acquiring:
        acquiring.config = acquiring.configured(Acquire(name=NAME))
        yield acquiring


@pytest.mark.fault
def test_l9_l10_a_bed_keeps_its_stream_among_strange_ones_and_over_a_restart_without_an_id(ward: Acquiring) -> None:
    """What others are called stays short and printable; a name with quotes is found; an id that was made up is none."""
    strangers = ward._start([sys.executable, "-c", STRANGERS], stdout=subprocess.PIPE)
    assert strangers.stdout is not None
    assert strangers.stdout.readline() == b"sending\n"
    strangers.stdout.close()
    ward.acquire()
    ward.follow(lambda: bool(ward.reports) and "no stream matches" in ward.reports[-1].reason)
    reason = ward.reports[-1].reason
    assert NONE_VISIBLE not in reason
    assert reason.isprintable()
    assert len(reason) < 1000
    assert r"line\nbreak \x1b[31m" in reason

    first = ward.amplifier(name=NAME, source_id=None)
    ward.follow(lambda: ward.samples > 100)
    first.kill()
    ward.follow(lambda: ward.state == "lost", within_s=5)
    # Another id, made up, and a description that is as large as its sender likes.
    ward.amplifier(name=NAME, source_id=None, description_mb=LARGE_MB)
    ward.follow(lambda: ward.samples > 200 and ward.state == "streaming", within_s=30)
    assert [gap.reason for gap in ward.gaps] == ["lost"]
    offsets = {number - index for index, number in ward.numbers()}
    assert max(offsets) - min(offsets) <= 1
    assert ward.reports[-1].alarms == {}
