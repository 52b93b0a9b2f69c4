"""Which stream is meant, whether it is still the same one, and what its numbers mean. Pure functions.

A wrong stream is a wrong patient: every configured key must match, exactly one stream may, and once bound the whole
description is pinned. The uid alone may differ after a restart of the sender.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.signal.rates import HIGHEST_RATE_HZ
from models.signal.units import MICROVOLTS, microvolts, undeclared
from stream.config.keys import Acquire
from stream.errors import InputError
from stream.printable import printable
from stream.records import Source

KEYS: Final = ("name", "type", "source_id", "hostname")
NUMERIC_FORMATS: Final = ("float32", "double64", "int8", "int16", "int32", "int64")

MOST_CHANNELS: Final = 4096
"""A stranger may declare two thousand million: a stream of more is listed without any, and not opened."""
NONE_VISIBLE: Final = "none is visible at all: start its outlet, or open UDP 16571 and TCP and UDP 16572-16604"
_MOST_LISTED: Final = 5
_MOST_NEAR: Final = 3
_HASH: Final = re.compile(r"-?\d{15,20}")
"""Python's `hash` of a text: a signed 64-bit number."""


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No stream can be bound: why, in one line."""

    reason: str
    several: bool


def match(wanted: Acquire, visible: Sequence[Source]) -> Source | NoMatch:
    """Return the one visible stream that has every key given, or why there is none."""
    # An empty key in config.toml matches any stream.
    keys = {key: value for key in KEYS if (value := getattr(wanted, key))}
    found = [source for source in visible if not _amiss(keys, source)]
    if len(found) == 1:
        return found[0]
    # Several are a refusal and never a choice: the other one is another patient's.
    if found:
        remedy = _telling_apart(found)
        return NoMatch(f"{len(found)} streams match {asked(wanted)}: {_listed(found)}; {remedy}", several=True)
    one_off = [(_amiss(keys, source), source) for source in visible]
    # A ward's other streams are all of another name: one of this name and another type is the one that is meant.
    told = sorted((amiss == ["name"], _nearly(keys, source)) for amiss, source in one_off if len(amiss) == 1)
    near = [words for _, words in told]
    if near:
        more = [f"and {len(near) - _MOST_NEAR} more"] if len(near) > _MOST_NEAR else []
        return NoMatch(f"no stream matches {asked(wanted)}; {'; '.join([*near[:_MOST_NEAR], *more])}", several=False)
    if visible:
        return NoMatch(f"no stream matches {asked(wanted)}; visible: {_listed(visible)}", several=False)
    return NoMatch(f"no stream matches {asked(wanted)}; {NONE_VISIBLE}", several=False)


def _telling_apart(found: Sequence[Source]) -> str:
    """Say how one of several streams that fit is to be named."""
    steady = [replace(source, source_id=steady_source_id(source.source_id)) for source in found]
    differing = [key for key in KEYS if len({getattr(source, key) for source in steady}) > 1]
    if not differing:
        # As a sender leaves behind that hangs, or was started twice.
        return "no key of [bed.acquire] tells them apart: end the sender that is not this patient's, or restart both"
    return f"give {' or '.join(differing)} in [bed.acquire]"


def asked(wanted: Acquire) -> str:
    """Return the keys that are given, as they stand in config.toml: 'name = "amp", type = "EEG"'."""
    given = ((key, getattr(wanted, key)) for key in KEYS)
    return ", ".join(f'{key} = "{value}"' for key, value in given if value) or "any stream"


def fits(wanted: Acquire, source: Source) -> bool:
    """Report whether a stream has every key that is given."""
    return not _amiss({key: value for key in KEYS if (value := getattr(wanted, key))}, source)


def _amiss(keys: Mapping[str, str], source: Source) -> list[str]:
    """List the keys that a stream has not."""
    return [key for key in keys if _compared(key, getattr(source, key)) != _compared(key, keys[key])]


def _compared(key: str, value: str) -> str:
    # Senders write "eeg" and "EEG " for one type; a name or an id is somebody's, letter by letter.
    return value.strip().casefold() if key == "type" else value


def _nearly(keys: Mapping[str, str], source: Source) -> str:
    """Describe a stream that has every key but one."""
    [key] = _amiss(keys, source)
    return f'{described(source)} is of {key} "{_shown(getattr(source, key))}", not "{keys[key]}"'


def described(source: Source) -> str:
    """Describe a stream in a few words."""
    kind = f'type "{_shown(source.type)}"'
    words = [f'"{_shown(source.name)}"', kind, f"{len(source.labels)} x {source.rate_hz:g} Hz {source.format}"]
    if source.source_id:
        words.append(f'source_id "{_shown(source.source_id)}"')
    return f"{words[0]} ({', '.join([*words[1:], f'host {_shown(source.hostname)}'])})"


def steady_source_id(declared: str) -> str:
    """Return the source_id, or "" where pylsl made one up: a salted hash, another one at every start of the sender."""
    return "" if _HASH.fullmatch(declared) else declared


def changes(old: Source, new: Source) -> tuple[str, ...]:
    """List how two descriptions differ, the uid left out: "rate_hz: 256.0 -> 512.0"."""
    names = [field.name for field in fields(Source) if field.name != "uid"]
    return tuple(
        f"{name}: {_difference(getattr(old, name), getattr(new, name))}"
        for name in names
        if getattr(old, name) != getattr(new, name)
    )


def unopenable(listed: Source) -> str:
    """Return why a stream, as a search lists it, is not even opened, "" if it is."""
    if listed.format not in NUMERIC_FORMATS:
        return f"{described(listed)} sends {listed.format} samples; EEG needs numbers"
    if not listed.labels:
        return f"{described(listed)} declares no channel, or more than {MOST_CHANNELS}"
    if not listed.rate_hz <= HIGHEST_RATE_HZ:
        return f"{described(listed)} declares more than {HIGHEST_RATE_HZ:g} Hz; declare the rate at which it sends"
    return ""


def unfit(source: Source, unit: str) -> str:
    """Return why a stream cannot be used, or "" if it can."""
    if source.format not in NUMERIC_FORMATS:
        return f"{described(source)} sends {source.format} samples; EEG needs numbers ({', '.join(NUMERIC_FORMATS)})"
    if source.rate_hz <= 0:
        return f"{described(source)} declares no sampling rate; EEG needs a regular one"
    # One channel that declares a voltage will do here: a trigger channel beside the EEG declares none.
    if unit == "auto" and not any(microvolts(declared) for declared in source.units):
        if not any(source.units) and _is_unnamed(source):
            return (
                f"{described(source)} declares no labels and units of its channels, or of another number of channels "
                "than it sends; mend its description, or set bed.acquire.unit and bed.condition.aliases"
            )
        return f'{described(source)} declares no voltage unit; set bed.acquire.unit to "uV", "mV", "V" or "any"'
    return ""


def _is_unnamed(source: Source) -> bool:
    return source.labels == tuple(str(number) for number, _ in enumerate(source.labels, 1))


def scale_to_uv(labels: Sequence[str], units: Sequence[str], unit: str) -> NDArray[np.float64]:
    """Return for each channel the factor that turns its samples into microvolts.

    `unit` is bed.acquire.unit: "auto" takes each channel's own declared unit, which must be a voltage; "uV", "mV" and
    "V" override whatever is declared; "any" leaves the numbers as they are, but where channels declare voltages that
    differ, brings them to one.

    Raises
    ------
    InputError
        under "auto", if a channel declares no voltage unit
    """
    scales = [microvolts(declared) for declared in units]
    known = np.array([scale for scale in scales if scale is not None])
    all_known = len(known) == len(units) > 0
    if unit == "any":
        # One electrode less another means nothing in two units.
        return known if all_known and len(set(known)) > 1 else np.ones(len(units))
    if unit != "auto":
        return np.full(len(units), MICROVOLTS[unit.lower()])
    if all_known:
        return known
    shown = [(_shown(label), _shown(declared)) for label, declared in zip(labels, units, strict=True)]
    remedy = 'set bed.acquire.unit to "uV", "mV" or "V" if all channels are in one unit, else declare each one\'s'
    raise InputError(f"{undeclared(*zip(*shown, strict=True)) if shown else 'no channel has a unit'}; {remedy}")


def _listed(sources: Sequence[Source]) -> str:
    more = len(sources) - _MOST_LISTED
    # In one order: what changes with every search would be told as news.
    listed = sorted(map(described, sources))[:_MOST_LISTED]
    return "; ".join([*listed, f"and {more} more"] if more > 0 else listed)


def _difference(old: object, new: object) -> str:
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return f"{_shown(str(old))} -> {_shown(str(new))}"
    if len(old) != len(new):
        return f"{len(old)} channels -> {len(new)}"
    channels = [channel for channel, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    first = channels[0]
    also = f" and {len(channels) - 1} more" if len(channels) > 1 else ""
    return f"channel {first + 1} {_shown(old[first])} -> {_shown(new[first])}{also}"


def _shown(text: str) -> str:
    """Make a stranger's text fit for a log line."""
    # Cut: a name may be as long as its sender likes, and stands in alarms and on the page.
    return printable(text)[:60]
