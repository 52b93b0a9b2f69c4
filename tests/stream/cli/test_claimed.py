"""One program writes an output at a time; the second is told, and what the first wrote stays."""

import os
from pathlib import Path

import pytest

from stream.cli.claimed import check_spares, is_ours, open_claimed
from stream.cli.exports.registry import EXPORTS
from stream.errors import ConfigError
from tests.stream.cli.exports.example import example


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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spikewatch.db", b"SQLite format 3\0"),
        ("config.toml", b'site = "demo"\n'),
        ("other.edf", b"0       X X X X"),
        ("letter.txt", b"Dear colleague,\n"),
    ],
)
def test_an_output_takes_the_place_of_nothing_but_an_earlier_one(tmp_path: Path, name: str, content: bytes) -> None:
    """`score --out *.edf` names the first recording of a folder as its output."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=f"{name}: holds something else than what was found, which would"):
        check_spares(tmp_path / name, [tmp_path / "a.edf"])
    (tmp_path / name).write_bytes(b"")
    check_spares(tmp_path / name, [tmp_path / "a.edf"])


@pytest.mark.parametrize("form", EXPORTS)
def test_what_is_exported_may_be_exported_again(tmp_path: Path, form: str) -> None:
    """In every format each file is known for one that Spikewatch wrote."""
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    written = EXPORTS[form].write(example(), tmp_path)
    assert written
    assert all(map(is_ours, written))
