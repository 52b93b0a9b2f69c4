"""The parent's end of a report pipe, and a child that never ends its line."""

import os

from structlog.testing import capture_logs

from stream.supervise.report_pipe import LONGEST_LINE, READ_BYTES, ReportPipe


async def test_a_line_without_an_end_is_dropped_and_told() -> None:
    """Memory stays bounded, the log says so once, and the next whole line is read."""
    read_fd, write_fd = os.pipe()
    with capture_logs() as logged, ReportPipe(read_fd) as pipe:
        for _ in range(LONGEST_LINE // READ_BYTES + 1):
            os.write(write_fd, b"x" * READ_BYTES)
            assert await pipe.lines(5.0) == []
        os.write(write_fd, b"\nwhole\n")
        assert await pipe.lines(5.0) == [b"whole"]
    os.close(write_fd)
    assert [(line["log_level"], line["event"]) for line in logged] == [("error", "a report without an end was dropped")]
