"""Starts the demo's processes, follows what they find, draws it four times a second, and sums it up."""

import importlib.util
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Final, NoReturn

from rich.live import Live

from stream.demo.children import Child
from stream.demo.patient import SEED
from stream.demo.place import BED, HOST, STREAM, Place, made
from stream.demo.scrape import scrape
from stream.demo.summary import summary
from stream.demo.view import draw
from stream.demo.watched import Watched
from stream.errors import SpikewatchError
from stream.logbook.journal_reader import JournalReader
from stream.terminal import print_json

INTERRUPTED: Final = 130
LOOK_EVERY_S: Final = 0.02
"""An event's delay is measured to this: short beside the 260 ms it takes, long beside the journal's query."""
DRAW_EVERY_S: Final = 0.25
SCRAPE_EVERY_S: Final = 1.0
"""As often as child processes report: more often, nothing would have changed."""
LOOK_BACK: Final = timedelta(seconds=10)
"""Events this much older than the newest are looked at again: they may come late, or learn their latency."""


def direct(seconds: float, overrides: Sequence[str], *, as_json: bool) -> int:
    """Run the demo and return the exit code; `as_json` prints one object at the end and draws nothing.

    Raises
    ------
    SpikewatchError
        if one of the processes does not start or ends early
    """
    if importlib.util.find_spec("amqtt") is None:
        raise SpikewatchError("demo: its MQTT broker is not installed; pip install 'spikewatch[demo]'")
    began_s = time.monotonic()
    # So that `kill` ends the children in order as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    with made(overrides) as place, _cast(place) as children:
        demo = Demo(place, children, Watched(began_s))
        code = demo.run(began_s + seconds if seconds else float("inf"), draws=not as_json)
        if code == 0 and demo.watched.settled_s is None:
            raise SpikewatchError(f"demo: nothing was analysed within {seconds:g} s; give it more with --seconds")
        if as_json:
            print_json(summary(demo.watched, time.monotonic()))
        return code


class Demo:
    """The demo while it runs."""

    def __init__(self, place: Place, children: list[Child], watched: Watched) -> None:
        self.watched = watched
        self._place = place
        self._children = children
        self._journal: JournalReader | None = None
        self._next_scrape_s = self._next_drawing_s = 0.0

    def run(self, end_s: float, *, draws: bool) -> int:
        """Follow the processes until then, or until interrupted, and return the exit code."""
        with Live(auto_refresh=False) if draws else nullcontext() as live:
            try:
                while (now_s := time.monotonic()) < end_s:
                    self.poll(now_s)
                    if live is not None and now_s >= self._next_drawing_s:
                        live.update(draw(self.watched, self._place, now_s), refresh=True)
                        self._next_drawing_s = now_s + DRAW_EVERY_S
                    time.sleep(LOOK_EVERY_S)
            except KeyboardInterrupt:
                return INTERRUPTED
            finally:
                self._close()
        return 0

    def poll(self, now_s: float) -> None:
        """Read what the processes print, what is in the journal and, once a second, the scrape page."""
        for child in self._children:
            for line in child.lines():
                self.watched.observe_line(line)
            # After its lines: the last thing it printed counts, also where it ended.
            child.check()
        self._poll_journal(now_s)
        if now_s >= self._next_scrape_s:
            # None while `run` does not serve yet; its end is seen by `check`, so that silence here is no error.
            page = scrape(HOST, self._place.config.metrics.port)
            if page is not None:
                self.watched.observe_scrape(page)
            self._next_scrape_s = now_s + SCRAPE_EVERY_S

    def _poll_journal(self, now_s: float) -> None:
        if self._journal is None:
            # A reader makes no journal: it is opened when `run` has made it and serves.
            if self.watched.budget_s is None:
                return
            self._journal = JournalReader(self._place.config.journal.path)
        if self.watched.settled_s is None:
            self.watched.observe_analysed(self._journal.accounting(BED, 1).get("analysed", 0), now_s)
        self.watched.observe_events(self._journal.events(BED, self._since()), now_s)

    def _since(self) -> datetime:
        events = self.watched.events
        if not events:
            # The whole journal: it is the demo's own and holds nothing older.
            return datetime.min.replace(tzinfo=UTC)
        return datetime.fromisoformat(events[-1].payload["utc"]) - LOOK_BACK

    def _close(self) -> None:
        if self._journal is not None:
            self._journal.close()


@contextmanager
def _cast(place: Place) -> Iterator[list[Child]]:
    """Start the processes; end them in reverse order, `spikewatch run` first."""
    with ExitStack() as stack:
        children = []
        for name, arguments in (
            ("the broker", ["-W", "ignore", "-m", "stream.demo.broker", str(place.config.publish.port)]),
            ("the patient", ["-m", "stream.demo.patient", STREAM, str(SEED)]),
            ("spikewatch run", ["-m", "stream.cli", "run", "--config", str(place.config_file)]),
        ):
            children.append(Child(name, arguments, place))
            stack.callback(children[-1].stop)
        yield children


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
