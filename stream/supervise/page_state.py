"""The state of all beds for the page: everything when it is asked for, and the numbers ten times a second."""

from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

from stream.config.keys import Config
from stream.logbook.samplelog import ring_path
from stream.schema.payload import NOTICE
from stream.supervise.bed_status import BedStatus
from stream.supervise.live_numbers import Numbers
from stream.supervise.newest_sample import NewestSample
from stream.supervise.rejected_spans import RejectedSpan


class PageState:
    """The state of every bed, and the age of its newest sample from its sample log; `mqtt` returns that of delivery."""

    def __init__(self, config: Config, beds: Mapping[str, BedStatus], mqtt: Callable[[], dict[str, Any]]) -> None:
        self._site = config.site
        self._beds = beds
        self._mqtt = mqtt
        self._newest = {bed: NewestSample(ring_path(config, bed)) for bed in beds}

    def snapshot(self) -> dict[str, Any]:
        """Return all that the page shows."""
        return {
            "site": self._site,
            "version": version("spikewatch"),
            "notice": NOTICE,
            "beds": {bed: self._aged(bed, status.snapshot()) for bed, status in self._beds.items()},
            "mqtt": self._mqtt(),
        }

    def numbers(self) -> Numbers:
        """Return what of it may be another the next moment, by bed."""
        return {bed: self._aged(bed, status.numbers()) for bed, status in self._beds.items()}

    def rejected(self, bed: str) -> list[RejectedSpan]:
        """Return when which group of a bed was not analysed."""
        return self._beds[bed].rejected.spans()

    def _aged(self, bed: str, told: dict[str, Any]) -> dict[str, Any]:
        # A report's age is up to a second old; to a hundredth, for more digits are sent and not shown.
        return told | {"data_age_s": round(self._newest[bed].age_s(told["data_age_s"]), 2)}
