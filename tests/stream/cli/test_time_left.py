"""How far a long file is, by a hand-cranked clock."""

import io

from stream.cli.time_left import TimeLeft


class Terminal(io.StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def test_a_log_has_a_line_a_minute_with_the_time_left() -> None:
    """By the speed since the start, which is not the file's when a run is gone on with."""
    now_s, out = [0.0], io.StringIO()
    progress = TimeLeft("a.edf", 86_400.0, 43_200.0, out, lambda: now_s[0])
    for second in range(0, 121, 10):
        now_s[0] = second
        progress.show(43_200.0 + 60 * second, 7)
    progress.close()
    assert out.getvalue().splitlines() == [
        "a.edf: 13:00:00 of 24:00:00, 7 events, 0:11:00 left",
        "a.edf: 14:00:00 of 24:00:00, 7 events, 0:10:00 left",
    ]


def test_a_terminal_has_one_line_that_is_cleared() -> None:
    """Nothing is left of it below the results."""
    now_s, out = [0.0], Terminal()
    progress = TimeLeft("a.edf", 100.0, 0.0, out, lambda: now_s[0])
    now_s[0] = 2.0
    progress.show(50.0, 0)
    progress.close()
    assert out.getvalue() == "\ra.edf: 0:00:50 of 0:01:40, 0 events, 0:00:02 left\x1b[K\r\x1b[K"
