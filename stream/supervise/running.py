"""`spikewatch run`: the parent from its start to a signal or to a child that its user must mend."""

import asyncio
import signal
from collections.abc import Callable
from typing import Final

import structlog

from stream import logs
from stream.config.keys import Config
from stream.errors import ConfigError
from stream.supervise.children import ChildFailedError
from stream.supervise.supervisor import Supervisor

# As a shell counts it: 128 and the number of SIGINT.
INTERRUPTED: Final = 130

_log = structlog.get_logger()


def run(config: Config, reread: Callable[[], Config]) -> int:
    """Watch the beds until a signal; return the command's exit code.

    SIGHUP has `reread` called, and what may change of what it returns taken over.

    A child that cannot start has written why, in one line; the code is then its own.

    Raises
    ------
    SpikewatchError
        in one line, if a port is taken or the journal cannot be used
    """
    return asyncio.run(_run(config, reread))


async def _run(config: Config, reread: Callable[[], Config]) -> int:
    supervisor = Supervisor(config)
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    received: list[int] = []

    def on_signal(number: int) -> None:
        received.append(number)
        stopped.set()

    def on_hangup() -> None:
        try:
            changed = reread()
            supervisor.reload(changed)
        except ConfigError as error:
            # The run continues unchanged: a typing error in a file must not end the watch.
            _log.error("configuration not reloaded", reason=str(error))
        else:
            logs.set_level(changed.log.level)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal, number)
    loop.add_signal_handler(signal.SIGHUP, on_hangup)
    try:
        await supervisor.run(stopped)
    except ExceptionGroup as group:
        error = _first(group)
        if isinstance(error, ChildFailedError):
            _log.error(str(error))
            return error.exit_code
        raise error from None
    return INTERRUPTED if signal.SIGINT in received else 0


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Return the error that ended everything: one line is enough for a person to act on."""
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
