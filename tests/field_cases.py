"""Inputs as people met them in the field, written by the programs that lie beside the project where they are kept."""

import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "../shared/cases"


def field_case(name: str, folder: Path) -> Path:
    """Write one case's files into a folder and return it; skip the test where the cases are not kept."""
    program = CASES / name / "make.py"
    if not program.exists():
        pytest.skip(f"the case {name} is not here")
    subprocess.run([sys.executable, str(program), str(folder)], check=True, timeout=60)
    return folder
