"""Follows a how-to page on a copy of the tree, block by block, exactly as a reader would.

A fenced block is a step if its first line names what it is:

    ```python stream/cli/formats/tsv.py      write a new file (any language)
    ```diff stream/cli/formats/registry.py   change a file: lines with " " or "-" become those with " " or "+"
    ```sh                                    run commands; each must succeed
    ```text                                  lines that the commands just above must have printed

A block without a language is an illustration and is passed over.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.test_architecture import ROOT

COPIED = ("models", "stream", "tests", "bench", "docs", "pyproject.toml", "config.toml", "README.md")
FENCE = re.compile(r"^```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
# Below what a test may take: a step that hangs is named, and not only its test.
STEPS_WITHIN_S = 500


@dataclass(frozen=True, slots=True)
class Step:
    """One block of a page."""

    kind: str
    file: str
    text: str


def steps(page: Path) -> list[Step]:
    """Return the steps of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [Step(found["kind"], found["file"] or "", found["text"]) for found in FENCE.finditer(text)]


class Tree:
    """A copy of the working tree that a page is followed on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            place = ROOT / name
            if place.is_dir():
                shutil.copytree(place, folder / name, ignore=shutil.ignore_patterns("*-pytest-*"))
            else:
                shutil.copy(place, folder / name)
        programs = folder / "bin"
        programs.mkdir()
        # The installed `spikewatch` would run the tree under test; this one runs the copy.
        self._program(programs / "spikewatch", "-m stream.cli")
        for name in ("python", "pytest", "ruff", "mypy"):
            self._program(programs / name, "" if name == "python" else f"-m {name}")
        self._environment = {**os.environ, "PYTHONPATH": str(folder), "PATH": f"{programs}:{os.environ['PATH']}"}

    def follow(self, page: Path) -> None:
        """Do every step of a page.

        Raises
        ------
        AssertionError
            naming the first step that does not work
        """
        printed = ""
        for step in steps(page):
            match step.kind:
                case "sh":
                    printed = self._run(step.text)
                case "text":
                    missing = [line for line in step.text.splitlines() if line not in printed]
                    assert not missing, f"not printed: {missing}; but:\n{printed}"
                case "diff":
                    self._change(step)
                case _:
                    assert step.file, f"this block names no file:\n{step.text}"
                    self._write(step)

    def _program(self, path: Path, words: str) -> None:
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def _run(self, commands: str) -> str:
        ran = subprocess.run(
            # A reader stops at the first command that fails, in the middle of a pipe too.
            ["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder, env=self._environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=STEPS_WITHIN_S, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"{commands}\n{ran.stdout[-4000:]}"
        return ran.stdout

    def _write(self, step: Step) -> None:
        path = self.folder / step.file
        assert not path.exists(), f"{step.file} is there already: change it with a diff"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(step.text, encoding="utf-8")

    def _change(self, step: Step) -> None:
        path = self.folder / step.file
        text = path.read_text(encoding="utf-8")
        # A line of nothing is a context line whose one space an editor took away.
        lines = [line or " " for line in step.text.splitlines()]
        before, after = ("".join(f"{line[1:]}\n" for line in lines if line[0] in kept) for kept in (" -", " +"))
        # A diff of a page has no line numbers: a text that stands twice could be changed in the wrong place.
        assert text.count(before) == 1, f"{step.file} holds this {text.count(before)} times:\n{before}"
        path.write_text(text.replace(before, after), encoding="utf-8")
