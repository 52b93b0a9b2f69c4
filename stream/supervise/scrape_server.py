"""Serves the scrape page: to a bounded number of connections at a time, each for a bounded time.

A thread serves each connection. Whoever connects and asks nothing, or asks a letter at a time, would keep one for good.
"""

import socket
import threading
import time
from collections.abc import Callable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

MOST_CONNECTIONS: Final = 32
"""When one more comes, the oldest is closed: a scrape takes milliseconds, so it is one that asks nothing."""
LONGEST_S: Final = 10.0
"""From the first byte to the last; a scrape of Prometheus gives up after 10 s by default."""
LOOK_EVERY_S: Final = 0.5


class _Handler(WSGIRequestHandler):
    # Between two bytes of a request; the server limits the whole.
    timeout = LONGEST_S

    def log_message(self, *_given: object) -> None:
        """Log nothing: a line for every scrape would be most of the log."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    # A connection that is still open must not delay the end of the program.
    block_on_close = False
    # What the kernel keeps until it is accepted; accepting takes no longer than starting a thread.
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int]) -> None:
        self.address_family = family
        self._began_s: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  (as the library has it)
        """Serve a connection on a thread, in the place of the oldest if there are too many."""
        with self._lock:
            if len(self._began_s) >= MOST_CONNECTIONS:
                oldest = min(self._began_s, key=self._began_s.__getitem__)
                # At once: its thread may take a moment to end, and the next one must cut another.
                del self._began_s[oldest]
                _cut(oldest)
            self._began_s[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401  (as the library has it)
        """Close a connection that was served."""
        with self._lock:
            self._began_s.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut connections that have lasted for too long; the library calls this time and again."""
        with self._lock:
            for request, began_s in self._began_s.items():
                if time.monotonic() - began_s > LONGEST_S:
                    _cut(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a connection that broke: it is the client's affair."""


def _cut(connection: socket.socket) -> None:
    """End both directions; its thread reads the end of the request, and closes it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # The client was quicker.


def serve(host: str, port: int, registry: CollectorRegistry) -> Callable[[], None]:
    """Serve a registry on a thread of its own; return what ends it.

    Raises
    ------
    OSError
        if nothing can listen there
    """
    [(family, _, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    server = _Server(family, (str(address[0]), port))
    server.set_app(make_wsgi_app(registry))
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_EVERY_S,), name="scrapes", daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
