"""What every MQTT payload has: frozen keys that are a contract, its bed, its topic, the version of its schema."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Notice = Literal["research software, not a medical device"]
NOTICE: Notice = "research software, not a medical device"

# The field is named `schema_` in Python: pydantic's models have a method of the plain name.
SCHEMA = Field(validation_alias="schema", serialization_alias="schema")
Probability = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
# 0 until the journal has numbered the message, in the transaction that writes it.
Seq = Annotated[int, Field(ge=0, description="contiguous per bed from 1; the journal sets it")]


class Message(BaseModel):
    """A payload: its keys are a contract, `schema` names their version."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, json_schema_serialization_defaults_required=True
    )
    bed: str

    @classmethod
    def topic(cls) -> str:
        """Return the topic after the bed: the middle of the schema's name."""
        schema: str = cls.model_fields["schema_"].default
        return schema.removeprefix("spikewatch/").rpartition("/")[0]

    def payload(self) -> dict[str, Any]:
        """Return the keys and values as JSON knows them."""
        # Through text, so that NaN and infinity become null: JSON has no other way to write them.
        payload: dict[str, Any] = json.loads(self.model_dump_json())
        return payload
