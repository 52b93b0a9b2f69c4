"""Engines that are shown a known window from time to time, and replaced when they answer wrongly."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

import structlog

from models.engines.canary import Canary
from models.engines.engine import Engine, StreamEngine
from stream.infer import Infer

AnyEngine = TypeVar("AnyEngine", bound=Engine | StreamEngine)

_log = structlog.get_logger()


class _Runs(Infer, Protocol[AnyEngine]):
    """An infer stage with an engine that can be exchanged."""

    engine: AnyEngine


class Checked(Generic[AnyEngine]):
    """One network's stage, its canary, and how another engine is opened for it."""

    def __init__(self, infer: _Runs[AnyEngine], canary: Canary[AnyEngine], reopen: Callable[[], AnyEngine]) -> None:
        self.infer = infer
        self._canary = canary
        self._reopen = reopen
        self._due_s = 0.0

    def check(self, now_s: float) -> str:
        """Check the engine if it is time to; replace a wrong one, and return what was wrong with it."""
        if now_s < self._due_s:
            return ""
        self._due_s = now_s + self._canary.every_s
        wrong = self._canary.check(self.infer.engine)
        if wrong:
            self.infer.engine = self._reopen()
            self._canary.begin()
        return wrong


AnyChecked = Checked[Engine] | Checked[StreamEngine]


class Canaries:
    """Of all networks of a detector. `clock` returns monotonic seconds."""

    def __init__(self, checked: Sequence[AnyChecked], clock: Callable[[], float]) -> None:
        self._checked = checked
        self._clock = clock

    def replaced(self) -> Iterator[tuple[Infer, str]]:
        """Yield each stage whose engine answered wrongly, and was replaced, with the reason."""
        for one in self._checked:
            wrong = one.check(self._clock())
            if wrong:
                reason = f"{wrong}; {one.infer.name} is used in its place; what it found before may be wrong"
                _log.error("engine replaced", reason=reason)
                yield one.infer, reason
