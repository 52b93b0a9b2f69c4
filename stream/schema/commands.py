"""Payloads that a subscriber may send to `cmd/<name>`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Some 6 MB of messages. A replay is sent before live messages and must not delay them for long.
LONGEST_REPLAY = 10_000


class Replay(BaseModel):
    """`cmd/replay`, if commands are taken: send the journalled messages [from_seq, to_seq] again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    from_seq: Annotated[int, Field(ge=1, strict=True)]
    to_seq: Annotated[int, Field(ge=1, strict=True)]

    @model_validator(mode="after")
    def _a_range_of_some_length(self) -> "Replay":
        if not 0 <= self.to_seq - self.from_seq < LONGEST_REPLAY:
            raise ValueError(f"to_seq must be from_seq or up to {LONGEST_REPLAY - 1} later")
        return self
