"""Home Assistant discovery: what is announced, checked against what its documentation allows."""

from collections.abc import Callable
from typing import Final

import pytest

from stream.logbook.journal import Journal
from stream.publish.discovery import announcement, topic
from stream.schema.messages import MESSAGES
from tests.stream.brokers import Broker, Witness
from tests.stream.publish.publishing import configuration, publishing, received

# Of https://www.home-assistant.io/integrations/mqtt, /sensor.mqtt and /binary_sensor.mqtt: what our entities use.
ENTITY: Final = {
    "platform", "unique_id", "name", "state_topic", "value_template", "availability_topic", "availability_template",
    "device_class", "options", "state_class", "unit_of_measurement", "entity_category",
}  # fmt: skip
DEVICE: Final = {"identifiers", "name", "manufacturer", "model", "sw_version"}
CLASSES: Final = {"sensor": {"enum", "duration"}, "binary_sensor": {"problem"}}


def test_the_announcement_is_what_the_documentation_allows() -> None:
    """A device and an origin are required, each entity has an id of its own; an enum has options and no unit."""
    made = announcement("ward", "bed-1")
    assert set(made) == {"device", "origin", "components", "qos"}
    assert set(made["device"]) <= DEVICE
    assert "name" in made["origin"]
    entities = made["components"].values()
    assert len({entity["unique_id"] for entity in entities}) == len(entities) == 4
    for entity in entities:
        assert set(entity) <= ENTITY
        assert entity.get("device_class") in {*CLASSES[entity["platform"]], None}
        assert ("options" in entity) == (entity.get("device_class") == "enum")
        assert not {"options", "unit_of_measurement"} <= set(entity)


def test_every_topic_and_key_that_is_read_is_published() -> None:
    """A template that names another key would show nothing, for ever."""
    topics = {message.topic(): message for message in MESSAGES.values()}
    for entity in announcement("ward", "bed-1")["components"].values():
        for place, template in (("state_topic", "value_template"), ("availability_topic", "availability_template")):
            message = topics[entity[place].removeprefix("spikewatch/v1/ward/bed-1/")]
            key = entity[template].split("value_json.")[1].split()[0]
            assert key in message.model_fields


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_bed_announces_itself_only_where_that_is_wanted(
    wanted: bool,
    broker: Broker,
    journal: Journal,
    make_witness: Callable[[int], Witness],
) -> None:
    """Retained, under the topic that Home Assistant looks at."""
    config = configuration(broker.port)
    config = config.model_copy(update={"publish": config.publish.model_copy(update={"discovery": wanted})})
    witness = make_witness(broker.port)
    witness._client.subscribe("homeassistant/#", qos=1)
    async with publishing(config, journal):
        await received(witness, lambda w: bool(w.on("heartbeat")))
    found = [message for message in witness.received if message.topic == topic("ward", "bed-1")]
    assert [message.payload for message in found] == [announcement("ward", "bed-1")] * wanted
