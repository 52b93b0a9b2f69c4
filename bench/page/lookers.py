"""Who looks at a page while the detector works: browsers with a tab each, and clients that never read."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from stream.demo.place import BED, HOST

DEAF: Final = 50
TABS: Final = 2
SCREEN: Final = {"width": 1366, "height": 768}
# As a browser opens it; what is answered is never read.
ASK: Final = (
    "GET /beds/{bed}/live?montage=detector HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@contextmanager
def looking(browser: Any, port: int) -> Iterator[None]:  # noqa: ANN401
    """Open the tabs and the deaf clients' connections, and close them at the end."""
    with ExitStack() as stack:
        for _ in range(DEAF):
            client = stack.enter_context(socket.create_connection((HOST, port)))
            # A small buffer fills within seconds, so that the server has to wait.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(ASK.format(bed=BED, host=HOST, port=port).encode())
        for _ in range(TABS):
            context = browser.new_context(viewport=SCREEN)
            stack.callback(context.close)
            context.new_page().goto(f"http://{HOST}:{port}/#{BED}")
        yield


def behind(folder: Path) -> str:
    """Return a Chromium that gives way to all else: a reader's browser runs on a machine of its own."""
    script = folder / "chromium"
    script.write_text(f'#!/bin/sh\nexec chrt --idle 0 {shutil.which("chromium")} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)
