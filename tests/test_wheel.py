"""The wheel: what somebody gets who installs Spikewatch without its repository."""

import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest

from tests.test_architecture import ROOT, relative, sources

BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "models", "stream")
DATA = {
    "models/zoo/sc-small/weights.safetensors",
    "models/zoo/whole-head/weights.safetensors",
    "models/zoo/sc-small/manifest.json",
    "models/zoo/sc-small/CARD.md",
    "stream/supervise/webpage/index.html",
    "stream/supervise/webpage/page.js",
    "stream/supervise/webpage/page.css",
    "models/py.typed",
    "stream/py.typed",
}
"""Files that no import would miss, one of each kind."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Build the wheel of a copy of the sources, with the build backend that is installed: nothing is downloaded."""
    copy, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("wheel")
    for name in BUILT_FROM:
        # A copy: setuptools leaves `build` and `*.egg-info` beside what it builds, and takes old files out of them.
        place = ROOT / name
        (shutil.copytree if place.is_dir() else shutil.copy)(place, copy / name)
    backend = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", backend, out], cwd=copy, check=True, capture_output=True)
    [file] = out.glob("*.whl")
    return ZipFile(file)


def test_every_module_is_in_the_wheel(wheel: ZipFile) -> None:
    """A folder that lacks its `__init__.py` would be left out without a word."""
    assert {relative(path) for path in sources("models", "stream")} - set(wheel.namelist()) == set()


def test_what_the_code_reads_is_in_the_wheel(wheel: ZipFile) -> None:
    """Weights, the page and the marks that types are given: without these it installs, and then does not run."""
    listed = ["git", "ls-files", "models", "stream"]
    committed = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    files = set(committed.stdout.split())
    assert files >= DATA
    assert files - set(wheel.namelist()) == set()


def test_nothing_else_is_in_the_wheel(wheel: ZipFile) -> None:
    """Neither tests nor benchmarks nor what lies about in a working folder."""
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"models", "stream"}


def test_the_command_is_in_the_wheel(wheel: ZipFile) -> None:
    """`spikewatch` is installed as a program."""
    [name] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "spikewatch = stream.cli.__main__:main" in wheel.read(name).decode()
