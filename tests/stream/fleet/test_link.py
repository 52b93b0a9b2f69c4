"""One question over HTTP: answered whole and in time, or given up with a reason and a connection that holds no rest."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import numpy as np
import pytest

from models.zoo import store
from stream.fleet import wire
from stream.fleet.link import FleetError, FleetLateError, HttpLink

MANIFEST = replace(store.load("sc-small").manifest, sha256="abc")
WINDOWS = np.arange(2 * 5 * 512, dtype=np.float32).reshape(2, 5, 512)
ANSWERS = (np.array([[0.5, np.nan], [0.25, 1.0]], np.float32), np.array([[1, 2], [3, -4]], np.int64))
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


def answered(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    """Send an answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    handler.send_header(wire.ENGINE, "gpu\x1b[2J" + "x" * 100)
    handler.end_headers()
    handler.wfile.write(body)


class Fleet:
    """A server of the standard library in a fleet's place; `answer` is what it does with each body."""

    def __init__(self) -> None:
        self.answer: Answer = lambda handler, _: answered(handler, wire.answer_of(ANSWERS))
        self.paths: list[str] = []
        self.connections = set[object]()
        fleet = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                fleet.paths.append(self.path)
                fleet.connections.add(self.client_address)
                fleet.answer(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.link = HttpLink(f"http://127.0.0.1:{self.server.server_port}", MANIFEST)


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """Serve."""
    made = Fleet()
    serving = Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield made
    made.link.close()
    made.server.shutdown()
    made.server.server_close()
    serving.join()


def test_answers_come_back_to_the_last_bit_over_one_connection(fleet: Fleet) -> None:
    """No number is changed on the way, NaN included; a name from elsewhere is made printable and cut."""
    bodies: list[bytes] = []

    def keep(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        bodies.append(body)
        answered(handler, wire.answer_of(ANSWERS))

    fleet.answer = keep
    for _ in range(3):
        (probabilities, peaks), engine = fleet.link.ask(WINDOWS, 5.0)
        np.testing.assert_array_equal(probabilities, ANSWERS[0])
        np.testing.assert_array_equal(peaks, ANSWERS[1])
        assert engine.startswith("gpu")
        assert engine.isprintable()
        assert len(engine) <= 64
    np.testing.assert_array_equal(wire.windows_of(bodies[2], 5, 512), WINDOWS)
    assert fleet.paths == ["/abc"] * 3
    assert len(fleet.connections) == 1


def test_i9_a_late_answer_is_given_up_at_the_deadline_and_never_taken_for_the_next(fleet: Fleet) -> None:
    """The next question goes out over another connection."""
    release = Event()

    def late(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        release.wait(5.0)
        handler.close_connection = True

    fleet.answer = late
    began_s = time.monotonic()
    with pytest.raises(FleetLateError, match="no answer within 50 ms"):
        fleet.link.ask(WINDOWS, 0.05)
    assert 0.05 <= time.monotonic() - began_s < 2.0
    release.set()
    fleet.answer = lambda handler, _: answered(handler, wire.answer_of(ANSWERS))
    (probabilities, _), _ = fleet.link.ask(WINDOWS, 5.0)
    np.testing.assert_array_equal(probabilities, ANSWERS[0])
    assert len(fleet.connections) == 2


def test_an_answer_that_drips_has_no_more_time_than_another(fleet: Fleet) -> None:
    """The deadline is the whole answer's, not that of each piece."""

    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _piece in range(50):
                handler.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            pass  # the listener has gone, as it should
        handler.close_connection = True

    fleet.answer = drip
    began_s = time.monotonic()
    with pytest.raises(FleetLateError):
        fleet.link.ask(WINDOWS, 0.1)
    assert time.monotonic() - began_s < 0.9


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, b"", "it does not have this model"),
        (503, b"", "it has too much to do"),
        (500, b"Traceback", "it answers with HTTP status 500"),
        (200, b"", "0 bytes do not answer 2 windows"),
        (200, b"x" * 25, "25 bytes do not answer 2 windows"),
        (200, b"x" * ((1 << 20) + 1), "an answer that does not end"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_reason(fleet: Fleet, status: int, body: bytes, reason: str) -> None:
    """And the next question is asked over another connection."""
    fleet.answer = lambda handler, _: answered(handler, body, status)
    with pytest.raises(FleetError, match=f"^{reason}$") as raised:
        fleet.link.ask(WINDOWS, 5.0)
    assert not isinstance(raised.value, FleetLateError)
    fleet.answer = lambda handler, _: answered(handler, wire.answer_of(ANSWERS))
    fleet.link.ask(WINDOWS, 5.0)
    assert len(fleet.connections) == 2


def test_nobody_at_the_address_is_a_reason_too() -> None:
    """And takes no time."""
    with pytest.raises(FleetError, match="refused"):
        HttpLink("http://127.0.0.1:1", MANIFEST).ask(WINDOWS, 5.0)


@pytest.mark.parametrize("size", [0, 1, 5 * 512 * 4 - 1, 61 * 5 * 512 * 4])
def test_a_fleet_reads_whole_windows_alone_and_not_too_many(size: int) -> None:
    """What does not fit the model is refused, and none is made of it."""
    with pytest.raises(ValueError, match="1 to 60 windows of 5 channels and 512 samples"):
        wire.windows_of(bytes(size), 5, 512)
