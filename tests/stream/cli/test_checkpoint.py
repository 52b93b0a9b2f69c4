"""The place where an interrupted `score` stopped, and what is refused to be gone on with."""

import os
from pathlib import Path

import pytest

from stream.cli.checkpoint import Checkpoint, Place, asked_for
from stream.config.keys import Bed, Config
from stream.errors import ConfigError


def test_only_the_same_run_is_gone_on_with(tmp_path: Path) -> None:
    """Other files or settings are refused, and so is a run that was never interrupted."""
    out, config = tmp_path / "a.csv", Config(bed=[Bed(id="bed-1")])
    asked = asked_for(config, "bed-1", "", [out])
    with out.open("w", encoding="utf-8") as file:
        file.write("12345")
        Checkpoint(out, asked).save(Place(files=1, cursor=5, account={"groups": {}}), file)
    assert Checkpoint(out, asked).load() == Place(files=1, cursor=5, size=5, account={"groups": {}})
    with pytest.raises(ConfigError, match="not those of the interrupted run"):
        Checkpoint(out, asked_for(config, "bed-1", "", [])).load()
    with pytest.raises(ConfigError, match="no run with this --out was interrupted"):
        Checkpoint(tmp_path / "b.csv", asked).load()
    with pytest.raises(ConfigError, match="give that --out"):
        Checkpoint(None, asked).load()
    (tmp_path / "a.csv.resume").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match="is damaged"):
        Checkpoint(out, asked).load()


@pytest.mark.parametrize(
    ("recording", "changed"),
    [
        ("a.mefd", "a.mefd/Fp1.timd/Fp1-000000.segd/Fp1.tdat"),
        ("a.edf", "a.edf"),
        ("a.vhdr", "a.eeg"),
        ("a.set", "a.fdt"),
    ],
)
def test_a_recording_that_changed_is_not_gone_on_with(tmp_path: Path, recording: str, changed: str) -> None:
    """Also where it is a folder or lies in several files, and where what replaced it is as long."""
    path, part = tmp_path / recording, tmp_path / changed
    part.parent.mkdir(parents=True, exist_ok=True)
    for file in (part, *([] if path.suffix == ".mefd" else [path])):
        file.write_bytes(b"1234")
    config = Config(bed=[Bed(id="bed-1")])
    asked = asked_for(config, "bed-1", "", [path])
    assert asked_for(config, "bed-1", "", [path]) == asked
    os.utime(part, (1.0, 1.0))
    touched = asked_for(config, "bed-1", "", [path])
    part.write_bytes(b"12345")
    os.utime(part, (1.0, 1.0))
    assert len({asked, touched, asked_for(config, "bed-1", "", [path])}) == 3
    if path.suffix == ".mefd":
        (part.parent / "Fp1-2.tdat").write_bytes(b"")
        assert asked_for(config, "bed-1", "", [path]) != touched
