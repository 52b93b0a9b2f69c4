"""`models` imports on a host that has its stated libraries and nothing else: a GPU host that only trains.

The environment is a real one, with an interpreter of its own, but nothing is installed into it: it is given links to
exactly the stated libraries of the environment that runs the tests, and to what those need in turn.
"""

import re
import subprocess
import tomllib
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, relative, sources

STATED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["spikewatch"]["models-need"]
DOORS = ("openvino", "ray", "matplotlib", "tensorboard")
"""Libraries that a part of `models` can use and none may need to be imported."""

NAME = re.compile(r"[A-Za-z0-9._-]+")


def closure(names: list[str]) -> dict[str, Distribution]:
    """Return installed distributions by name, and all that they need."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop().lower()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            # A requirement of another platform (its marker does not hold here); a stated library must be there.
            assert name not in names
            continue
        needs = [need for need in found[name].requires or [] if "extra ==" not in need]
        waiting += [match[0] for need in needs if (match := NAME.match(need))]
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the environment; return its interpreter."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    (site / "models").symlink_to(ROOT / "models")
    for found in closure(STATED).values():
        # "..": console scripts, which lie beside the libraries and are not imported.
        tops = {file.parts[0] for file in found.files or [] if file.parts[0] not in {"..", "__pycache__"}}
        for top in tops:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(found.locate_file(top))))
    return folder / "bin" / "python"


def run(python: Path, script: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in the environment, isolated: neither PYTHONPATH nor the working folder lead out of it."""
    return subprocess.run([python, "-I", "-c", script, *words], capture_output=True, text=True, check=False)


IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(name, error.name)
"""


def test_every_module_of_models_imports(python: Path) -> None:
    """But for the engine of a library that is not there: `opening` imports its files only where it is."""
    modules = [relative(path)[:-3].replace("/", ".").removesuffix(".__init__") for path in sources("models")]
    ran = run(python, IMPORT_ALL, *modules)
    assert ran.returncode == 0, ran.stderr
    failed = {tuple(line.split()) for line in ran.stdout.splitlines()}
    assert failed == {(name, "openvino") for name in modules if name.startswith("models.engines.openvino")}


def test_the_environment_is_as_bare_as_it_says(python: Path) -> None:
    """Else the test above would pass whatever `models` imported."""
    live = ("stream", "pylsl", "aiomqtt", "pydantic", "typer", "rich", "structlog", "prometheus_client")
    script = "import importlib.util as u, sys; print([name for name in sys.argv[1:] if u.find_spec(name)])"
    assert run(python, script, *DOORS, *live).stdout.strip() == "[]"


def test_a_model_of_the_zoo_scores_there(python: Path) -> None:
    """Imports are not all: the shipped detector opens on plain torch, and says so."""
    script = """
import warnings
import numpy as np
from models.engines.opening import open_engine
from models.zoo import store
engine = open_engine(store.load("sc-small"), device="cpu")
probabilities, peaks = engine.score(np.zeros((2, 5, 192), np.float32))
print(engine.name, probabilities.shape)
"""
    ran = run(python, script)
    assert (ran.returncode, ran.stdout.split()[0]) == (0, "eager-fp32-cpu"), ran.stderr


def test_a_stated_library_is_one_that_models_import() -> None:
    """The list has nothing that is not needed, and every one of them is a dependency of the whole."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources("models"))
    assert [name for name in STATED if not re.search(rf"^\s*(import|from) {name}\b", text, re.MULTILINE)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(STATED) <= {match[0] for need in project["dependencies"] if (match := NAME.match(need))}
