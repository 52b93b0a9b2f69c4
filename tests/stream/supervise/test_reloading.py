"""What a reload takes over."""

import pytest
from pydantic import SecretStr

from stream.config.keys import Bed, Config, Frame, Merge
from stream.config.publish_keys import Publish
from stream.errors import ConfigError
from stream.supervise.reloading import changes, fingerprint

OLD = Config(bed=[Bed(id="bed-1"), Bed(id="bed-2")])


def test_thresholds_are_taken_over() -> None:
    """With both values, for the audit."""
    new = Config(bed=[Bed(id="bed-1"), Bed(id="bed-2", merge=Merge(threshold=0.7))])
    assert changes(OLD, new) == {"bed.1.merge.threshold": "default -> 0.7"}
    assert changes(OLD, OLD) == {}


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
