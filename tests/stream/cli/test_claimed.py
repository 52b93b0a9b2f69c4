"""One program writes an output at a time; the second is told, and what the first wrote stays."""

import os
from pathlib import Path

import pytest

from stream.cli.claimed import open_claimed
from stream.errors import ConfigError


@pytest.mark.parametrize("keep", [False, True])
def test_the_second_writer_is_refused_and_cuts_nothing_off(tmp_path: Path, *, keep: bool) -> None:
    """Whether it begins anew or goes on; once the first is done, it may."""
    out = tmp_path / "a.csv"
    with open_claimed(out, keep=False) as first:
        first.write("header\n")
        first.flush()
        with pytest.raises(ConfigError, match=r"a\.csv: another program is writing it; wait for it, or name another"):
            open_claimed(out, keep=keep)
        assert out.read_text(encoding="utf-8") == "header\n"
    with open_claimed(out, keep=keep) as second:
        second.write("HEAD")
    assert out.read_text(encoding="utf-8") == ("HEADer\n" if keep else "HEAD")


def test_what_is_no_file_takes_several_writers() -> None:
    """A pipe or a device is nobody's."""
    with open_claimed(Path(os.devnull), keep=False) as first, open_claimed(Path(os.devnull), keep=False) as second:
        assert {first.write("a"), second.write("b")} == {1}


def test_a_place_where_nothing_can_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """It names the option, the file and what to do."""
    with pytest.raises(ConfigError, match=r"--out .*gone/a\.csv: No such file or directory; name a file that can be"):
        open_claimed(tmp_path / "gone" / "a.csv", keep=False)
