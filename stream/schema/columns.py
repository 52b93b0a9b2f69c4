"""The keys of a payload as the columns of a table: those of a table within are named `outer.inner`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from stream.schema.journalled import IedEvent


def columns(message: type[BaseModel]) -> tuple[str, ...]:
    """Return the columns of a message, in the order of its keys."""
    return tuple(_columns(message, ""))


def flat(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload with the keys of tables within it as keys of their own."""
    out: dict[str, Any] = {}
    for key, value in payload.items():
        out |= {f"{key}.{inner}": cell for inner, cell in value.items()} if isinstance(value, Mapping) else {key: value}
    return out


def _columns(message: type[BaseModel], prefix: str) -> Iterator[str]:
    for key, field in message.model_fields.items():
        kind, name = field.annotation, f"{prefix}{field.serialization_alias or key}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _columns(kind, f"{name}.")
        else:
            yield name


IED_COLUMNS: Final = columns(IedEvent)
"""Of `event/ied`: the columns of every table of IEDs, whether live, scored or exported."""
