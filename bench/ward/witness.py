"""What a subscriber sees of one bed while faults are under way: unwatched for too long, or watched without analysis."""

from dataclasses import dataclass, field
from typing import Any, Final

from bench.latency.listener import Listener

STUCK_S: Final = 30.0
NOT_ANALYSED_S: Final = 16.0
"""`watch.stale_s` and a heartbeat more: for so long a bed may be called watched on what came before."""
WATCHED: Final = frozenset({"online", "degraded"})


@dataclass(slots=True)
class BedWatch:
    """One bed; `healed_s`: when the last fault that touches it ended, or will."""

    bed: str
    healed_s: float = 0.0
    stuck: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    watched: bool = False
    _since_s: float = 0.0
    _analysed: tuple[int, float] = (0, 0.0)
    _heard_s: float = 0.0
    _seen: int = 0

    def look(self, listener: Listener, now_s: float) -> None:
        """Take in what came since the last look, and judge."""
        messages = list(listener.messages[self._seen :])
        self._seen += len(messages)
        for message in messages:
            if f"/{self.bed}/" in message.topic:
                self.take(message.topic, message.payload, message.at_s)
        self.judge(now_s)

    def take(self, topic: str, payload: dict[str, Any], at_s: float) -> None:
        """Take in one message."""
        if topic.endswith("/status"):
            watched = payload["state"] in WATCHED
            if watched != self.watched:
                self.watched, self._since_s = watched, at_s
        elif topic.endswith("/heartbeat"):
            self._heard_s = at_s
            analysed = int(payload["coverage"].get("analysed", 0))
            if analysed != self._analysed[0]:
                self._analysed = analysed, at_s

    def judge(self, now_s: float) -> None:
        """Note what has lasted for too long."""
        since_s = now_s - max(self._since_s, self.healed_s)
        if not self.watched:
            self.longest_s = max(self.longest_s, since_s)
            if since_s > STUCK_S:
                self.stuck.append(f"{self.bed} unwatched for {since_s:.1f} s after its last fault")
                self.healed_s = now_s
        # Up to the last heartbeat: while the broker is away a subscriber hears none, and knows it by their age.
        elif self._heard_s - max(self._since_s, self._analysed[1]) > NOT_ANALYSED_S + max(0.0, self.healed_s - now_s):
            self.empty.append(f"{self.bed} called watched and nothing analysed for {NOT_ANALYSED_S:g} s")
            self._analysed = self._analysed[0], now_s
