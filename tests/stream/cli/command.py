"""Runs `spikewatch` as a user does: the entry point that the package installs, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from stream.cli import __main__ as program
from tests.stream.acquire.acquire_process import LSL_CONFIG

ROOT = Path(__file__).parents[3]
# Not the console script: that one exists only after an installation, and would run whichever copy is installed.
ENTRY_POINT = f"import sys; from {program.__name__} import main; sys.argv[0] = 'spikewatch'; sys.exit(main())"


class Ended:
    """How a command ended."""

    def __init__(self, process: "subprocess.CompletedProcess[str]") -> None:
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.lines = [json.loads(line) for line in process.stdout.splitlines()] if "{" in process.stdout[:1] else []


def spikewatch(folder: Path, *words: str, **environment: str) -> Ended:
    """Run the command as the console script does."""
    # The environment of who runs the tests must not configure what is tested.
    env = {key: value for key, value in os.environ.items() if not key.startswith("SPIKEWATCH_")}
    # A fixed width: Typer folds its help to the terminal's, and a folded line would not be found.
    env |= {"PYTHONPATH": str(ROOT), "COLUMNS": "120", **environment}
    command = [sys.executable, "-c", ENTRY_POINT, *words]
    return Ended(subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False))


def own_lsl_session(folder: Path) -> dict[str, str]:
    """Return the environment of an LSL session that no other test sees."""
    (folder / "lsl_api.cfg").write_text(LSL_CONFIG.format(session=folder.name), encoding="utf-8")
    return {"LSLAPICFG": str(folder / "lsl_api.cfg")}
