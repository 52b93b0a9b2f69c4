"""The link between one bed and its stream: starting, resolving, streaming, silent, lost or refused.

The whole policy is here, without LSL: what is searched, when a bed is bound, what counts as lost and what is written to
the sample log. The process passes in the real network, a test passes in a fake one.

A silent inlet is kept: what its sender still holds arrives when it sends again, and is lost when the inlet is dropped.
It is dropped only when the bed's stream is seen under another uid, which means that the sender was restarted.
"""

import math
from collections.abc import Callable
from typing import Final

from stream.acquire.between_links import Expected, expected_after, samples_lost
from stream.acquire.clock import ClockModel
from stream.acquire.identity import NoMatch, changes, described, match, unfit
from stream.acquire.link_status import REPORT_S, Bound, LinkStatus
from stream.acquire.ports import Clock, Inlet, LinkLostError, Network, Pulled
from stream.acquire.twins import Twins
from stream.config.keys import Acquire
from stream.errors import InputError
from stream.logbook.samplelog import SampleLogWriter
from stream.records import SOURCE_CHANGED, Source
from stream.schema.reports import AcquireReport, LinkState
from stream.waiting import Backoff

PULL_S: Final = 0.2
"""Long enough to cost nothing while a stream is silent, short enough for reports once a second."""
SILENCE_S: Final = 1.0
SILENCE_CHUNKS: Final = 4
"""A sender of long chunks is silent only after so many of them are due."""
FIRST_CHUNK_S: Final = 5.0
"""How long a stream may take to begin: the length of its chunks is not known yet."""
SEARCH_WHILE_SILENT_S: Final = 5.0
RETRY_S: Final = (0.5, 5.0)
"""First and longest wait before the next search."""


class Link:
    """One bed's link; `step` does the next thing and blocks for at most a few seconds.

    `open_log` opens the bed's recording of a source: the one there is, or a new one. `claim` returns why a stream is
    not to be had, "" if it is. `pinned` is the identity that a link found later must have; with None the first stream
    that fits is taken.
    """

    def __init__(
        self,
        bed: str,
        wanted: Acquire,
        *,
        network: Network,
        clock: Clock,
        open_log: Callable[[Source], SampleLogWriter],
        claim: Callable[[Source], str],
        wake: Callable[[], None],
        send: Callable[[AcquireReport], None],
        pinned: Source | None = None,
    ) -> None:
        self._wanted = wanted
        self._network, self._clock = network, clock
        self._open_log, self._claim, self._wake = open_log, claim, wake
        self._pinned = pinned
        self._log: SampleLogWriter | None = None
        self._inlet: Inlet | None = None
        self._model = ClockModel(1.0, 0)
        self._expected: Expected | None = None
        self._backoff = Backoff(*RETRY_S)
        self._twins = Twins(wanted)
        self._status = LinkStatus(bed, clock, send, self._bound, lambda: self._twins.alarm)
        self._received_s = self._searched_s = self._bound_s = -math.inf

    @property
    def state(self) -> LinkState:
        """Whether the link looks for its stream, streams, or why it does not."""
        return self._status.state

    def step(self) -> None:
        """Search and bind if there is no inlet, else log what has arrived; report when a second has passed."""
        if self._inlet is None:
            self._seek()
        else:
            self._follow(self._inlet)
        if self._inlet is not None:
            self._twins.observe(self._inlet.source, self._network.overheard(self._bound_s))
        self._status.report_if_due()

    def close(self) -> None:
        """Close the inlet and the log; what is in the log stays."""
        if self._inlet is not None:
            self._inlet.close()
        if self._log is not None:
            self._log.close()

    def _bound(self) -> Bound:
        return Bound(self._pinned, self._inlet, self._model)

    # --- without an inlet ---

    def _seek(self) -> None:
        found = match(self._wanted, self._network.visible())
        if isinstance(found, NoMatch):
            self._unbound(found)
        else:
            self._bind(found)
        if self._inlet is None:
            self._pause(self._backoff.wait_s())

    def _unbound(self, why: NoMatch) -> None:
        self._status.change("refused" if why.several else self._looking(), why.reason)

    def _looking(self) -> LinkState:
        return "resolving" if self._pinned is None else "lost"

    def _bind(self, found: Source) -> None:
        """Open an inlet and keep it if the stream is fit and the one this bed has been bound to."""
        try:
            inlet = self._network.open(found)
        except InputError as error:
            self._status.change("refused", str(error))
            return
        except LinkLostError as error:
            self._status.change(self._looking(), str(error))
            return
        refusal = self._refusal(inlet.source)
        if refusal:
            inlet.close()
            # Refused and not guessed at: another montage under the same name is perhaps another patient.
            self._status.change("refused", refusal)
            return
        self._attach(inlet)

    def _refusal(self, source: Source) -> str:
        if self._pinned is not None and (differences := changes(self._pinned, source)):
            what = "; ".join(differences)
            return f"{described(source)} is not the stream this bed was bound to: {what}. Restart to accept it"
        # Claimed last: what is refused for itself stays free for the bed that it is meant for.
        return unfit(source, self._wanted.unit) or self._claim(source)

    def _attach(self, inlet: Inlet) -> None:
        if self._log is None:
            self._log = self._open_log(inlet.source)
            self._expected = expected_after(self._log)
        else:
            self._status.reconnects += 1
        if self._log.head > 0:
            self._twins.note_link(self._pinned, inlet.source)
        self._inlet, self._pinned, self._bound_s = inlet, inlet.source, self._clock.now_s()
        self._model = ClockModel(inlet.source.rate_hz, self._log.head)
        self._received_s = self._clock.now_s()
        self._backoff.reset()
        # A bed that was lost stays so until samples come: its alarm must not end for a sender that says nothing.
        waits: LinkState = "starting" if self._log.head == 0 else self._looking()
        self._status.change(waits, f"bound to {described(inlet.source)}; no sample has come yet")

    def _pause(self, seconds: float) -> None:
        """Wait, reporting every second."""
        until_s = self._clock.now_s() + seconds
        while (left_s := until_s - self._clock.now_s()) > 0:
            self._status.report_if_due()
            self._clock.sleep(min(left_s, REPORT_S))

    # --- with an inlet ---

    def _follow(self, inlet: Inlet) -> None:
        try:
            pulled = inlet.pull(PULL_S)
        except LinkLostError as error:
            self._lose(str(error))
            return
        if pulled.samples.shape[1] > 0:
            self._log_chunk(inlet, pulled)
        else:
            self._wait_for_samples(inlet)

    def _wait_for_samples(self, inlet: Inlet) -> None:
        """Call the stream silent once nothing has arrived for longer than any pause between its chunks."""
        chunk_s = self._model.chunk_s
        patience_s = max(SILENCE_S, SILENCE_CHUNKS * chunk_s) if chunk_s > 0 else FIRST_CHUNK_S
        if self._clock.now_s() - self._received_s > patience_s:
            if self.state != "silent":
                # The first search waits too: it takes a second, in which nothing can be received.
                self._searched_s = self._clock.now_s()
            pause = f"{round(patience_s, 1):g} s"
            self._status.change("silent", f"nothing came for {pause}; is the amplifier still connected?")
            self._look_for_restarted_sender(inlet.source)

    def _log_chunk(self, inlet: Inlet, pulled: Pulled) -> None:
        """Write a chunk to the log, with whatever is found missing before it."""
        log, length, arrival_s = self._opened_log(), pulled.samples.shape[1], self._clock.now_s()
        offset_s = inlet.clock_offset_s()
        stamp_s = pulled.stamp_s + offset_s
        if self._expected is not None:
            # Before the chunk, so that its samples have the index at which they were due.
            lost, jumped_s = samples_lost(self._expected, length, stamp_s, arrival_s, inlet.source.rate_hz)
            self._expected = None
            self._status.note_clock_step(jumped_s)
            # Asked now: a first sample shows whether the sender's clock is this host's.
            changed = self._twins.note_sample(inlet.source, opened_s=inlet.opened_s(), last_s=log.newest.arrival_s)
            # At least one, which ends the filters' and windows' memory: what follows may be another patient's.
            self._gap(log, *((max(1, lost), SOURCE_CHANGED) if changed else (lost, "lost")), arrival_s)
            # The gap moved the head, and the model's indices must begin there.
            self._model = ClockModel(inlet.source.rate_hz, log.head)
        reading = self._model.observe(length, stamp_s, arrival_s, offset_s)
        self._status.note_clock_step(reading.clock_step_s)
        self._gap(log, reading.missing, "counted", arrival_s)
        log.append(pulled.samples, arrival_s, reading.lsl_s)
        # The detector is woken after the samples can be read, or it would look in vain and sleep on.
        self._wake()
        self._received_s = arrival_s
        self._status.note_samples(pulled.samples, inlet.source, arrival_s)
        if self.state != "streaming":
            self._status.start_streaming()

    def _opened_log(self) -> SampleLogWriter:
        if self._log is None:
            raise RuntimeError("an inlet without a log")
        return self._log

    def _gap(self, log: SampleLogWriter, length: int, reason: str, arrival_s: float) -> None:
        if length > 0:
            log.gap(length, reason, arrival_s)
            self._status.note_missing(length, log.source.rate_hz, followed=reason == "counted")

    def _look_for_restarted_sender(self, bound: Source) -> None:
        """Every few seconds of silence, check whether the same stream is offered under another uid."""
        if self._clock.now_s() - self._searched_s < SEARCH_WHILE_SILENT_S:
            return
        visible = self._network.visible()
        self._searched_s = self._clock.now_s()
        found = match(self._wanted, [source for source in visible if source.uid != bound.uid])
        # While the old uid is offered as well, the sender lives, and what it still holds would be lost.
        if isinstance(found, Source) and bound.uid not in {source.uid for source in visible}:
            self._lose("the sender was restarted")

    def _lose(self, reason: str) -> None:
        if self._inlet is not None:
            self._inlet.close()
            self._inlet = None
            self._twins.forget_present()
        # Kept from the last link if this one received nothing: the gap is counted from the last sample logged.
        if self._expected is None and not math.isnan(self._model.expected().arrival_s):
            self._expected = self._model.expected()
        self._status.change("lost", reason)
