"""What a reload takes over."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from stream.config.keys import Bed, BedInfer, Config, Frame, Log
from stream.config.merge_keys import Merge
from stream.config.publish_keys import Publish
from stream.errors import ConfigError
from stream.supervise.reloading import changes, fingerprint

OLD = Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")])


def test_thresholds_are_taken_over() -> None:
    """With both values, for the audit."""
    new = Config(bed=[Bed(id="bed-1"), Bed(id="bed-2", merge=Merge(threshold=0.7))])
    assert changes(OLD, new) == {"bed.1.merge.threshold": "default -> 0.7"}
    assert changes(OLD, OLD) == {}
    assert changes(OLD, OLD.model_copy(update={"log": Log(level="warning")})) == {"log.level": "info -> warning"}


def test_a_fingerprint_tells_configurations_apart_and_holds_no_secret() -> None:
    """It stands in the audit: a password in it could be guessed from it."""
    named = OLD.model_copy(update={"publish": Publish(password=SecretStr("hunter2"))})
    assert fingerprint(OLD) == fingerprint(named)
    assert fingerprint(OLD) != fingerprint(Config(bed=[Bed(id="bed-1")]))
    assert len(fingerprint(OLD)) == 64


def test_a_key_that_needs_a_restart_is_named_and_nothing_is_taken_over() -> None:
    """Half a reload would be a configuration that no file holds."""
    new = Config(bed=[Bed(id="bed-1", merge=Merge(threshold=0.7))], frame=Frame(hop_ms=250))
    with pytest.raises(ConfigError, match=r"^bed\.1\..*frame\.hop_ms: takes effect only after a restart"):
        changes(OLD, new)


def test_a_model_is_taken_over_if_it_was_promoted(tmp_path: Path) -> None:
    """Another has not been looked at: one that does not fit the bed would end the watch of all beds."""
    kept = tmp_path / "spikewatch.db.models" / "bed-1" / "0123"
    kept.mkdir(parents=True)
    (kept / "manifest.json").touch()
    new, wrong = (
        Config(bed=[Bed(id="bed-1", infer=BedInfer(detector=name)), Bed(id="bed-2")]) for name in (str(kept), "mine")
    )
    assert changes(OLD, new) == {"bed.0.infer.detector": f"default -> {kept}"}
    assert changes(new, OLD) == {"bed.0.infer.detector": f"{kept} -> default"}
    with pytest.raises(ConfigError, match=r"^bed\.0\.infer\.detector = mine: was not promoted"):
        changes(OLD, wrong)
