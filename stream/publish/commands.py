"""What a subscriber may ask for over MQTT: journalled messages once more. Every command is written to the journal."""

import asyncio
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from stream.errors import RecordError
from stream.publish.mqtt import Connection
from stream.publish.outbox import Outbox
from stream.publish.status_guard import StatusGuard
from stream.schema.commands import Replay
from stream.schema.outgoing import audit_outgoing

LONGEST_COMMAND: Final = 1024
COMMAND_EVERY_S: Final = 1.0
STATUS: Final = "status"


async def listen(connection: Connection, outbox: Outbox, root: str, guard: StatusGuard, *, taken: bool) -> None:
    """Handle commands, if any are taken, and put the status right, until the connection is lost."""
    status = f"{root}/{STATUS}"
    await connection.watch(status)
    if taken:
        await connection.subscribe(f"{root}/cmd/+")
    async for topic, payload in connection.received():
        if topic == status:
            if guard.is_foreign(payload):
                outbox.renew_one(STATUS)
                # Otherwise two programs that both claim the topic would write without pause.
                await asyncio.sleep(COMMAND_EVERY_S)
            continue
        await handle_command(outbox, topic.removeprefix(f"{root}/cmd/"), payload)
        # One stranger who sends without pause must not fill the journal with audit lines.
        await asyncio.sleep(COMMAND_EVERY_S)


async def handle_command(outbox: Outbox, name: str, payload: bytes) -> None:
    """Do what `cmd/<name>` asks for, or refuse it; nothing here can touch detection."""
    if name == "replay":
        detail = {"command": name, **await _replay(outbox, payload)}
    else:
        # The name itself is a stranger's text, and does not go into the journal.
        detail = {"command": "unknown", "refused": "there is no such command"}
    outbox.post(audit_outgoing(outbox.bed, "command", detail, datetime.now(UTC)))


async def _replay(outbox: Outbox, payload: bytes) -> dict[str, str]:
    if len(payload) > LONGEST_COMMAND:
        return {"refused": f"longer than {LONGEST_COMMAND} bytes"}
    try:
        wanted = Replay.model_validate_json(payload)
    except ValidationError as error:
        return {"refused": error.errors(include_url=False, include_input=False)[0]["msg"]}
    try:
        count = await outbox.replay(wanted.from_seq, wanted.to_seq)
    except RecordError as error:
        return {"refused": str(error)}
    return {"from_seq": str(wanted.from_seq), "to_seq": str(wanted.to_seq), "messages": str(count)}
