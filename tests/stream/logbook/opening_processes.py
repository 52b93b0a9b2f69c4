"""Real processes that open one journal at the same moment."""

import subprocess
import sys
from pathlib import Path

OPENER = """
import sys
from pathlib import Path
from stream.errors import RecordError
from stream.logbook.journal import Journal
print("ready", flush=True)
sys.stdin.read()
try:
    Journal(Path(sys.argv[1])).close()
except RecordError as error:
    sys.exit(str(error))
"""


def open_in_processes(path: Path, count: int) -> list[tuple[int, str]]:
    """Open a journal in so many processes at once; return the exit code and stderr of each."""
    command = [sys.executable, "-c", OPENER, str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    # All have their imports behind them before the first may open: otherwise they would come one by one.
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        # Or `communicate` would flush a pipe that is closed, which raises.
        process.stdin = None
    # As long as an opening waits for another (OPENING_TIMEOUT_S).
    return [(process.wait(60), process.communicate()[1]) for process in processes]
