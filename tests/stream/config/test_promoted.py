"""What is kept of promoted models, and where in the order of settings it stands."""

from pathlib import Path

import pytest

from stream.config import promoted
from stream.config.load import load, origins
from stream.errors import ConfigError

BEDS = '[[bed]]\nid = "bed-1"\n[[bed]]\nid = "bed-2"\n[bed.infer]\ndetector = "mine"\n[journal]\npath = "{}"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration of two beds, of which the second names a detector."""
    file = tmp_path / "config.toml"
    file.write_text(BEDS.format(tmp_path / "events.db"), encoding="utf-8")
    return file


def detectors(config: Path, *overrides: str, **environment: str) -> list[str]:
    """Return the detector of each bed."""
    return [bed.infer.detector for bed in load(config, overrides, environment).bed]


def test_the_newest_promoted_model_stands_before_the_file_and_after_the_command_line(config: Path) -> None:
    """A bed that is not there any more is passed over, also one that is called like a number."""
    place = promoted.place(config.parent / "events.db")
    assert detectors(config) == ["default", "mine"]
    kept = {"bed-2": [str(place / "bed-2/a"), str(place / "bed-2/b")], "bed-1": [], "0": [str(place / "x")]}
    promoted.write(place, kept)
    assert promoted.read(place) == kept
    assert detectors(config) == ["default", str(place / "bed-2/b")]
    assert origins(config, (), {})["bed.1.infer.detector"] == str(place)
    assert detectors(config, "bed.bed-2.infer.detector=other") == ["default", "other"]
    assert detectors(config, SPIKEWATCH_BED__1__INFER__DETECTOR="other") == ["default", "other"]


def test_models_move_with_the_journal(config: Path) -> None:
    """Paths are kept relative to the list: a folder that is moved or mounted elsewhere keeps its models."""
    promoted.write(promoted.place(config.parent / "events.db"), {"bed-1": [str(config.parent / "events.db.models/a")]})
    moved = config.parent / "moved"
    moved.mkdir()
    promoted.place(config.parent / "events.db").rename(promoted.place(moved / "events.db"))
    assert promoted.newest(promoted.place(moved / "events.db")) == {"bed-1": str(moved / "events.db.models/a")}


@pytest.mark.parametrize("text", ["", "[]", '{"bed-1": "a"}', '{"bed-1": [1]}'])
def test_a_damaged_list_is_refused(config: Path, text: str) -> None:
    """Without it the bed would be watched with another model than its reader believes."""
    place = promoted.place(config.parent / "events.db")
    place.mkdir()
    (place / "promoted.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"promoted\.json: .*remove it and promote again$"):
        load(config, (), {})
