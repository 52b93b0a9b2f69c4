"""Which beds an option names."""

from stream.config.keys import Bed, Config
from stream.errors import ConfigError


def named(settings: Config, bed: str) -> list[Bed]:
    """Return the bed of that id, or all where none is named.

    Raises
    ------
    ConfigError
        if there is none of that id
    """
    ids = [known.id for known in settings.bed]
    if bed and bed not in ids:
        raise ConfigError(f"--bed {bed}: no such bed; there are {', '.join(ids)}")
    return [known for known in settings.bed if bed in {"", known.id}]
