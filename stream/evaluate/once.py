"""Each recording counts once: its hours, and what is found in them, would count or be written twice."""

from collections.abc import Sequence
from pathlib import Path

from stream.errors import ConfigError


def check_once(recordings: Sequence[Path]) -> None:
    """Check that no recording is given twice, by whatever path.

    Raises
    ------
    ConfigError
        that names the first one that is
    """
    first: dict[Path, Path] = {}
    for path in recordings:
        other = first.setdefault(path.resolve(), path)
        if other is not path:
            also = f" (as {other})" if str(other) != str(path) else ""
            raise ConfigError(f"{path}: is given twice{also}, and would count twice; give each recording once")
