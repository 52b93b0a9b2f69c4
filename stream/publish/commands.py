"""What a subscriber may ask over MQTT: journalled messages once more. Every asking is written to the journal."""

from datetime import UTC, datetime

from pydantic import ValidationError

from stream.publish.outbox import Outbox
from stream.schema.messages import Replay
from stream.schema.outgoing import audit_outgoing

LONGEST_COMMAND = 1024


async def handle_command(feed: Outbox, name: str, payload: bytes) -> None:
    """Do what `cmd/<name>` asks, or refuse; nothing here can touch detection."""
    if name == "replay":
        detail = {"command": name, **await _replay(feed, payload)}
    else:
        detail = {"command": "unknown", "refused": "there is no such command"}
    await feed.post(audit_outgoing(feed.bed, "command", detail, datetime.now(UTC)))


async def _replay(feed: Outbox, payload: bytes) -> dict[str, str]:
    if len(payload) > LONGEST_COMMAND:
        return {"refused": f"longer than {LONGEST_COMMAND} bytes"}
    try:
        asked = Replay.model_validate_json(payload)
    except ValidationError as error:
        return {"refused": error.errors(include_url=False, include_input=False)[0]["msg"]}
    count = await feed.replay(asked.from_seq, asked.to_seq)
    return {"from_seq": str(asked.from_seq), "to_seq": str(asked.to_seq), "messages": str(count)}
