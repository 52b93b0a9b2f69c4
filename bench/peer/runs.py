"""One live run of the peer or of Spikewatch on the sent signal, and what was measured of it."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.latency.event_times import times_of
from bench.latency.listener import Listener, ReceivedMessage, listening
from bench.latency.place import Stage, staged, wait_for_line
from bench.latency.report_lines import LOOK_EVERY_S, SETTLES_WITHIN_S, Report, decided_ms, reports, whole
from bench.peer.sent_signal import LABELS, RATE_HZ, montage
from bench.peer.task import TOPIC, Task
from models.zoo import store
from stream.config.keys import Bed, Condition, Frame, Infer
from stream.config.merge_keys import Merge
from stream.demo.children import Child
from stream.demo.place import BED, HOST, STREAM

WARM_UP_S: Final = 2.0  # until the peer's first allocations and its thread pool are there
EVENT_THRESHOLD: Final = 0.2  # low, so that events come often; thresholds cost no time


@dataclass(frozen=True, slots=True)
class Setting:
    """What both sides have to do: a hop of `hop_ms` over `groups` groups with SC of one kind."""

    network: str
    groups: int
    hop_ms: float

    @property
    def name(self) -> str:
        """The setting in a line."""
        return f"{self.network}, {self.groups} group{'s'[: self.groups > 1]}, hop {self.hop_ms:g} ms"


@dataclass(frozen=True, slots=True)
class Decision:
    """The peer's answer for one hop: LSL time of the newest sample, when it was decided, and when it was received."""

    newest_s: float
    decided_s: float
    received_s: float
    probabilities: tuple[float, ...]


@dataclass(slots=True)
class Run:
    """One run, counted from `began_s` on for `span_s`.

    `decided_ms`: newest sample of a window to its probability, every hop. `received_ms`: newest sample to the
    subscriber, of every hop (peer) or of every event (Spikewatch). `hops` were decided of `due`. `t0_s`: LSL time of
    sample 0.
    """

    engine: str
    t0_s: float
    began_s: float
    span_s: float = 0.0
    hops: int = 0
    due: int = 0
    cpu_by_process_s: Counter[str] = field(default_factory=Counter)
    decided_ms: list[float] = field(default_factory=list)
    received_ms: list[float] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def cpu_s(self) -> float:
        """CPU time of all processes."""
        return self.cpu_by_process_s.total()


def peer(setting: Setting, model: Path, seconds: float) -> Run:
    """Run the peer, and measure it once warm."""
    with staged(Frame(), Infer()) as stage, listening(HOST, stage.port, TOPIC) as listener:
        sender, t0_s = _sender(stage)
        process = stage.start("the peer", "-m", "bench.peer.pipeline", _task(setting, model, stage.port).argument())
        threads = wait_for_line(process, lambda line: "threads" in line)["threads"]
        _wait_for_the_first(listener, process)
        time.sleep(WARM_UP_S)
        run, before_s = Run(f"eager torch, {threads} threads", t0_s, time.monotonic()), cpu_s(process.process.pid)
        time.sleep(seconds)
        run.cpu_by_process_s = cpu_s(process.process.pid) - before_s
        run.span_s = time.monotonic() - run.began_s
        sender.check()
        process.check()
        # The last decisions are still on their way to the subscriber.
        time.sleep(WARM_UP_S / 10)
    _count(run, [_decision(message) for message in listener.messages], setting.hop_ms / 1e3)
    return run


def _task(setting: Setting, model: Path, port: int) -> Task:
    manifest = store.load(model).manifest
    pairs = [pair.split("-") for pairs in montage(setting.groups).values() for pair in pairs]
    return Task(
        stream=STREAM,
        port=port,
        model=str(model),
        hop_s=setting.hop_ms / 1e3,
        window_s=manifest.window_samples / manifest.rate_hz,
        plus=[LABELS.index(plus) for plus, _ in pairs],
        minus=[LABELS.index(minus) for _, minus in pairs],
        step=round(RATE_HZ / manifest.rate_hz),
    )


def _sender(stage: Stage) -> tuple[Child, float]:
    child = stage.start("the sender", "-m", "bench.peer.sent_signal", STREAM)
    return child, wait_for_line(child, lambda line: "t0_lsl" in line)["t0_lsl"]


def _wait_for_the_first(listener: Listener, process: Child) -> None:
    until_s = time.monotonic() + SETTLES_WITHIN_S
    while not listener.messages:
        process.check()
        if time.monotonic() > until_s:
            raise SystemExit(f"the peer decided nothing within {SETTLES_WITHIN_S:g} s")
        time.sleep(LOOK_EVERY_S)


def _decision(message: ReceivedMessage) -> Decision:
    payload = message.payload
    return Decision(payload["newest_lsl_s"], payload["decided_s"], message.at_s, tuple(payload["probabilities"]))


def _count(run: Run, decisions: Sequence[Decision], hop_s: float) -> None:
    end_s = run.began_s + run.span_s
    run.decisions = [decision for decision in decisions if run.began_s <= decision.decided_s < end_s]
    run.hops, run.due = len(run.decisions), int(run.span_s / hop_s)
    run.decided_ms = [1e3 * (decision.decided_s - decision.newest_s) for decision in run.decisions]
    run.received_ms = [1e3 * (decision.received_s - decision.newest_s) for decision in run.decisions]


def spikewatch(setting: Setting, model: Path, seconds: float, infer: dict[str, Any] | None = None) -> Run:
    """Run Spikewatch, and measure it once its filters have settled; `infer` are further keys of that section."""
    bed = Bed(id=BED, condition=Condition(montage=montage(setting.groups)), merge=Merge(threshold=EVENT_THRESHOLD))
    wanted = Infer(detector=str(model), sleep="off", **(infer or {}))
    with (
        staged(Frame(hop_ms=setting.hop_ms), wanted, bed) as stage,
        listening(HOST, stage.port, "spikewatch/#") as listener,
    ):
        process = stage.spikewatch()
        wait_for_line(process, lambda line: line["kind"] == "DetectReport")
        sender, t0_s = _sender(stage)
        coming = reports(process)
        engine = next(report["engine"] for report in coming if report["kind"] == "ReadyReport")
        run = Run(engine, t0_s, began_s=0.0)
        _follow(run, coming, process.process.pid, seconds)
        sender.check()
    # Hops that waited from before the beginning may be done within the time counted.
    run.due = max(run.hops, int(run.span_s / (setting.hop_ms / 1e3)))
    run.received_ms = _events_ms(listener, run)
    return run


def _follow(run: Run, coming: Iterator[Report], pid: int, seconds: float) -> None:
    """Sum up reports from the second on of which every window was scored, until `seconds` have passed."""
    ours = (report for report in coming if report["kind"] == "DetectReport")
    while not whole(next(ours)):
        pass
    run.began_s, before_s = next(ours)["at_s"], cpu_s(pid)
    while run.span_s < seconds:
        report = next(ours)
        run.span_s = report["at_s"] - run.began_s
        run.decided_ms += decided_ms(report)
        # A report in which a window was not scored counts no hop: that hop is half done.
        run.hops += len(report["latency_s"].get("infer", ())) if whole(report) else 0
    run.cpu_by_process_s = cpu_s(pid) - before_s


def _events_ms(listener: Listener, run: Run) -> list[float]:
    info = listener.on("/info")[-1].payload
    events = [times_of(event.payload, info, event.at_s) for event in listener.on("/event/ied")]
    end_s = run.began_s + run.span_s
    return [one.newest_to_received_ms for one in events if one is not None and run.began_s <= one.received_s < end_s]


def cpu_s(pid: int) -> Counter[str]:
    """Return the CPU time so far, user and system, of a process and all below it, by the module that each runs."""
    process = Path(f"/proc/{pid}")
    try:
        stat = (process / "stat").read_text(encoding="utf-8")
        words = (process / "cmdline").read_text(encoding="utf-8").split("\0")
        children = (process / "task" / str(pid) / "children").read_text(encoding="ascii").split()
    # A child that ended between two looks has no more to count.
    except FileNotFoundError:
        return Counter()
    # After the last bracket: a process's name may hold spaces and brackets itself.
    user, system = stat.rpartition(")")[2].split()[11:13]
    module = words[words.index("-m") + 1] if "-m" in words else words[0]
    used = Counter({module.rpartition(".")[2]: (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")})
    return sum((cpu_s(int(child)) for child in children), used)
