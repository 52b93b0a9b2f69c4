"""The shape of the project, read from its imports."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bench.house import arrows, floors, imported
from models.datasets.windowset import Header
from models.errors import ModelError, TrainingError
from models.networks import registry
from models.training import network
from models.training.recipe import Recipe
from models.zoo import store

ROOT = Path(__file__).parents[1]
STAGES = ("acquire", "condition", "frame", "infer", "merge", "publish")

# Rooms from the ground up: a folder or module that lies directly in the package. A room may import those before it and
# no other. Who adds a room says here where it stands; the order is the map that a newcomer reads first.
ORDER: Final[dict[str, str]] = {
    "models": """
        errors sleep_stages tasks networks detection
        reports signal zoo readers
        engines simulate
        datasets sleep evaluation training
    """,
    "stream": """
        errors printable terms records timebase waiting wallclock
        child_process config liblsl logbook schema log_sink logs terminal replay findings rates spike_wave review yasa
        acquire condition frame infer fleet merge publish
        pipeline analysis detect supervise
        account recorded report adapt score archive hypnogram evaluate doctor demo
        cli
    """,
}

DOORS: dict[str, set[str]] = {
    "pylsl": {"stream/acquire/lsl.py", "stream/liblsl.py"},
    "aiomqtt": {"stream/publish/mqtt.py"},
    "paho": {"stream/publish/mqtt.py"},
    "prometheus_client": {
        "stream/supervise/metric_families.py",
        "stream/supervise/metrics.py",
        "stream/supervise/scrape_server.py",
    },
    "tomllib": {"stream/config/load.py"},
    "edfio": {"models/readers/edf.py", "stream/cli/exports/edf_plus.py"},
    "pyarrow": {"stream/cli/exports/parquet.py"},
    "pyxdf": {"models/readers/xdf.py"},
    "mne": {"models/readers/mne_door.py", "stream/yasa/package.py"},
    "pymef": {"models/readers/mef.py"},
    "yasa": {"stream/yasa/package.py"},
    "amqtt": {"stream/demo/broker.py"},
    "matplotlib": {"models/reports/plots.py"},
    "tensorboard": set(),
    "torch.utils.tensorboard": {"models/training/tensorboard.py"},
    "ray": {"models/tasks.py", "models/training/search.py", "stream/fleet/serving.py"},
    "openvino": {"models/engines/openvino_runtime.py"},
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
FORBIDDEN_MODULES = {"pickle", "joblib", "dill", "marshal", "shelve"}


def sources(*folders: str) -> list[Path]:
    """Return every Python file of some folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    """Return a path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def module_graph() -> dict[str, set[str]]:
    """Return which of our modules imports which."""
    modules = {relative(p)[:-3].replace("/", ".").removesuffix(".__init__"): p for p in sources("stream", "models")}
    return {name: set(imported(path)) & set(modules) - {name} for name, path in modules.items()}


def users(library: str) -> set[str]:
    """Return the files of the project that import a library or a part of it."""
    # With a dot at both ends, so that "ray" is not found in "rays" and "torch" not in "torchmetrics".
    return {
        relative(path)
        for path in sources("stream", "models")
        if any(f"{name}.".startswith(f"{library}.") for name in imported(path))
    }


def test_models_never_import_the_live_side() -> None:
    """`models` runs on a bare GPU host."""
    assert [file for file in users("stream") if file.startswith("models/")] == []


@pytest.mark.parametrize("folder", ["bench", "tests"])
def test_nothing_imports_bench_or_tests(folder: str) -> None:
    """Benchmarks and tests look at the project, never the other way round."""
    assert users(folder) == set()


@pytest.mark.parametrize("package", ORDER)
def test_every_room_has_its_place_in_the_order(package: str) -> None:
    """Neither more nor less than there are."""
    assert sorted(ORDER[package].split()) == sorted(arrows(ROOT, package))


@pytest.mark.parametrize("package", ORDER)
def test_rooms_import_only_what_stands_below_them(package: str) -> None:
    """So folders, and not only modules, have a direction, and none of them import each other in a circle."""
    order = ORDER[package].split()
    upward = [
        f"{room} imports {need}"
        for room, needs in arrows(ROOT, package).items()
        for need in needs
        if order.index(need) > order.index(room)
    ]
    assert upward == []


@pytest.mark.parametrize(("package", "highest"), [("models", "training"), ("stream", "cli")])
def test_what_a_user_starts_stands_highest(package: str, highest: str) -> None:
    """Floors come from the imports alone, so they check the order that is written above."""
    floor = floors(arrows(ROOT, package))
    assert [room for room, level in floor.items() if level == max(floor.values())] == [highest]


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_imports_another_stage(stage: str) -> None:
    """Stages meet in pipeline.py through records.py."""
    assert arrows(ROOT, "stream")[stage] & set(STAGES) == set()


def test_the_order_of_the_verbs_is_the_order_of_the_pipeline() -> None:
    """Alphabetical, in the map as well."""
    order = [room for room in ORDER["stream"].split() if room in STAGES]
    assert order == sorted(STAGES) == list(STAGES)


def test_imports_have_no_cycle() -> None:
    """Whatever is imported is complete before whoever imports it."""
    graph = module_graph()
    done: set[str] = set()
    while ready := {name for name, needs in graph.items() if name not in done and needs <= done}:
        done |= ready
    assert sorted(set(graph) - done) == []


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_outside_library_has_one_door(library: str) -> None:
    """A library that changes its ways is mended in one place."""
    assert users(library) == DOORS[library]


def test_training_on_labelled_recordings_needs_no_simulator() -> None:
    """A network trained on TUEV alone has nothing of the simulator in it, not even a constant."""
    lines = "import sys, models.datasets.tuev, models.datasets.preparation, models.training.__main__ as _;"
    run = subprocess.run(
        [sys.executable, "-c", f"{lines} print(*sys.modules)"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = run.stdout.split()
    assert "models.training.trainer" in loaded
    assert [name for name in loaded if name.startswith("models.simulate")] == []


def test_networks_are_known_by_their_records_alone() -> None:
    """One list of them: nobody outside their room asks what class one is, or names them once more."""
    classes = {record.network.__name__ for record in registry.RECORDS.values()}
    outside = [path for path in sources("stream", "models") if not relative(path).startswith("models/networks/")]
    asked = [
        f"{relative(path)}: {ast.unparse(call)}"
        for path in outside
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) in {"isinstance", "issubclass"}
        and classes & {name.id for name in ast.walk(call.args[1]) if isinstance(name, ast.Name)}
    ]
    assert asked == []


def test_every_list_of_networks_is_that_of_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Manifests, recipes and export know what the registry knows: a name taken out of it is unknown to all."""
    assert [name for name in store.names() if store.load(name).manifest.architecture not in registry.RECORDS] == []
    monkeypatch.setattr(registry, "RECORDS", {"tst": registry.RECORDS["tst"]})
    with pytest.raises(ModelError, match="architecture = 'sc' is not one of tst"):
        store.load("sc-small")
    with pytest.raises(TrainingError, match="no architecture 'sc'; there are tst"):
        network.build(Recipe(), Header("test", 5, 64, 128.0))


def test_no_file_is_named_for_nothing() -> None:
    """A file's name says what lives in it."""
    assert [relative(p) for p in sources("stream", "models", "bench") if p.stem in FORBIDDEN_NAMES] == []


def test_nothing_can_unpickle() -> None:
    """Weights and records come from strangers: no format that runs code."""
    files = sources("stream", "models", "bench")
    assert [relative(path) for path in files if set(imported(path)) & FORBIDDEN_MODULES] == []
    # torch.load unpickles as well, and needs no import of its own.
    assert [relative(path) for path in files if "torch.load(" in path.read_text()] == []
