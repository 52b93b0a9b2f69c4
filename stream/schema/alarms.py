"""Every technical alarm condition, how grave it is, and what to do: the one list behind status, page and metrics.

The three priorities are those that patient monitors have for technical alarms (the vocabulary of IEC 60601-1-8): a
fault that stops detection, one that compromises it, and one that touches a single function.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Priority = Literal["not_detecting", "degraded", "housekeeping"]


@dataclass(frozen=True, slots=True)
class AlarmCondition:
    """A name that stands in topics, labels and the journal, its priority, and one line of what to do."""

    name: str
    priority: Priority
    action: str


_ACTIONS: Final[dict[Priority, dict[str, str]]] = {
    "not_detecting": {
        "no_stream": "Switch the amplifier's stream on; `spikewatch streams` lists what can be seen.",
        "signal_lost": "Check the amplifier, its cable and the network; the bed goes on when samples come.",
        "stream_refused": "Name exactly one stream in [bed.acquire], and mend what the reason names.",
        "unusable_stream": "Give the stream labels that the montage knows, and a unit; restart Spikewatch to take it.",
        "bed_refused": "Mend the key that the reason names, and restart Spikewatch.",
        "bed_failed": "Report reason and log to the makers of this software; the bed is tried again every 5 min.",
        "implausible_amplitude": "Check the electrodes, and bed.acquire.unit against what the sender means.",
        "reference_lost": "Check the reference electrode, the ground and the head box: no electrode carries a signal.",
        "invalid_output": 'Restart Spikewatch; if the alarm comes back, use another model or infer.device = "cpu".',
        "nothing_analysed": "Read the reason: it names what is wrong with each group.",
        "detector_down": "Wait some seconds; if the alarm stays, read the log: it holds the detector's last words.",
    },
    "degraded": {
        "source_changed": "See whether the stream is this patient's; restart Spikewatch to take it.",
        "duplicate_source": "Switch the other stream off, or name this bed's alone in [bed.acquire].",
        "engine_replaced": "Review what was found before; restart Spikewatch, and if it comes back report the reason.",
        "fleet_lost": "See whether the fleet runs and is reached; until then this host scores what it can.",
        "groups_lost": "Check the electrodes of the groups that the reason names; the others are watched.",
        "electrodes_lost": "Put the electrodes that the reason names on again; until then all groups are watched.",
        "electrodes_doubtful": "Check the names, types, units and contacts of the electrodes that the reason names.",
        "rate_wrong": "Set the sender to the rate that it sends at, or see where it loses samples.",
        "clock_wrong": "Set the sender's clock, or have it stamp with LSL's; see whether it holds samples back.",
        "clock_sync_lost": "Let UDP 16571 and 16572-16604 through to the sender's host, or restart the sender.",
        "clock_step": "Nothing, if the sender was restarted; otherwise find out what sets its clock.",
        "long_chunks": "Have the sender send shorter chunks, of 0.1 s or less.",
        "samples_missing": "See where they are dropped: in the sender, on its radio, or while it was out of reach.",
        "behind": "Lower the load of this host, or use a smaller model or a longer frame.hop_ms.",
        "overload": "Lower the load of this host, or use a smaller model; it ends by itself when the host keeps up.",
        "shed": "Lower the load of this host, or use a smaller model: samples were lost to analysis.",
        "crash_loop": "Read the log for why the process ends; report it to the makers of this software.",
        "journal_failed": "Make room on the journal's disk, and see that it is sound.",
        "broker_down": "Start the MQTT broker, or mend [publish]; what waits is delivered then.",
        "broker_refuses": "Let the broker's access list take the topics that the reason names.",
        "no_subscriber": "Start the programs that take the events; the journal has them, and can send them again.",
        "foreign_status": "Find the client that writes it; let the broker's access list take it from Spikewatch alone.",
    },
    "housekeeping": {
        "journal_large": "Raise journal.max_mb, lower journal.retention_days, or see that a broker takes what waits.",
        "artefacts": "See whether they are that: periodic discharges can look alike. Check the reference.",
        "mains": "Check ground, reference and cables, and what is plugged in beside the bed; events go on.",
        "sleep_failed": 'Wait some minutes; if it stays, read the log, or set infer.sleep = "auto".',
        "invalid_state": "Report the reason to the makers of this software: a message was left out.",
    },
}
ALARMS: Final = {
    name: AlarmCondition(name, priority, action)
    for priority, actions in _ACTIONS.items()
    for name, action in actions.items()
}
PRIORITIES: Final = tuple(_ACTIONS)


def condition(name: str) -> AlarmCondition:
    """Return the alarm condition of a name, also of one that is not listed."""
    # Two versions of the processes may disagree on a name; hiding the alarm would be worse than an unknown name.
    return ALARMS.get(name) or AlarmCondition(name, "degraded", "Read the reason, and the log.")


def most_severe_first(names: Iterable[str]) -> list[AlarmCondition]:
    """Return alarm conditions in the order of their priorities; those of one priority keep theirs."""
    return sorted(map(condition, names), key=lambda alarm: PRIORITIES.index(alarm.priority))
