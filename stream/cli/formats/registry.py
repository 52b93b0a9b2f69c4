"""The formats there are. A new one is a file beside this one and its name in `FORMATS`."""

from typing import Final

from stream.cli.formats import csv_table, json_lines
from stream.cli.formats.contract import EventFormat
from stream.errors import ConfigError

# In this order help lists them; the first whose ending fits is taken.
FORMATS: Final[dict[str, EventFormat]] = {found.name: found for found in (csv_table.FORMAT, json_lines.FORMAT)}
DEFAULT: Final = csv_table.FORMAT


def format_named(name: str) -> EventFormat:
    """Return the format that `--format` names.

    Raises
    ------
    ConfigError
        if there is no such format: the line names those that there are
    """
    if name not in FORMATS:
        raise ConfigError(f"--format {name}: no such format; give one of {', '.join(FORMATS)}")
    return FORMATS[name]


def format_for(file_name: str) -> EventFormat:
    """Return the format whose ending a file's name has, CSV where it has none of them."""
    return next((found for found in FORMATS.values() if file_name.endswith(found.ending)), DEFAULT)


def for_stdout(form: str, *, as_json: bool) -> str:
    """Return the name of the format of stdout, "" where none was chosen; `--json` is short for one of them.

    Raises
    ------
    ConfigError
        if there is no such format, or both options name another
    """
    if form:
        # Checked before anything is read or scored, and before a file is opened for writing.
        format_named(form)
    if as_json and form not in {"", "json"}:
        raise ConfigError(f"--format {form}: --json chose another for stdout; give one of the two")
    return "json" if as_json else form
