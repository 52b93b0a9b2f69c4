"""The scrape page of `spikewatch run`, read as any scraper would.

Not with prometheus_client's parser: that library has one door, and a viewer needs three lines of the format.
"""

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

LINE: Final = re.compile(r"^(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
TIMEOUT_S: Final = 2.0

Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Upper edges in ascending order, the last one infinite, and how many observations lie at or below each."""

    edges: tuple[float, ...]
    below: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many observations there are."""
        return int(self.below[-1]) if self.below else 0

    def quantile(self, q: float) -> float | None:
        """Estimate a quantile as Prometheus does: linear within its bucket; None where that has no upper edge."""
        if not self.count:
            return None
        rank = q * self.count
        # The first bucket that reaches the rank; one with nothing below it cannot hold it, also where the rank is 0.
        at = next(i for i, below in enumerate(self.below) if below >= rank and below > 0)
        low_edge, low = (self.edges[at - 1], self.below[at - 1]) if at else (0.0, 0.0)
        if self.edges[at] == float("inf"):
            return None
        return low_edge + (self.edges[at] - low_edge) * (rank - low) / (self.below[at] - low)

    def since(self, earlier: "Histogram") -> "Histogram":
        """Return what came after an earlier scrape of the same histogram."""
        return Histogram(self.edges, tuple(now - then for now, then in zip(self.below, earlier.below, strict=True)))

    @property
    def highest_edge(self) -> float | None:
        """Upper edge of the highest bucket that holds anything; None where that has none, or nothing was observed."""
        at = next((i for i, below in enumerate(self.below) if below == self.count), 0) if self.count else -1
        return None if at < 0 or self.edges[at] == float("inf") else self.edges[at]


@dataclass(frozen=True, slots=True)
class Scrape:
    """Every value of one scrape, by name and labels."""

    values: Mapping[tuple[str, Labels], float] = field(default_factory=dict)

    def value(self, name: str) -> float | None:
        """Return the sum over all labels; None if there is no such metric."""
        found = [value for (metric, _), value in self.values.items() if metric == name]
        return sum(found) if found else None

    def by(self, name: str, label: str) -> dict[str, float]:
        """Return a metric's values by one of its labels."""
        found = {dict(labels)[label]: value for (metric, labels), value in self.values.items() if metric == name}
        return dict(sorted(found.items()))

    def chosen(self, name: str, label: str) -> str | None:
        """Return the label value that is 1, of a metric that shows one of several so."""
        return next((key for key, value in self.by(name, label).items() if value == 1), None)

    def histogram(self, name: str, label: str, wanted: str) -> Histogram:
        """Return the histogram whose label is as wanted."""
        buckets = [
            (float(dict(labels)["le"]), value)
            for (metric, labels), value in self.values.items()
            if metric == f"{name}_bucket" and (label, wanted) in labels
        ]
        # A page may list "+Inf" anywhere; as a number it sorts last.
        buckets.sort()
        return Histogram(tuple(edge for edge, _ in buckets), tuple(value for _, value in buckets))


def parse(text: str) -> Scrape:
    """Read the text format of a scrape."""
    lines = (match for line in text.splitlines() if (match := LINE.match(line)))
    return Scrape({(m["name"], frozenset(LABEL.findall(m["labels"] or ""))): float(m["value"]) for m in lines})


def scrape(host: str, port: int) -> Scrape | None:
    """Scrape /metrics; None if there is no answer."""
    # http.client and not urllib: a proxy named in the environment must not see requests to this host.
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/metrics")
        return parse(connection.getresponse().read().decode())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
