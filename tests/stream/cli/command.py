"""Runs `spikewatch` as a user does: the entry point that the package installs, in a process of its own.

Tests have it forked from a server that has imported the libraries once: they take seconds, the commands much less.
"""

import atexit
import json
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from stream.cli import __main__ as program
from tests.stream.acquire.acquire_process import LSL_CONFIG

ROOT = Path(__file__).parents[3]
# Not the console script: that one exists only after an installation, and would run whichever copy is installed.
ENTRY_POINT = f"import sys; from {program.__name__} import main; sys.argv[0] = 'spikewatch'; sys.exit(main())"


PATIENCE_S = 300.0
"""For a command that hangs: on a host that does other things besides, one takes many times as long."""
# None that reads the environment when it is imported, as liblsl does: each command has one of its own.
IMPORTED_ONCE = (
    "torch._dynamo", "stream.cli.__main__", "stream.cli.archive", "stream.evaluate.evaluate", "stream.findings",
    "stream.score", "models.datasets.inspection", "models.datasets.preparation", "models.training.task",
)  # fmt: skip


class Ended:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err
        self.lines = [json.loads(line) for line in out.splitlines()] if "{" in out[:1] else []


def spikewatch(folder: Path, *words: str, **environment: str) -> Ended:
    """Run the command as the console script does, forked from a process that has its libraries."""
    with tempfile.TemporaryDirectory() as answers:
        out, err = Path(answers, "out"), Path(answers, "err")
        code = _ended(_begun(folder, words, environment, out, err))
        return Ended(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))


def interrupted(folder: Path, *words: str, behind: Callable[[str], bool]) -> Ended:
    """Run the command as `spikewatch` does, and press Ctrl-C behind the first line of its stderr that is so."""
    with tempfile.TemporaryDirectory() as answers:
        out, err = Path(answers, "out"), Path(answers, "err")
        # A pipe, so that the line is seen as soon as it is written; it ends as the command does.
        os.mkfifo(err)
        process = _begun(folder, words, {}, out, err)
        pid, lines = process.pid, list[str]()
        assert pid is not None
        with err.open(encoding="utf-8") as told:
            for line in told:
                if behind(line) and not any(map(behind, lines)):
                    os.kill(pid, signal.SIGINT)
                lines.append(line)
        return Ended(_ended(process), out.read_text(encoding="utf-8"), "".join(lines))


def _begun(
    folder: Path, words: tuple[str, ...], environment: dict[str, str], out: Path, err: Path
) -> ForkServerProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED_ONCE))
    process = context.Process(target=_console_script, args=(words, folder, _clean(environment), out, err))
    process.start()
    return process


def _ended(process: ForkServerProcess) -> int:
    process.join(PATIENCE_S)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"a command has not ended after {PATIENCE_S:g} s")
    return process.exitcode


def _clean(environment: dict[str, str]) -> dict[str, str]:
    # The environment of who runs the tests must not configure what is tested.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SPIKEWATCH_")}
    # A fixed width: Typer folds its help to the terminal's, and a folded line would not be found.
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "120", **environment}


def _console_script(words: tuple[str, ...], folder: Path, environment: dict[str, str], out: Path, err: Path) -> None:
    """Become a process as a shell would start it."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for path, descriptor in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    sys.argv = ["spikewatch", *words]
    try:
        program.main()
    finally:
        # A process of multiprocessing ends without them.
        atexit._run_exitfuncs()


def own_lsl_session(folder: Path) -> dict[str, str]:
    """Return the environment of an LSL session that no other test sees."""
    (folder / "lsl_api.cfg").write_text(LSL_CONFIG.format(session=folder.name), encoding="utf-8")
    return {"LSLAPICFG": str(folder / "lsl_api.cfg")}
