"""Real causes of alerts: each begins, and is mended by what a person would do."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from bench.prometheus.server import Server
from bench.ward.books import last_seq
from bench.ward.live import Ward, end
from stream.config.keys import Config
from stream.config.load import to_toml

KILLS: Final = 6
"""The first kill makes the counter's series, and an increase is counted from there on."""
BETWEEN_S: Final = 6.0
"""Longer than a scrape: each restart is seen."""
REFUSES_EVENTS: Final = "topic read #\ntopic write spikewatch/v1/+/+/status\ntopic write spikewatch/v1/+/+/info\n"
SMALL_MB: Final = 1
T = TypeVar("T")
Alerts = tuple[tuple[str, dict[str, str]], ...]
"""Names of alerts, and labels that they must have."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What goes wrong, the alerts that must fire (name, and labels that they must have), and what mends it."""

    name: str
    begin: Callable[[], None]
    alerts: Alerts
    mend: Callable[[], None]


class Ails:
    """Brings a ward of two beds into trouble and out of it."""

    def __init__(self, ward: Ward, server: Server) -> None:
        self._ward = ward
        self._server = server
        self._config = ward.place.config

    def causes(self) -> tuple[Cause, ...]:
        """Return all causes in the order in which they are tried: one begins where the one before left off."""
        first, second = self._ward.beds
        lost: Alerts = tuple(
            (f"Spikewatch{name}", {"bed": second}) for name in ("NotDetecting", "DataOld", "AlarmNotDetecting")
        )
        broker: Alerts = (("SpikewatchBrokerGone", {}), ("SpikewatchAlarmDegraded", {"name": "broker_down"}))
        refused: Alerts = (("SpikewatchMessagesRefused", {}), ("SpikewatchAlarmDegraded", {"name": "broker_refuses"}))
        late = ("SpikewatchBudgetBurnFast", {"bed": first})
        restarts: Alerts = (("SpikewatchRestarting", {}), ("SpikewatchAlarmDegraded", {"name": "crash_loop"}))
        return (
            Cause("no job is configured", nothing, (("SpikewatchAbsent", {}),), self._scrape),
            Cause("Spikewatch does not run", nothing, (("SpikewatchDown", {}),), self._start),
            Cause("the detector dies six times", self._kill_detector, (*restarts, late), nothing),
            Cause("a sender ends", self._end_sender, lost, self._start_sender),
            Cause("the broker ends", self._end_broker, broker, self._ward.start_broker),
            Cause("the broker's access list refuses events", self._refuse, refused, self._allow),
            Cause("a bed is taken out", self._one_bed, (("SpikewatchBedAbsent", {"bed": second}),), self._all_beds),
            Cause("the journal has little room", nothing, (("SpikewatchAlarmHousekeeping", {}),), self._give_room),
        )

    def small_journal(self) -> None:
        """Give the journal so little room that it is nearly full within minutes."""
        small = self._config.journal.model_copy(update={"max_mb": SMALL_MB})
        self._config = self._config.model_copy(update={"journal": small})
        self._write(self._config)

    def _scrape(self) -> None:
        metrics = self._config.metrics
        self._server.configure(f"{metrics.host}:{metrics.port}")

    def _start(self) -> None:
        self._ward.start_broker()
        for bed in self._ward.beds:
            self._ward.start_sender(bed)
        self._ward.start_run()

    def _kill_detector(self) -> None:
        for _ in range(KILLS):
            [pid] = _awaited(lambda: self._ward.children("stream.detect"))
            os.kill(pid, signal.SIGKILL)
            time.sleep(BETWEEN_S)

    def _end_sender(self) -> None:
        end(self._ward.senders[self._ward.beds[1]], signal.SIGKILL)

    def _start_sender(self) -> None:
        self._ward.start_sender(self._ward.beds[1])

    def _end_broker(self) -> None:
        end(self._ward.broker, signal.SIGKILL)

    def _refuse(self) -> None:
        acl = self._ward.place.folder / "acl"
        acl.write_text(REFUSES_EVENTS, encoding="utf-8")
        end(self._ward.broker)
        self._ward.start_broker(f"acl_file {acl}\n")

    def _allow(self) -> None:
        end(self._ward.broker)
        self._ward.start_broker()
        publish = self._config.publish
        _awaited(lambda: _listens(publish.host, publish.port))
        for bed in self._ward.beds:
            asked = {"from_seq": 1, "to_seq": last_seq(self._ward, bed)}
            _say(publish.host, publish.port, f"spikewatch/v1/{self._config.site}/{bed}/cmd/replay", asked)

    def _one_bed(self) -> None:
        self._restart(self._config.model_copy(update={"bed": self._config.bed[:1]}))

    def _all_beds(self) -> None:
        self._restart(self._config)

    def _give_room(self) -> None:
        self._restart(self._ward.place.config)

    def _restart(self, config: Config) -> None:
        self._write(config)
        end(self._ward.running)
        self._ward.start_run()

    def _write(self, config: Config) -> None:
        self._ward.place.config_file.write_text(to_toml(config), encoding="utf-8")


def nothing() -> None:
    """Do nothing: the cause is there already, or time alone mends it."""


def _awaited(found: Callable[[], T]) -> T:
    """Wait until something is there, and return it."""
    until_s = time.monotonic() + 120
    while not (there := found()):
        if time.monotonic() > until_s:
            raise SystemExit("a process of the ward did not come back within two minutes")
        time.sleep(0.2)
    return there


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def _say(host: str, port: int, topic: str, asked: dict[str, int]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect(host, port)
    client.loop_start()
    client.publish(topic, json.dumps(asked), qos=1).wait_for_publish(10)
    client.loop_stop()
    client.disconnect()
