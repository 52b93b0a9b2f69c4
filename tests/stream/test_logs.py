"""Log lines: JSON for programs, colours for people, and nothing a stranger wrote may forge one."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from models.engines.engine import EngineWarning
from stream import logs
from stream.printable import printable


class Terminal(io.StringIO):
    """A stream that passes for a terminal."""

    def isatty(self) -> bool:
        """Return True, as a terminal does."""
        return True


@pytest.fixture(autouse=True)
def _leave_no_trace() -> Iterator[None]:
    """Restore pytest's own logging."""
    root = logging.getLogger()
    handlers, level, showwarning = root.handlers[:], root.level, warnings.showwarning
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    # `set_up` replaces it for the whole process, and with it how pytest records warnings.
    warnings.showwarning = showwarning
    root.handlers[:], root.level = handlers, level


def test_lines_are_json_where_no_terminal_is() -> None:
    """One object a line, with level, time and what was bound."""
    out = io.StringIO()
    logs.set_up(out)
    structlog.get_logger().bind(bed="bed-1").warning("silent", age_s=1.5)
    line = json.loads(out.getvalue())
    assert {key: line[key] for key in ("event", "bed", "age_s", "level")} == {
        "event": "silent", "bed": "bed-1", "age_s": 1.5, "level": "warning",
    }  # fmt: skip
    assert line["timestamp"].endswith("Z")


def test_a_level_hides_what_is_less_urgent() -> None:
    """Also of loggers that are in use, as after a reload."""
    out = io.StringIO()
    logs.set_up(out)
    log = structlog.get_logger()
    log.info("first")
    logs.set_level("warning")
    log.info("hidden")
    log.warning("alarm")
    logs.set_level("info")
    log.info("last")
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()] == ["first", "alarm", "last"]


def test_a_terminal_gets_lines_for_a_person() -> None:
    """The words, not JSON."""
    out = Terminal()
    logs.set_up(out)
    structlog.get_logger().info("silent")
    assert "silent" in out.getvalue()
    assert "{" not in out.getvalue()


def test_libraries_log_in_the_same_form() -> None:
    """Lines of uvicorn are JSON too."""
    out = io.StringIO()
    logs.set_up(out)
    logging.getLogger("uvicorn").info("listening on %d", 8080)
    assert json.loads(out.getvalue())["event"] == "listening on 8080"


def test_an_exception_is_kept_whole_in_its_line() -> None:
    """A traceback does not break the one-object-a-line rule."""
    out = io.StringIO()
    logs.set_up(out)
    try:
        int("twice")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError: invalid literal" in json.loads(out.getvalue())["exception"]


def test_every_start_logs_what_this_software_is_not() -> None:
    """The start line has the notice."""
    out = io.StringIO()
    logs.set_up(out)
    logs.started("run", site="demo")
    line = json.loads(out.getvalue())
    assert (line["event"], line["site"], line["notice"]) == (
        "run started", "demo", "research software, not a medical device",
    )  # fmt: skip


def test_text_from_strangers_can_neither_colour_nor_forge_a_line() -> None:
    """Escape sequences and line ends in a stream's name come out as text."""
    out = Terminal()
    logs.set_up(out)
    structlog.get_logger().info("bound", name="a\x1b[2Jb\nc")
    assert out.getvalue().count("\n") == 1
    assert "\x1b[2J" not in out.getvalue()
    assert printable("Fp1\x00é") == r"Fp1\x00é"


def test_what_a_library_warns_of_is_logged() -> None:
    """An engine that is not the one configured is named in a line that a program can read."""
    out = io.StringIO()
    with warnings.catch_warnings():
        # pytest is configured to raise warnings as errors, which would never reach the log.
        warnings.simplefilter("always")
        logs.set_up(out)
        warnings.warn("openvino is not installed", EngineWarning, stacklevel=1)
    line = json.loads(out.getvalue())
    assert {key: line[key] for key in ("event", "kind", "level")} == {
        "event": "openvino is not installed", "kind": "EngineWarning", "level": "warning",
    }  # fmt: skip
