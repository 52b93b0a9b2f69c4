"""Every payload of the MQTT contract by the name of its schema file; from each type a JSON Schema in docs/schema.

`python -m stream.schema.messages` writes the schemas; `stream.schema.asyncapi` lists their topics.
"""

import json
from pathlib import Path

from pydantic import BaseModel

from stream.schema.commands import Replay
from stream.schema.journalled import Alarm, Audit, IedEvent, Review, SleepMessage
from stream.schema.payload import Message
from stream.schema.states import Heartbeat, IedRate, Info, Latency, Quality, SpikeWaveIndex, Status

MESSAGES: dict[str, type[Message]] = {
    "event_ied": IedEvent,
    "event_alarm": Alarm,
    "event_audit": Audit,
    "event_review": Review,
    "state_sleep": SleepMessage,
    "state_ied_rate": IedRate,
    "state_spike_wave_index": SpikeWaveIndex,
    "state_quality": Quality,
    "state_latency": Latency,
    "status": Status,
    "info": Info,
    "heartbeat": Heartbeat,
}


COMMANDS: dict[str, type[BaseModel]] = {"cmd_replay": Replay}


def schema_text(name: str) -> str:
    """Return the JSON Schema of one payload, as it stands in docs/schema/NAME.json."""
    schema = (MESSAGES | COMMANDS)[name].model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every payload's JSON Schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in MESSAGES | COMMANDS:
        (folder / f"{name}.json").write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(__file__).parents[2] / "docs" / "schema")
