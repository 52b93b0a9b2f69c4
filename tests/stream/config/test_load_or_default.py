"""Commands that read recordings need no config.toml."""

from pathlib import Path

import pytest

from stream.config.load import DEFAULT_CONFIG, load, load_or_default
from stream.errors import ConfigError
from tests.stream.config.test_load import SHIPPED


def test_recordings_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without config.toml there is one bed with every default; a file that was named must be there."""
    monkeypatch.chdir(tmp_path)
    # The bed's id is in every event's id, so it must be that of the shipped file.
    shipped = load(SHIPPED, (), {})
    assert load_or_default(DEFAULT_CONFIG, (), {}).bed[0].id == shipped.bed[0].id
    found = load_or_default(DEFAULT_CONFIG, ["bed.bed-1.condition.montage=shaft"], {"SPIKEWATCH_FRAME__HOP_MS": "62.5"})
    assert (found.bed[0].condition.montage, found.frame.hop_ms) == ("shaft", 62.5)
    # Overrides of one call must not stay for the next.
    assert load_or_default(DEFAULT_CONFIG, (), {}).bed[0].condition.montage == "scalp"
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load_or_default(Path("none.toml"), (), {})
    DEFAULT_CONFIG.write_text('[[bed]]\nid = "icu-3"\n', encoding="utf-8")
    assert load_or_default(DEFAULT_CONFIG, (), {}).bed[0].id == "icu-3"
