"""The place where an interrupted `score` stopped, and what is refused to be gone on with."""

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
