"""The MQTT contract as an AsyncAPI 3.0 document, made from the message types; docs/asyncapi.json holds it.

`python -m stream.schema.asyncapi` writes it.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from stream.schema.messages import COMMANDS, MESSAGES
from stream.schema.payload import NOTICE

RETAINED: Final = ("status", "info", "state/")
"""How the names of retained topics begin: a new subscriber gets their last message at once."""


def document() -> dict[str, Any]:
    """Return the document: a channel and an operation for each payload, whose schema is a file of docs/schema."""
    topics = {name: message.topic() for name, message in MESSAGES.items()}
    topics |= {name: name.replace("_", "/", 1) for name in COMMANDS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Spikewatch",
            "version": version("spikewatch"),
            "description": f"Events and states of beds over MQTT; {NOTICE}.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": {"host": "127.0.0.1:1883", "protocol": "mqtt", "protocolVersion": "5"}},
        "channels": {name: _channel(name, topic) for name, topic in topics.items()},
        "operations": {name: _operation(name, topics[name]) for name in topics},
    }


def document_text() -> str:
    """Return the document as it stands in docs/asyncapi.json."""
    return json.dumps(document(), indent=2) + "\n"


def _channel(name: str, topic: str) -> dict[str, Any]:
    about = (MESSAGES | COMMANDS)[name].__doc__ or ""
    return {
        "address": f"spikewatch/v1/{{site}}/{{bed}}/{topic}",
        "parameters": {
            "site": {"description": "site in config.toml"},
            "bed": {"description": "bed.id in config.toml"},
        },
        "messages": {name: {"summary": about.splitlines()[0], "payload": {"$ref": f"./schema/{name}.json"}}},
    }


def _operation(name: str, topic: str) -> dict[str, Any]:
    # As the application sees it: Spikewatch sends messages and receives commands.
    return {
        "action": "receive" if name in COMMANDS else "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "bindings": {"mqtt": {"qos": 1, "retain": topic.startswith(RETAINED)}},
    }


if __name__ == "__main__":
    (Path(__file__).parents[2] / "docs" / "asyncapi.json").write_text(document_text(), encoding="utf-8")
