"""The shape of the project, read from its imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAGES = {"acquire", "condition", "frame", "infer", "merge", "publish"}
DOORS = {
    "pylsl": {"stream/acquire/lsl.py", "stream/replay.py"},
    "aiomqtt": {"stream/publish/mqtt.py"},
    "paho": {"stream/publish/mqtt.py"},
    "prometheus_client": {"stream/supervise/metrics.py"},
    "tomllib": {"stream/config/load.py"},
    "edfio": {"models/readers/recording.py"},
    "pyxdf": {"models/readers/xdf.py"},
    "amqtt": {"stream/demo/broker.py"},
    "matplotlib": {"models/reports/plots.py"},
    "tensorboard": {"models/training/tensorboard.py"},
    "torch.utils.tensorboard": {"models/training/tensorboard.py"},
    "ray": {"models/training/search.py"},
    "openvino": {"models/engines/openvino_runtime.py"},
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "misc"}
FORBIDDEN_MODULES = {"pickle", "joblib", "dill", "marshal", "shelve"}


def sources(*folders: str) -> list[Path]:
    """Every Python file of some folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Give the dotted names a file imports, wherever in the file it does so."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def relative(path: Path) -> str:
    """Write a path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def module_graph() -> dict[str, set[str]]:
    """Which of our modules imports which."""
    modules = {relative(p)[:-3].replace("/", ".").removesuffix(".__init__"): p for p in sources("stream", "models")}
    return {name: imports(path) & set(modules) - {name} for name, path in modules.items()}


def test_models_never_import_the_live_side() -> None:
    """`models` runs on a bare GPU host."""
    offenders = [relative(p) for p in sources("models") if any(n.split(".")[0] == "stream" for n in imports(p))]
    assert offenders == []


def test_nothing_imports_bench_or_tests() -> None:
    """Benchmarks and tests look at the project, never the other way round."""
    roots = {"bench", "tests"}
    offenders = [relative(p) for p in sources("stream", "models") if {n.split(".")[0] for n in imports(p)} & roots]
    assert offenders == []


def test_no_stage_imports_another_stage() -> None:
    """Stages meet in pipeline.py through records.py."""
    for stage in STAGES:
        others = tuple(f"stream.{other}." for other in STAGES - {stage})
        files = [path for path in sources("stream") if relative(path).removesuffix(".py").split("/")[1] == stage]
        assert files, stage
        assert [name for path in files for name in imports(path) if f"{name}.".startswith(others)] == [], stage


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
    users = {
        relative(p) for p in sources("stream", "models") if any(f"{n}.".startswith(f"{library}.") for n in imports(p))
    }
    assert users <= DOORS[library]


def test_no_file_is_named_for_nothing() -> None:
    """A file's name says what lives in it."""
    assert [relative(p) for p in sources("stream", "models", "bench") if p.stem in FORBIDDEN_NAMES] == []


def test_nothing_can_unpickle() -> None:
    """Weights and records come from strangers: no format that runs code."""
    offenders = [relative(p) for p in sources("stream", "models", "bench") if imports(p) & FORBIDDEN_MODULES]
    assert offenders == []
    calls = [relative(p) for p in sources("stream", "models", "bench") if "torch.load(" in p.read_text()]
    assert calls == []
