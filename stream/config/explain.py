"""Errors of a configuration in words taken from its JSON schema: the key, the value, what is allowed."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stream.config.layers import KeyPath, Layers, dotted

Node = dict[str, Any]


@dataclass(frozen=True)
class Keys:
    """The keys of a model and what each may hold."""

    model: type[BaseModel]

    @cached_property
    def schema(self) -> Node:
        """JSON schema of the whole."""
        return self.model.model_json_schema()

    def node(self, path: Sequence[str | int]) -> Node | None:
        """Find what the schema says about a path; None where there is no such key."""
        node: Node | None = self.schema
        for part in path:
            node = None if node is None else self._below(node, part)
        return None if node is None else self._resolved(node)

    def is_text(self, path: KeyPath) -> bool:
        """Check whether only a string is allowed here."""
        node = self.node(path)
        return node is not None and node.get("type") == "string"

    def is_secret(self, path: KeyPath) -> bool:
        """Check whether the value here is a secret."""
        node = self.node(path)
        return node is not None and node.get("format") == "password"

    def known(self, location: Sequence[str | int]) -> KeyPath:
        """Cut the names of union members off an error's location."""
        path: KeyPath = ()
        for part in location:
            # pydantic adds the member of a union that it tried, which no user has written.
            if self.node((*path, part)) is None:
                break
            path = (*path, part)
        return path

    def allowed(self, path: KeyPath) -> str:
        """Describe the values that are allowed at a path."""
        node = self.node(path)
        return "" if node is None else " or ".join(self._phrases(node))

    def nearest(self, path: KeyPath) -> str:
        """Suggest the key that was probably meant, or list those that exist."""
        names = list((self.node(path[:-1]) or {}).get("properties", {}))
        # First a typing error in the name, then the right name in the wrong table: the usual two mistakes.
        close = get_close_matches(str(path[-1]), names, n=1)
        if close:
            return f"did you mean {dotted((*path[:-1], close[0]))}?"
        elsewhere = [dotted(key) for key in self.every() if key[-1] == path[-1]]
        return f"did you mean {elsewhere[0]}?" if elsewhere else f"keys here: {', '.join(names)}"

    def every(self) -> Iterator[KeyPath]:
        """Walk all keys; a list of tables stands for its first."""
        yield from self._every(self.schema, ())

    def _every(self, node: Node, path: KeyPath) -> Iterator[KeyPath]:
        node = self._resolved(node)
        if node.get("type") == "array" and "$ref" in node.get("items", {}):
            yield from self._every(node["items"], (*path, 0))
        elif "properties" not in node:
            yield path
        for name, below in node.get("properties", {}).items():
            yield from self._every(below, (*path, name))

    def _resolved(self, node: Node) -> Node:
        found: Node = self.schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        return found

    def _below(self, node: Node, part: str | int) -> Node | None:
        node = self._resolved(node)
        if isinstance(part, int):
            below: Node | None = node.get("items") if node.get("type") == "array" else None
        else:
            below = node.get("properties", {}).get(part)
        return below

    def _phrases(self, node: Node) -> Iterator[str]:
        """Describe each kind of value that a node allows."""
        node = self._resolved(node)
        # The description of a table says what it is for, not what may stand there.
        if "description" in node and "properties" not in node:
            yield node["description"]
        elif "anyOf" in node:
            for option in node["anyOf"]:
                yield from self._phrases(option)
        elif "enum" in node or "const" in node:
            yield " or ".join(_shown(value) for value in node.get("enum", [node.get("const")]))
        else:
            yield KINDS[node["type"]] + _limits(node)


KINDS = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


def _limits(node: Node) -> str:
    """Write a node's range."""
    bounds = {
        "minimum": " from {}",
        "exclusiveMinimum": " above {}",
        "maximum": " to {}",
        "exclusiveMaximum": " below {}",
    }
    return "".join(text.format(node[key]) for key, text in bounds.items() if key in node)


def complaint(error: ValidationError, keys: Keys, layers: Layers) -> str:
    """Write one line: place, key, value, what is allowed; and how many more there are."""
    by_key: dict[KeyPath, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        location = detail["loc"]
        path = location if detail["type"] == "extra_forbidden" else keys.known(location)
        by_key.setdefault(path, []).append(detail)
    # One error at a time: the first may be the cause of the others, and one line is read.
    path, details = next(iter(by_key.items()))
    more = f" (and {len(by_key) - 1} more)" if len(by_key) > 1 else ""
    return f"{layers.origin(path)}: {_sentence(path, details, keys, layers)}{more}"


def _sentence(path: KeyPath, details: list[ErrorDetails], keys: Keys, layers: Layers) -> str:
    key = dotted(path)
    kinds = {detail["type"]: detail for detail in details}
    if "extra_forbidden" in kinds:
        return f"{key} is not a key; {keys.nearest(path)}"
    if layers.value(path) is None:
        return f"{key} is missing; give it {keys.allowed(path)}"
    if "value_error" in kinds:
        reason = kinds["value_error"]["msg"].removeprefix("Value error, ")
        return f"{key}: {reason}" if key else reason
    # Error lines go to logs and terminals: never a password.
    value = "<hidden>" if keys.is_secret(path) else _shown(layers.value(path))
    return f"{key} = {value} is not allowed; it takes {keys.allowed(path)}"


def _shown(value: object) -> str:
    """Write a value as TOML would, cut where it gets long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
