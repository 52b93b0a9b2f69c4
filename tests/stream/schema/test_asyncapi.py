"""The AsyncAPI document: that of the message types, every reference in it leads somewhere."""

import json
from pathlib import Path

from stream.schema.asyncapi import document, document_text
from stream.schema.messages import COMMANDS, MESSAGES
from tests.test_architecture import ROOT

DOCS: Path = ROOT / "docs"


def test_the_committed_document_is_that_of_the_types() -> None:
    """Write it again with `stream.schema.asyncapi.document_text` after a change of messages."""
    assert (DOCS / "asyncapi.json").read_text(encoding="utf-8") == document_text()


def test_every_payload_has_a_channel_and_an_operation() -> None:
    """Messages are sent, commands received; each refers to a schema that is there."""
    made = document()
    assert set(made["channels"]) == set(made["operations"]) == set(MESSAGES | COMMANDS)
    assert made["channels"]["event_ied"]["address"] == "spikewatch/v1/{site}/{bed}/event/ied"
    assert made["channels"]["cmd_replay"]["address"] == "spikewatch/v1/{site}/{bed}/cmd/replay"
    for name, channel in made["channels"].items():
        [message] = channel["messages"].values()
        assert (DOCS / message["payload"]["$ref"]).exists()
        assert message["summary"]
        operation = made["operations"][name]
        assert operation["action"] == ("receive" if name in COMMANDS else "send")
        for reference in (operation["channel"], *operation["messages"]):
            found = made
            for part in reference["$ref"].removeprefix("#/").split("/"):
                found = found[part]
    assert json.loads(document_text()) == made


def test_events_are_not_retained_and_states_are() -> None:
    """As the publisher does it."""
    retained = {name for name, one in document()["operations"].items() if one["bindings"]["mqtt"]["retain"]}
    states = {name for name in MESSAGES if name.startswith("state_")}
    assert retained == {"status", "info"} | states
