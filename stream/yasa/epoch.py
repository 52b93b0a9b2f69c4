"""One epoch of 30 s as it goes to YASA's process: a line of JSON, so that both pipes can be read with the eye."""

import base64
import json
from dataclasses import dataclass

import numpy as np

from stream.records import Samples


@dataclass(frozen=True, slots=True)
class AskedEpoch:
    """What is asked: the stage of the epoch of a bed that ends at `end` (model rate).

    `rows` are its usable derivations by name, each (samples,) float32; `fresh`: what came before is to be forgotten.
    """

    bed: str
    end: int
    rate_hz: float
    rows: dict[str, Samples]
    fresh: bool

    def line(self) -> bytes:
        """Return it as a line for the pipe."""
        rows = {name: base64.b64encode(row.astype("<f4").tobytes()).decode() for name, row in self.rows.items()}
        fields = {"bed": self.bed, "end": self.end, "rate_hz": self.rate_hz, "rows": rows, "fresh": self.fresh}
        return json.dumps(fields).encode() + b"\n"


def read(line: str) -> AskedEpoch:
    """Return what a line of the pipe asks."""
    fields = json.loads(line)
    rows = {name: np.frombuffer(base64.b64decode(row), "<f4") for name, row in fields["rows"].items()}
    return AskedEpoch(fields["bed"], fields["end"], fields["rate_hz"], rows, fields["fresh"])
