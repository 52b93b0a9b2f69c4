"""Home Assistant discovery: a bed announces itself as a device with four entities.

Source: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery, "Device discovery payload".
"""

import json
from importlib.metadata import version
from typing import Any, Final, get_args

from stream.publish.mqtt import Connection, Receipt
from stream.schema.payload import NOTICE
from stream.terms import Stage

WATCHED: Final = "{{ 'online' if value_json.state in ['online', 'degraded'] else 'offline' }}"
ANSWERS: Final = "{{ 'offline' if value_json.state in ['offline', 'stopped'] else 'online' }}"


async def announce(connection: Connection, site: str, bed: str) -> Receipt:
    """Publish the bed's announcement, retained, for Home Assistant may start later; return the broker's answer."""
    return await connection.publish(topic(site, bed), json.dumps(announcement(site, bed)), retain=True)


def topic(site: str, bed: str) -> str:
    """Return the topic that Home Assistant looks at; an empty retained message there takes the device away again."""
    return f"homeassistant/device/{_device(site, bed)}/config"


def announcement(site: str, bed: str) -> dict[str, Any]:
    """Return the device, whose entities read the topics that are published anyway."""
    root, device = f"spikewatch/v1/{site}/{bed}", _device(site, bed)

    def entity(key: str, platform: str, name: str, state: str, template: str, **more: object) -> dict[str, Any]:
        # Sensors of a bed that is not watched are unavailable; its alarms are what a person needs to see then.
        available = ANSWERS if platform == "binary_sensor" else WATCHED
        return {
            "platform": platform,
            "unique_id": f"{device}_{key}",
            "name": name,
            "state_topic": f"{root}/{state}",
            "value_template": template,
            "availability_topic": f"{root}/status",
            "availability_template": available,
            **more,
        }

    return {
        "device": {
            "identifiers": [device],
            "name": f"Spikewatch {site} {bed}",
            "manufacturer": "Spikewatch",
            "model": NOTICE,
            "sw_version": version("spikewatch"),
        },
        "origin": {"name": "Spikewatch", "sw_version": version("spikewatch")},
        "components": {
            "stage": entity(
                "stage", "sensor", "Sleep stage", "state/sleep", "{{ value_json.stage }}",
                device_class="enum", options=[*get_args(Stage)],
            ),
            "rate": entity(
                "rate", "sensor", "IEDs in the last hour", "state/ied_rate", "{{ value_json.last_hour }}",
                state_class="measurement",
            ),
            "data_age": entity(
                "data_age", "sensor", "Age of the newest sample", "state/latency", "{{ value_json.data_age_s }}",
                device_class="duration", unit_of_measurement="s", entity_category="diagnostic",
            ),
            "alarm": entity(
                "alarm", "binary_sensor", "Technical alarm", "status",
                "{{ 'ON' if value_json.alarms else 'OFF' }}", device_class="problem",
            ),
        },
        "qos": 1,
    }  # fmt: skip


def _device(site: str, bed: str) -> str:
    return f"spikewatch_{site}_{bed}"
