"""The faults of `bench.chaos`: each begins, lasts, and is healed by what its beginning returned."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.ward.live import Ward, end

Heal = Callable[[], None]
Begin = Callable[[Ward, str, float], Heal | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault; `begin` returns what heals it, None where it cannot be at this moment."""

    name: str
    begin: Begin
    lasts_s: tuple[float, float]
    everywhere: bool = False


def _nothing() -> None:
    """Heal what heals by itself."""


def _alive(ward: Ward) -> bool:
    return ward.running is not None and ward.running.poll() is None


def _kill_broker(ward: Ward, _bed: str, _lasts_s: float) -> Heal | None:
    if ward.broker is None or ward.broker.poll() is not None:
        return None
    end(ward.broker, signal.SIGKILL)
    return ward.start_broker


def _kill_run(ward: Ward, _bed: str, _lasts_s: float) -> Heal | None:
    if not _alive(ward):
        return None
    end(ward.running, signal.SIGKILL)
    return ward.start_run


def _kill_sender(ward: Ward, bed: str, _lasts_s: float) -> Heal | None:
    if ward.senders[bed].poll() is not None:
        return None
    end(ward.senders[bed], signal.SIGKILL)
    return partial(ward.start_sender, bed)


def _signal_child(module: str, number: signal.Signals, ward: Ward, bed: str, _lasts_s: float) -> Heal | None:
    pids = ward.children(module) if _alive(ward) else []
    if not pids:
        return None
    # From outside one cannot see which acquire belongs to which bed; any will do. Of the detectors the first one works.
    pid = pids[0 if module == "stream.detect" else ward.beds.index(bed) % len(pids)]
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    return partial(_continue, pid) if number == signal.SIGSTOP else _nothing


def _continue(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def _stop_sender(ward: Ward, bed: str, _lasts_s: float) -> Heal | None:
    if ward.senders[bed].poll() is not None:
        return None
    ward.senders[bed].send_signal(signal.SIGSTOP)
    return partial(_continue, ward.senders[bed].pid)


def _spoil(fault: str, ward: Ward, bed: str, lasts_s: float) -> Heal | None:
    if ward.senders[bed].poll() is not None:
        return None
    with suppress(BrokenPipeError):
        ward.fault(bed, fault, lasts_s)
    return _nothing


FAULTS: Final = (
    Fault("kill broker", _kill_broker, (1.0, 5.0), everywhere=True),
    Fault("kill run", _kill_run, (0.0, 3.0), everywhere=True),
    Fault("kill detect", partial(_signal_child, "stream.detect", signal.SIGKILL), (0.0, 0.0), everywhere=True),
    Fault("kill acquire", partial(_signal_child, "stream.acquire", signal.SIGKILL), (0.0, 0.0), everywhere=True),
    Fault("kill sender", _kill_sender, (1.0, 8.0)),
    Fault("stop detect", partial(_signal_child, "stream.detect", signal.SIGSTOP), (2.0, 6.0), everywhere=True),
    Fault("stop acquire", partial(_signal_child, "stream.acquire", signal.SIGSTOP), (2.0, 6.0), everywhere=True),
    Fault("stop sender", _stop_sender, (2.0, 8.0)),
    Fault("gap", partial(_spoil, "gap"), (0.5, 5.0)),
    Fault("no numbers", partial(_spoil, "nan"), (1.0, 8.0)),
    Fault("flat", partial(_spoil, "flat"), (1.0, 8.0)),
    Fault("clock back", partial(_spoil, "back"), (2.0, 8.0)),
    Fault("clock ahead", partial(_spoil, "ahead"), (2.0, 8.0)),
)
