"""Libraries whose networks are compared with: optional, and not every version of them fits this torch."""

import importlib
from types import ModuleType

import pytest


def library(name: str) -> ModuleType:
    """Import a module, or skip the test that needs it.

    torchvision, which timm imports, raises RuntimeError beside a torch that it was not built for.
    """
    try:
        return importlib.import_module(name)
    except (ImportError, RuntimeError) as problem:
        pytest.skip(f"{name} is not installed, or does not fit this torch: {problem}")
