"""How every process logs: lines for a person on a terminal, JSON for a program elsewhere; always on stderr.

Log what the software does, by site and bed id. Never samples, never what an amplifier or a file holds about a person.
"""

import logging
import sys
import warnings
from collections.abc import MutableMapping
from functools import cache
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from stream.log_sink import LogSink
from stream.printable import printable
from stream.schema.payload import NOTICE

EventDict = MutableMapping[str, Any]


def set_up(stream: TextIO | None = None, *, for_person: bool | None = None) -> None:
    """Send this process's log lines, and those of the libraries it uses, to `stream`, for a person or a program.

    By default they go to stderr without waiting for a reader, and are for a person if that is a terminal.
    """
    out = stream or _stderr()
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _printable_values,
        _renderer(for_person=out.isatty() if for_person is None else for_person),
    ]
    handler: logging.StreamHandler[TextIO | LogSink] = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=after, foreign_pre_chain=before))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    warnings.showwarning = _warned


def set_level(level: str) -> None:
    """Log nothing less urgent than `level`, "info" or "warning", from here on."""
    logging.getLogger().setLevel(level.upper())


@cache
def _stderr() -> LogSink:
    """Return this process's stderr, to which no writer waits."""
    return LogSink(sys.stderr.fileno(), _tell_dropped)


def pass_on(piece: bytes) -> None:
    """Write what a child process wrote on its stderr to this one's."""
    _stderr().write_bytes(piece)


def for_person() -> bool:
    """Check whether a person reads the log of this process."""
    return sys.stderr.isatty()


def started(what: str, **facts: object) -> None:
    """Log that a process or command begins, with the notice of what this software is not."""
    structlog.get_logger().info(f"{what} started", notice=NOTICE, **facts)


def _tell_dropped(lines: int) -> None:
    structlog.get_logger().warning("log lines were dropped: nobody read them", lines=lines)


def _warned(message: Warning | str, category: type[Warning], *_where: object, **_line: object) -> None:
    """Log what a library warns of, such as an engine that is not the one configured."""
    structlog.get_logger().warning(str(message), kind=category.__name__)


def _printable_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keep a traceback's own line ends; nothing else may end a line."""
    return {
        key: printable(value) if isinstance(value, str) and key != "exception" else value
        for key, value in event.items()
    }


def _renderer(*, for_person: bool) -> Processor:
    if for_person:
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(default=str)
