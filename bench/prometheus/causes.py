"""Real causes of alerts: each begins, and is mended by what a person would do."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bench.prometheus.server import Server
from bench.ward.live import Ward, end, until
from stream.config.keys import Config
from stream.config.load import to_toml
from stream.logbook.journal import Journal
from stream.schema.outgoing import audit_outgoing

STARTS_WITHIN_S: Final = 240.0
KILLS: Final = 6
BETWEEN_S: Final = 6.0
"""Longer than a scrape: each restart is seen."""
BUDGET_MS: Final = 1000.0
"""Not the default: on a host that others use as well, only what the bench does shall make results late."""
STOPS: Final = 12
STOPPED_S: Final = 4.0
"""Less than the time after which a process that says nothing is killed."""
GOING_S: Final = 2.0
REFUSES_EVENTS: Final = "topic read #\ntopic write spikewatch/v1/+/+/status\ntopic write spikewatch/v1/+/+/info\n"
SMALL_MB: Final = 1
FILLED: Final = 0.8
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
        config = ward.place.config
        self._config = config.model_copy(update={"infer": config.infer.model_copy(update={"budget_ms": BUDGET_MS})})

    def causes(self) -> tuple[Cause, ...]:
        """Return all causes in the order in which they are tried: one begins where the one before left off."""
        first, second = self._ward.beds
        lost: Alerts = tuple(
            (f"Spikewatch{name}", {"bed": second}) for name in ("NotDetecting", "DataOld", "AlarmNotDetecting")
        )
        broker: Alerts = (("SpikewatchBrokerGone", {}), ("SpikewatchAlarmDegraded", {"name": "broker_down"}))
        refused: Alerts = (("SpikewatchMessagesRefused", {}), ("SpikewatchAlarmDegraded", {"name": "broker_refuses"}))
        late: Alerts = (("SpikewatchBudgetBurnFast", {"bed": first}), ("SpikewatchBudgetBurnSlow", {"bed": first}))
        restarts: Alerts = (("SpikewatchRestarting", {}), ("SpikewatchAlarmDegraded", {"name": "crash_loop"}))
        return (
            Cause("no job is configured", nothing, (("SpikewatchAbsent", {}),), self._scrape),
            Cause("Spikewatch does not run", nothing, (("SpikewatchDown", {}),), self._start),
            Cause("the detector dies six times", self._kill_detector, restarts, nothing),
            Cause("the detector stops and goes on", self._hold_detector, late, nothing),
            Cause("a sender ends", self._end_sender, lost, self._start_sender),
            Cause("the broker ends", self._end_broker, broker, self._ward.start_broker),
            Cause("the broker's access list refuses events", self._refuse, refused, self._allow),
            Cause("a bed is taken out", self._one_bed, (("SpikewatchBedAbsent", {"bed": second}),), self._all_beds),
            Cause(
                "the journal has little room",
                self._fill_journal,
                (("SpikewatchAlarmHousekeeping", {}),),
                self._give_room,
            ),
        )

    def _scrape(self) -> None:
        metrics = self._config.metrics
        self._server.configure(f"{metrics.host}:{metrics.port}")

    def _start(self) -> None:
        self._write(self._config)
        self._ward.start_broker()
        for bed in self._ward.beds:
            self._ward.start_sender(bed)
        self._ward.start_run()

    def _kill_detector(self) -> None:
        watched = f"count(spikewatch_detecting == 1) == {len(self._ward.beds)}"
        # A detector that has never reported is not started again: it is started.
        until(lambda: self._server.number(watched), STARTS_WITHIN_S, "both beds are watched")
        for _ in range(KILLS):
            os.kill(self._detector(), signal.SIGKILL)
            time.sleep(BETWEEN_S)

    def _hold_detector(self) -> None:
        for _ in range(STOPS):
            pid = self._detector()
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STOPPED_S)
            os.kill(pid, signal.SIGCONT)
            time.sleep(GOING_S)

    def _detector(self) -> int:
        until(lambda: self._ward.children("stream.detect"), STARTS_WITHIN_S, "the detector is started again")
        return self._ward.children("stream.detect")[0]

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

    def _one_bed(self) -> None:
        self._restart(self._config.model_copy(update={"bed": self._config.bed[:1]}))

    def _all_beds(self) -> None:
        self._restart(self._config)

    def _fill_journal(self) -> None:
        small = self._config.journal.model_copy(update={"max_mb": SMALL_MB})
        self._restart(self._config.model_copy(update={"journal": small}), self._write_much)

    def _write_much(self) -> None:
        bed, now = self._ward.beds[0], datetime.now(UTC)
        with closing(Journal(self._config.journal.path)) as journal:
            number = 0
            while journal.retention.used_bytes() < FILLED * SMALL_MB * (1 << 20):
                lines = [audit_outgoing(bed, "command", {"number": str(number + k)}, now) for k in range(50)]
                journal.post(bed, lines)
                number += len(lines)

    def _give_room(self) -> None:
        self._restart(self._config)

    def _restart(self, config: Config, between: Callable[[], None] | None = None) -> None:
        self._write(config)
        end(self._ward.running)
        (between or nothing)()
        self._ward.start_run()

    def _write(self, config: Config) -> None:
        self._ward.place.config_file.write_text(to_toml(config), encoding="utf-8")


def nothing() -> None:
    """Do nothing: the cause is there already, or time alone mends it."""
