"""Question: does each alert of `deploy/prometheus` fire for a real cause, and end when that is mended?

Method: a Prometheus server with the rules and the pace that a site copies scrapes `spikewatch run`, two beds of 32
channels over real LSL, mosquitto. One cause after the other: no job, no Spikewatch, a detector that dies,
one that is held time and again, a sender and a broker that end, an access list that refuses events, a bed that is taken
out, a journal that is nearly full. Seconds: from the cause to the alert, waiting time of the rule included; from the
mending to its end. `infer.budget_ms` is 1000. It takes about half an hour.
Command: python -m bench.prometheus [--json bench/results/prometheus.json]
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import yaml

from bench.command_line import command_line
from bench.machine import publish
from bench.prometheus.causes import Ails, Cause
from bench.prometheus.server import RULES, Labels, Server, serving
from bench.ward.live import live, load_average

FIRES_WITHIN_S: Final = 420.0
ENDS_WITHIN_S: Final = 420.0
SLOW_END_S: Final = 1800.0
"""Restarts are counted over ten minutes, late results over five and thirty."""
BY_TIME: Final = frozenset({"SpikewatchRestarting", "SpikewatchBudgetBurnFast", "SpikewatchBudgetBurnSlow"})
LOOK_EVERY_S: Final = 0.5
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An alert with labels that it must have."""

    name: str
    labels: Labels

    def fires(self, server: Server) -> bool:
        """Report whether it fires now."""
        wanted = {"alertname": self.name, **self.labels}.items()
        return any(wanted <= labels.items() for labels in server.alerts())


def main() -> None:
    """Go through all causes; exit code 1 if an alert did not fire or did not end."""
    parser = command_line("bench.prometheus", __doc__)
    options = parser.parse_args()
    loads = [load_average()]
    began_s = time.monotonic()
    with live(2) as ward, serving(ward.place.folder) as server:
        ails = Ails(ward, server)
        rows = [row for cause in ails.causes() for row in tried(cause, server)]
        for row in [row for row in rows if row["alert"] in BY_TIME and row["fired_s"] is not None]:
            row["ended_s"] = ended(Wanted(row["alert"], row["labels"]), server, row["mended_s"], SLOW_END_S)
        for row in rows:
            del row["mended_s"]
        scraped = scrapes(server)
    loads.append(load_average())
    alerts = {rule["alert"] for group in yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
              for rule in group["rules"]}  # fmt: skip
    result = {
        "seconds": round(time.monotonic() - began_s),
        "load": {"before": loads[0], "after": loads[1]},
        "scrapes": scraped,
        "alerts": rows,
        "without_a_cause": sorted(alerts - {row["alert"] for row in rows}),
    }
    publish("prometheus", result, options.json)
    sys.exit(0 if all(row["fired_s"] is not None and row["ended_s"] is not None for row in rows) else 1)


def tried(cause: Cause, server: Server) -> list[Row]:
    """Begin a cause, wait for its alerts, mend it, and wait for their end; a row for each alert."""
    wanted = [Wanted(name, labels) for name, labels in cause.alerts]
    print(f"{time.strftime('%H:%M:%S')} {cause.name}", file=sys.stderr, flush=True)
    began_s = time.monotonic()
    cause.begin()
    rows: list[Row] = [{"cause": cause.name, "alert": one.name, "labels": one.labels} for one in wanted]
    for one, row in zip(wanted, rows, strict=True):
        row["fired_s"] = awaited(partial(one.fires, server), began_s, FIRES_WITHIN_S)
        print(f"{row['alert']} {row['labels']} after {row['fired_s']} s", file=sys.stderr, flush=True)
    cause.mend()
    mended_s = time.monotonic()
    for one, row in zip(wanted, rows, strict=True):
        later = one.name in BY_TIME or row["fired_s"] is None
        row["mended_s"] = mended_s
        row["ended_s"] = None if later else ended(one, server, mended_s, ENDS_WITHIN_S)
    return rows


def ended(one: Wanted, server: Server, mended_s: float, within_s: float) -> float | None:
    """Wait for an alert's end, and return the seconds from the mending until then."""
    return awaited(lambda: not one.fires(server), mended_s, within_s)


def awaited(true: Callable[[], bool], began_s: float, within_s: float) -> float | None:
    """Return the seconds from `began_s` until something is true, None where that takes too long."""
    while not true():
        if time.monotonic() - began_s > within_s:
            return None
        time.sleep(LOOK_EVERY_S)
    return round(time.monotonic() - began_s, 1)


def scrapes(server: Server) -> Row:
    """Return what the server says of its scrapes over the whole run."""
    return {
        "number": round(server.number('count_over_time(up{job="spikewatch"}[1h])')),
        "answered": round(server.number('sum_over_time(up{job="spikewatch"}[1h])')),
        "longest_s": round(server.number('max_over_time(scrape_duration_seconds{job="spikewatch"}[1h])'), 3),
        "samples": round(server.number('max_over_time(scrape_samples_scraped{job="spikewatch"}[1h])')),
        "rule_failures": round(server.number("sum(prometheus_rule_evaluation_failures_total)")),
    }


if __name__ == "__main__":
    main()
