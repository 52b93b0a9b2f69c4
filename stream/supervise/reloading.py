"""What a running Spikewatch takes over from a changed config.toml: the beds' thresholds."""

import json
import re
from hashlib import sha256
from typing import Final

from stream.config.keys import Config
from stream.config.layers import dotted, leaves
from stream.errors import ConfigError

RELOADED: Final = re.compile(r"bed\.\d+\.merge\.threshold")
"""Keys that only the detector reads, and that change no index, no recording and no port."""


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
    return {key: f"{before[key]} -> {after[key]}" for key in differ}
