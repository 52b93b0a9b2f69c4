"""A bed's model is swapped and swapped back, in the audit and in what the bed is analysed with."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from models.errors import ModelError
from models.zoo import store
from stream.adapt.promotion import Promotion
from stream.config.keys import Bed, Config, JournalFile
from stream.config.load import load
from stream.detect.models import Detectors, detector_name
from stream.errors import ConfigError
from stream.logbook.journal import Journal
from stream.logbook.journal_reader import JournalReader

SINCE = datetime(2000, 1, 1, tzinfo=UTC)
TEXT = '[[bed]]\nid = "bed-1"\n[[bed]]\nid = "bed-2"\n[infer]\nsleep = "off"\n[journal]\npath = "{}"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration of two beds, and a journal."""
    Journal(tmp_path / "events.db").close()
    file = tmp_path / "config.toml"
    file.write_text(TEXT.format(tmp_path / "events.db"), encoding="utf-8")
    return file


def promotion(config: Path) -> Promotion:
    """Return bed-1's promotions, its configuration read anew as each command reads it."""
    settings = load(config, (), {})
    return Promotion(settings, settings.bed[0], "ann")


def names(config: Path) -> list[str]:
    """Return the name of each bed's detector, as a start would load it."""
    settings = load(config, (), {})
    return [store.load(detector_name(settings, bed)).manifest.name for bed in settings.bed]


def test_a_promoted_model_is_the_beds_until_it_is_rolled_back(config: Path) -> None:
    """Also after a restart, which reads all anew, and where the folder that was named is gone; each is audited."""
    named = copytree(store.ZOO / "sc-stream-small", config.parent / "run")
    swap = promotion(config).promote(named)
    assert (swap.before.split()[0], swap.after.split()[0]) == ("sc-small", "sc-stream-small")
    named.rename(config.parent / "gone")
    assert names(config) == ["sc-stream-small", "sc-small"]
    settings = load(config, (), {})
    opened = Detectors(settings)
    assert [opened.of(bed).manifest.name for bed in settings.bed] == ["sc-stream-small", "sc-small"]
    back = promotion(config).rollback()
    assert (back.before, back.after) == (swap.after, swap.before)
    assert names(config) == ["sc-small", "sc-small"]
    journal = JournalReader(config.parent / "events.db")
    told = [(one["action"], one["detail"]) for one in journal.events("bed-1", SINCE, "audit")]
    journal.close()
    assert told == [
        ("promote", {"before": swap.before, "after": swap.after, "by": "ann"}),
        ("rollback", {"before": swap.after, "after": swap.before, "by": "ann"}),
    ]


def test_what_does_not_fit_is_refused_and_nothing_is_swapped(config: Path) -> None:
    """A verifier finds nothing by itself; the same model again would be a swap that changes nothing."""
    with pytest.raises(ModelError, match="does verify, and a bed's detector finds discharges"):
        promotion(config).promote(store.ZOO / "whole-head")
    with pytest.raises(ConfigError, match="bed bed-1 has this model already"):
        promotion(config).promote(store.ZOO / "sc-small")
    with pytest.raises(ConfigError, match="no model was promoted; there is nothing to take back"):
        promotion(config).rollback()
    assert names(config) == ["sc-small", "sc-small"]


def test_without_a_journal_there_is_no_audit_and_no_swap(tmp_path: Path) -> None:
    """A wrong path would else begin an empty journal."""
    settings = Config(bed=[Bed(id="bed-1")], journal=JournalFile(path=tmp_path / "none.db"))
    with pytest.raises(ConfigError, match=r"none\.db: no such file"):
        Promotion(settings, settings.bed[0], "ann")
