"""Events as a CSV table (RFC 4180, but for its line ends): a header, then a row for each event."""

import csv
from collections.abc import Sequence
from typing import TextIO

from stream.cli.formats.contract import Event, EventFormat
from stream.schema.columns import flat


class CsvTable:
    """Writes the columns named; a field that an event lacks is an empty cell."""

    def __init__(self, out: TextIO, columns: Sequence[str]) -> None:
        # "\n" and not the RFC's "\r\n": tables are compared with diff and read with cut, and Excel accepts both.
        self._rows = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
        self._rows.writeheader()

    def write(self, event: Event) -> None:
        """Write one row; flags and other lists are joined with semicolons."""
        # Semicolons, not commas: a spreadsheet that splits cells at commas would split the list.
        lists = {key: ";".join(map(str, value)) for key, value in event.items() if isinstance(value, list | tuple)}
        self._rows.writerow({**event, **flat(event), **lists})


FORMAT = EventFormat("csv", ".csv", CsvTable)
