"""The wheel and the source archive: what somebody gets who installs Spikewatch without its repository."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.test_architecture import ROOT, relative, sources

BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "models", "stream")
FOR_A_SITE = ("CHANGELOG.md", "SECURITY.md", "config.toml", "constraints.txt", "deploy", "docs")
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
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources: setuptools leaves `build` beside what it builds, and takes old files out of it."""
    copy = tmp_path_factory.mktemp("sources")
    for name in (*BUILT_FROM, *FOR_A_SITE, "MANIFEST.in", "tests/deploy", "bench/page"):
        place, to = ROOT / name, copy / name
        to.parent.mkdir(exist_ok=True)
        (shutil.copytree if place.is_dir() else shutil.copy)(place, to)
    return copy


def built(copy: Path, kind: str) -> Path:
    """Build with the backend that is installed: nothing is downloaded."""
    backend = f"import sys; from setuptools import build_meta; build_meta.build_{kind}(sys.argv[1])"
    subprocess.run([sys.executable, "-c", backend, copy / kind], cwd=copy, check=True, capture_output=True)
    [file] = (copy / kind).iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(copy: Path) -> ZipFile:
    """Build the wheel."""
    return ZipFile(built(copy, "wheel"))


@pytest.fixture(scope="module")
def archived(copy: Path) -> set[str]:
    """Build the source archive, and return the files in it."""
    with tarfile.open(built(copy, "sdist")) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def committed(*places: str) -> set[str]:
    """Return the files that git knows there."""
    listed = subprocess.run(["git", "ls-files", *places], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.split())


def test_the_source_archive_builds_the_wheel_and_has_what_a_site_copies(archived: set[str]) -> None:
    """Units, rules, broker lists and pages come with it."""
    assert committed(*BUILT_FROM, *FOR_A_SITE) - archived == set()


def test_the_source_archive_has_no_part_of_the_tests(archived: set[str]) -> None:
    """Some of them alone could not run: they need the repository, other tests and recordings."""
    tops = {name.split("/")[0] for name in archived if "/" in name}
    assert tops == {"models", "stream", "deploy", "docs", "spikewatch.egg-info"}


def test_every_module_is_in_the_wheel(wheel: ZipFile) -> None:
    """A folder that lacks its `__init__.py` would be left out without a word."""
    assert {relative(path) for path in sources("models", "stream")} - set(wheel.namelist()) == set()


def test_what_the_code_reads_is_in_the_wheel(wheel: ZipFile) -> None:
    """Weights, the page and the marks that types are given: without these it installs, and then does not run."""
    files = committed("models", "stream")
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
