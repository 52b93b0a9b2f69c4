"""What every benchmark says first: the machine, the software and the commit it ran on."""

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Libraries whose version changes a figure.
LIBRARIES = ("torch", "numpy", "scipy", "pylsl")


def machine() -> dict[str, Any]:
    """Name processor, cores, memory, Python and the libraries that figures depend on."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "commit": commit(ROOT),
    }


def commit(root: Path) -> str:
    """Return the commit of a working tree, with a + where tracked files have changed since; "unknown" without one."""
    try:
        # Untracked files do not count (-uno): results and run folders lie about while a bench runs.
        return _git(root, "rev-parse", "--short", "HEAD") + ("+" if _git(root, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        # Without a repository or git: hours of a bench must not end without their result.
        return "unknown"


def publish(name: str, result: dict[str, Any], json_file: Path | None) -> None:
    """Print a result with its machine, and write it where it was asked for."""
    whole = {"bench": name, **result, "machine": machine()}
    text = written(whole) + "\n"
    sys.stdout.write(text)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(text, encoding="utf-8")


def written(value: object, indent: int = 0) -> str:
    """Return a value as JSON, indented, but a list of mere numbers and words on one line: tables stay tables."""
    inner, outer = " " * (indent + 2), " " * indent
    if isinstance(value, dict) and value:
        lines = [f"{inner}{json.dumps(str(key))}: {written(item, indent + 2)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{outer}}}"
    if isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        return "[\n" + ",\n".join(inner + written(item, indent + 2) for item in value) + f"\n{outer}]"
    return json.dumps(value)


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    # ARM kernels name no model there: the architecture is then better than nothing.
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
