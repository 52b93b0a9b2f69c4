"""Texts and messages: config.toml, what comes over MQTT, marks, events and manifests."""

import asyncio
import dataclasses
import hashlib
import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench.fuzz import seeds
from bench.fuzz.mutation import damaged, damaged_json
from bench.fuzz.target import TYPED, Target, broken
from models.datasets import mark_files
from models.datasets.mark_files import Marked
from models.datasets.mark_times import Extent
from models.zoo import manifest, store
from stream.config.load import load, origins, to_toml
from stream.evaluate.marks import read_marks
from stream.publish.commands import handle_command
from stream.publish.outbox import Outbox
from stream.publish.status_guard import StatusGuard

ROOT: Final = Path(__file__).parents[2]
EXTENT: Final = Extent("2020-01-01T22:00:00", 600.0)
LONGEST_AUDIT: Final = 2_000
CONFIGS: Final = (ROOT / "config.toml", ROOT / "stream/config/default.toml")
SETTINGS: Final = (
    b"frame.hop_ms=125", b"bed.bed-1.acquire.name=x", b"bed.0.merge.threshold=0.5", b"bed.1.id=bed-2", b"site=ward",
    b"bed.0.condition.bandpass_hz=[1.0, 50.0]", b'bed.0.condition.montage={a=["T3-T5"]}', b"publish.port=1883",
)  # fmt: skip
COMMANDS: Final = (
    b'{"from_seq": 1, "to_seq": 100}',
    b'{"from_seq": 9223372036854775807, "to_seq": 9223372036854775807}',
    b'{"state": "offline", "bed": "bed-1", "reason": "x", "last_seq": 3}',
)
DEEP: Final = (b"[" * 200_000, b'{"a":' * 50_000, b"[" * 2_000 + b"]" * 2_000)
TABLE: Final = b"file,time_s,subject\na.edf,1.5,anna\na.edf,9,anna\nb.edf,,bert\n"
NOTES: Final = b"onset,duration,label,channel\n1.5,0,IED,F7\n4,n/a,spike,T3\n9.25,0.2,eyes closed,n/a\n"
BIDS: Final = NOTES.replace(b",", b"\t").replace(b"label", b"trial_type")
REC: Final = b"13,90.4,91.4,6\n0,1,2,1\n21,5.5,6.5,2\n"
EVENTS: Final = (
    b'{"kind": "ied", "file": "a.edf", "time_s": 3.25, "utc": "2026-01-02T03:04:05+00:00"}',
    b'{"kind": "ied", "file": "a.edf", "time_s": 9.5, "probability": 0.9, "channels": ["F7-T7"]}',
    b'{"summary": {"hours": 1.5}}',
)
MARKS: Final = ("", ".csv", ".tsv", ".txt", ".json", ".rec", ".edf")
"""What a text may be taken for: a table of many files, then one recording's marks of each kind."""


class _Journal(Outbox):
    """Takes what a command writes; `replay` has what a journal has of numbers."""

    def __init__(self) -> None:
        self.bed = "bed-1"

    async def replay(self, from_seq: int, to_seq: int) -> int:
        """Return how many there would be."""
        return to_seq - from_seq + 1

    def post(self, message: Any) -> None:  # noqa: ANN401  (an outgoing message)
        """Check that a stranger's text is not passed on."""
        if len(str(message)) > LONGEST_AUDIT:
            raise broken("a command's audit line is as long as its sender likes")


def _settings(path: Path) -> None:
    """Take a text as config.toml, as a value of `--set`, and as a variable of the environment."""
    _each((_config, _override), path)


def _config(path: Path) -> None:
    config = load(path, (), {})
    origins(path, (), {})
    written = path.with_name("written.toml")
    written.write_text(to_toml(config), encoding="utf-8")
    if load(written, (), {}) != config:
        raise broken("a configuration that is written and read again is another one")


def _override(path: Path) -> None:
    text = path.read_bytes()[:2_000].decode("latin-1").replace("\0", " ")
    name, _, value = text.partition("=")
    load(CONFIGS[0], (text,), {})
    load(CONFIGS[0], (), {f"SPIKEWATCH_{name.strip().replace('.', '__').upper()}": value})


def _command(path: Path) -> None:
    payload = path.read_bytes()
    guard = StatusGuard(lambda: 0.0)
    guard.published('{"state": "online"}', comes_back=True)
    guard.is_foreign(payload)
    for name in ("replay", payload[:40].decode("latin-1")):
        asyncio.run(handle_command(_Journal(), name, payload))


def _events(path: Path) -> None:
    for marks in read_marks(path).values():
        if not all(map(math.isfinite, marks.times_s)):
            raise broken("an event is at no time")


def _marks(path: Path) -> None:
    """Take a text as every kind of marks."""
    _each([_marks_as(suffix) for suffix in MARKS], path)


def _marks_as(suffix: str) -> Callable[[Path], None]:
    def use(path: Path) -> None:
        if not suffix:
            read_marks(path)
            return
        named = path.with_suffix(suffix)
        named.write_bytes(path.read_bytes())
        found = mark_files.read(named, Marked([f"EEG {name}-REF" for name in seeds.ELECTRODES], EXTENT))
        if any(not 0 <= end_s - begin_s < float("inf") for begin_s, end_s in (*found.spans_s, *found.runs_s)):
            raise broken("a mark ends before it begins, or never")

    return use


def _each(uses: Sequence[Callable[[Path], None]], path: Path) -> None:
    """Use a text in several ways; refused is what no way reads."""
    problems = []
    for use in uses:
        try:
            use(path)
        except TYPED as problem:
            problems.append(problem)
    if len(problems) == len(uses):
        raise problems[0]


def _manifest(path: Path) -> None:
    folder = path.parent / "model"
    folder.mkdir(exist_ok=True)
    (folder / store.MANIFEST).write_bytes(path.read_bytes())
    weights = folder / store.WEIGHTS
    if not weights.exists():
        weights.symlink_to(store.ZOO / "sc-small" / store.WEIGHTS)
    store.load(folder)


def _weights(path: Path) -> None:
    """Read weights whose hash the manifest has: what is left to refuse is what is in them."""
    folder, content = path.parent / "weights", path.read_bytes()
    folder.mkdir(exist_ok=True)
    known = dataclasses.replace(_sc_small().manifest, sha256=hashlib.sha256(content).hexdigest())
    manifest.write(known, folder / store.MANIFEST)
    (folder / store.WEIGHTS).write_bytes(content)
    store.load(folder)


@cache
def _sc_small() -> store.LoadedModel:
    return store.load("sc-small")


def _manifest_made(draw: random.Random) -> bytes:
    return damaged_json(draw, (store.ZOO / draw.choice(store.names()) / store.MANIFEST).read_bytes())


def _weights_made(draw: random.Random) -> bytes:
    return damaged(draw, (store.ZOO / "sc-small" / store.WEIGHTS).read_bytes())


def _settings_made(draw: random.Random) -> bytes:
    return damaged(draw, draw.choice((*SETTINGS, *(path.read_bytes() for path in CONFIGS))))


def _command_made(draw: random.Random) -> bytes:
    return draw.choice(DEEP) if draw.random() < 0.1 else damaged_json(draw, draw.choice(COMMANDS))


def _marks_made(draw: random.Random) -> bytes:
    kind = draw.random()
    return damaged(draw, _edf() if kind < 0.1 else draw.choice((TABLE, NOTES, BIDS, REC)))


def _events_made(draw: random.Random) -> bytes:
    return b"\n".join(draw.choice(DEEP) if draw.random() < 0.02 else damaged_json(draw, event) for event in EVENTS)


@cache
def _edf() -> bytes:
    return seeds.edf()


TARGETS: Final = (
    Target("config", ".toml", _settings_made, _settings),
    Target("commands", ".json", _command_made, _command),
    Target("marks", ".csv", _marks_made, _marks),
    Target("events", ".jsonl", _events_made, _events),
    Target("manifest", ".json", _manifest_made, _manifest),
    Target("weights", ".safetensors", _weights_made, _weights),
)
