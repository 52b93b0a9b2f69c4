"""What a running Spikewatch takes over from a changed configuration: thresholds, promoted models, the log's level."""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from stream.config import promoted
from stream.config.keys import Config
from stream.config.layers import dotted, leaves
from stream.errors import ConfigError

RELOADED: Final = re.compile(r"bed\.\d+\.(merge\.threshold|infer\.detector)|log\.level")
"""Keys that change no index, no recording and no port."""


def fingerprint(config: Config) -> str:
    """Return the sha256 of all keys and values but the secrets: the same configuration has the same one anywhere."""
    return sha256(json.dumps(config.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


def changes(old: Config, new: Config) -> dict[str, str]:
    """Return the keys that a reload changes, each with its old and new value.

    Raises
    ------
    ConfigError
        if a key differs that needs a restart; then nothing is taken over
    """
    before, after = (
        {dotted(path): value for path, value in leaves(config.model_dump(mode="json"))} for config in (old, new)
    )
    differ = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    fixed = sorted(key for key in differ if not RELOADED.fullmatch(key))
    if fixed:
        raise ConfigError(f"{', '.join(fixed)}: takes effect only after a restart of Spikewatch; nothing was reloaded")
    for key in differ:
        _check_model(key, after[key])
    return {key: f"{before[key]} -> {after[key]}" for key in differ}


def _check_model(key: str, value: object) -> None:
    """Refuse a detector that `models promote` has not looked at: one that does not fit would end the watch."""
    is_kept = value == "default" or promoted.is_kept(Path(str(value)))
    if key.endswith("infer.detector") and not is_kept:
        raise ConfigError(f"{key} = {value}: was not promoted, so it needs a restart; nothing was reloaded")
