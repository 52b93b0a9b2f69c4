"""config.toml, read and written. The only code that knows TOML; the keys themselves are in `stream.config.keys`.

A value is looked for in `--set`, then in the environment, then in the file, then in the defaults. A bed's promoted
model (`stream.config.promoted`) stands before the file's.
pydantic-settings is not used for that: its environment source cannot name one bed of a list, and it forgets
where a value came from.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from stream.config import promoted
from stream.config.explain import Keys, complaint
from stream.config.keys import Config, JournalFile
from stream.config.layers import KeyPath, Layers, dotted, leaves
from stream.errors import ConfigError

ENVIRONMENT_PREFIX = "SPIKEWATCH_"
KEYS = Keys(Config)
DEFAULT_CONFIG = Path("config.toml")


def load(
    path: str | Path = "config.toml", overrides: Sequence[str] = (), environment: Mapping[str, str] = os.environ
) -> Config:
    """Read the configuration: `--set key=value` over the environment over the file over the defaults.

    Raises
    ------
    ConfigError
        one line that names the place, the key, the value and what is allowed
    """
    return _validated(_merged(path, overrides, environment))


def load_or_default(path: Path, overrides: Sequence[str] = (), environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration as `load`; where no file of the default name lies, start from the defaults and one bed.

    For commands that read recordings: these need no stream and so nothing that only a file can say. They score on this
    host alone: what a fleet answers in time, and so the last digits of events, would differ from run to run.

    Raises
    ------
    ConfigError
        as `load`; also if a file of another name is asked for and is not there
    """
    if path == DEFAULT_CONFIG and not path.exists():
        # A bed's id is part of its events' ids: this is the shipped file's, so that events have the same ids with it.
        one_bed = Layers({"bed": [{"id": "bed-1"}]}, "default")
        return _on_this_host(_validated(_with_promoted(_laid_over(one_bed, overrides, environment))))
    return _on_this_host(load(path, overrides, environment))


def _on_this_host(config: Config) -> Config:
    return config.model_copy(update={"infer": config.infer.model_copy(update={"fleet": ""})})


def origins(
    path: str | Path = "config.toml", overrides: Sequence[str] = (), environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Name the place every value came from, by dotted key; "default" where it was not set.

    Raises
    ------
    ConfigError
        as `load`
    """
    merged = _merged(path, overrides, environment)
    config = _validated(merged)
    return {dotted(key): merged.origins.get(key, "default") for key, _ in leaves(config.model_dump(mode="json"))}


def schema() -> dict[str, Any]:
    """Return the JSON schema of config.toml."""
    return KEYS.schema


def to_toml(config: Config, remarks: Mapping[str, str] | None = None) -> str:
    """Write a configuration as config.toml, each value with the remark of its dotted key; secrets stay out."""
    return "\n".join(_lines(config.model_dump(mode="json"), (), remarks or {})) + "\n"


def _validated(merged: Layers) -> Config:
    try:
        return Config.model_validate(merged.tables)
    except ValidationError as error:
        # Without `from None` the traceback would show the values, which may be secret.
        raise ConfigError(complaint(error, KEYS, merged)) from None


def _merged(path: str | Path, overrides: Sequence[str], environment: Mapping[str, str]) -> Layers:
    """Lay the environment over the file, and `--set` over both."""
    merged = Layers(_read(Path(path)), str(path))
    _refuse_secrets(merged)
    return _with_promoted(_laid_over(merged, overrides, environment))


def _with_promoted(merged: Layers) -> Layers:
    """Lay the models that were promoted over the file's; what `--set` or the environment says stands before them."""
    journal = merged.value(("journal", "path")) or JournalFile().path
    if not isinstance(journal, (str, Path)):
        return merged
    place = promoted.place(Path(journal))
    for bed, folder in promoted.newest(place).items():
        path = merged.bed_path(bed, "infer", "detector")
        # A bed that was removed is skipped; if it comes back, it has its promoted model again.
        if path and merged.origins.get(path, merged.base) == merged.base:
            merged.lay(path, folder, str(place))
    return merged


def _laid_over(merged: Layers, overrides: Sequence[str], environment: Mapping[str, str]) -> Layers:
    # Sorted, so that which of two variables for one value wins does not depend on the shell.
    for name, text in sorted(environment.items()):
        if name.startswith(ENVIRONMENT_PREFIX):
            parts = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
            _lay(merged, parts, text, f"environment {name}")
    for override in overrides:
        name, equals, text = override.partition("=")
        if not equals:
            raise ConfigError(f'--set {override}: no "="; write --set key=value, as in --set frame.hop_ms=125')
        _lay(merged, name.strip().split("."), text, f"--set {name.strip()}")
    return merged


def _read(path: Path) -> dict[str, Any]:
    """Read a file's tables."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: no such file; name one with --config FILE, or make one with spikewatch config init"
        ) from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; name a readable file with --config FILE") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # tomllib names no line where the file simply ends too early.
        reason = str(error).replace("at end of document", f"at line {len(text.splitlines())}, the last")
        raise ConfigError(f"{path}: not valid TOML: {reason}; mend that line") from error


def _refuse_secrets(merged: Layers) -> None:
    """Raise ConfigError if the file holds a secret."""
    # Settings are shared and committed; a password in them would be too.
    for key in merged.origins:
        if KEYS.is_secret(key):
            raise _secret_in_the_open(merged.base, key)


def _secret_in_the_open(place: str, key: KeyPath) -> ConfigError:
    variable = ENVIRONMENT_PREFIX + "__".join(str(part).upper() for part in key)
    return ConfigError(f"{place}: {dotted(key)} would be readable here; use {dotted(key)}_file, or {variable}")


def _lay(merged: Layers, parts: Sequence[str], text: str, origin: str) -> None:
    """Lay one value written as text over what is there."""
    try:
        path = merged.locate(parts)
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error
    # Command lines are visible to every user of the host, in `ps`; the environment is not.
    if KEYS.is_secret(path) and origin.startswith("--set"):
        raise _secret_in_the_open(origin, path)
    merged.lay(path, _value(text, path), origin)


def _value(text: str, path: KeyPath) -> Any:  # noqa: ANN401  (any TOML value)
    """Read text as a TOML value; text that is none, or stands where only a string can, is a string."""
    # A password is what was typed: 0042 is not the number 42.
    if KEYS.is_secret(path):
        return text
    try:
        tables = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = tables["value"]
    # More than one key: the text held a line break and would have set another key as well.
    if len(tables) > 1 or (KEYS.is_text(path) and not isinstance(value, str)):
        return text
    return value


def _lines(table: Mapping[str, Any], path: KeyPath, remarks: Mapping[str, str]) -> Iterator[str]:
    """Write a table: its values first, then the tables in it, as TOML wants it."""
    for key, value in sorted(table.items(), key=lambda item: _is_table(item[1])):
        here = (*path, key)
        if isinstance(value, dict):
            yield from ("", f"[{_header(here)}]", *_lines(value, here, remarks))
        elif _is_table(value):
            for index, inner in enumerate(value):
                yield from ("", f"[[{_header(here)}]]", *_lines(inner, (*here, index), remarks))
        else:
            remark = remarks.get(dotted(here))
            yield f"{_quoted(key)} = {json.dumps(value, ensure_ascii=False)}" + (f"  # {remark}" if remark else "")


def _is_table(value: object) -> bool:
    """Check whether a value is written as a table or a list of tables."""
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _header(path: KeyPath) -> str:
    return ".".join(_quoted(part) for part in path if isinstance(part, str))


def _quoted(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
