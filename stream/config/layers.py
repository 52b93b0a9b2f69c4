"""Nested settings from several places laid over each other, remembering which place each value came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from stream.errors import ConfigError

KeyPath = tuple[str | int, ...]
"""The keys that lead to a value: ("bed", 0, "acquire", "name")."""


def dotted(path: KeyPath) -> str:
    """Write a path as `--set` takes it: bed.0.acquire.name."""
    return ".".join(str(part) for part in path)


def leaves(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Walk nested tables; a list is a leaf unless it holds tables."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value and all(isinstance(inner, dict) for inner in value):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


@dataclass(slots=True)
class Layers:
    """Settings merged so far, and the origin of every value in them."""

    tables: dict[str, Any]
    base: str
    origins: dict[KeyPath, str] = field(init=False)

    def __post_init__(self) -> None:
        self.origins = {path: self.base for path, _ in leaves(self.tables)}

    def locate(self, parts: Sequence[str]) -> KeyPath:
        """Turn the words of a dotted key into a path: a bed is named by its id or its index."""
        if len(parts) > 1 and parts[0] == "bed":
            return ("bed", self._bed_index(parts[1]), *parts[2:])
        return tuple(parts)

    def lay(self, path: KeyPath, value: object, origin: str) -> None:
        """Put one value over what is there.

        Raises
        ------
        ConfigError
            if the path leads through something that is not a table
        """
        table: Any = self.tables
        for depth, part in enumerate(path[:-1], start=1):
            # If the next key is a number a list is made, else a table: `--set bed.1.id=x` makes the second bed.
            table = _enter(table, part, opens_list=isinstance(path[depth], int))
            if not isinstance(table, list if isinstance(path[depth], int) else dict):
                raise ConfigError(f"{origin}: {dotted(path[:depth])} holds no such key; set it as a whole")
        if isinstance(path[-1], int) and path[-1] == len(table):
            table.append(value)
        else:
            table[path[-1]] = value
        # The places of all keys below this path are forgotten: their values have just been replaced.
        self.origins = {known: place for known, place in self.origins.items() if known[: len(path)] != path}
        self.origins |= {inner: origin for inner, _ in leaves(value, path)}

    def bed_path(self, bed: str, *keys: str) -> KeyPath:
        """Return the path of a bed's key, () where no bed has that id."""
        ids = self._bed_ids()
        return ("bed", ids.index(bed), *keys) if bed in ids else ()

    def value(self, path: KeyPath) -> Any:  # noqa: ANN401  (any TOML value)
        """Return the value at a path; None, which no TOML value is, where there is none."""
        found: Any = self.tables
        for part in path:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def origin(self, path: KeyPath) -> str:
        """Name the place that a value came from, or the newest of what stands beside it."""
        if not path:
            return self.base
        # The newest is last: a later layer has overwritten the values of the earlier ones.
        within = [place for known, place in self.origins.items() if known[: len(path)] == path]
        return within[-1] if within else self.origin(path[:-1])

    def _bed_ids(self) -> list[object]:
        beds = self.tables.get("bed", [])
        return [bed.get("id") if isinstance(bed, dict) else None for bed in beds] if isinstance(beds, list) else []

    def _bed_index(self, name: str) -> int:
        ids = self._bed_ids()
        if name in ids:
            return ids.index(name)
        # One past the last is a new bed.
        if name.isdecimal() and int(name) <= len(ids):
            return int(name)
        raise ConfigError(f"bed.{name}: no such bed; there are {', '.join(map(str, ids)) or 'none'}")


def _enter(table: Any, part: str | int, *, opens_list: bool) -> Any:  # noqa: ANN401  (TOML is what it is)
    """Return the table or list under a key, made where there is none yet."""
    if isinstance(part, int):
        if part == len(table):
            table.append({})
        return table[part]
    return table.setdefault(part, [] if opens_list else {})
