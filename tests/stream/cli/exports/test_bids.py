"""BIDS events: the rules of the standard's events page, read with csv and json; tags checked by hedtools."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edfio import Edf, EdfSignal

from stream.cli.exports import bids
from stream.findings import Findings
from tests.stream.cli.exports.example import example, judged
from tests.test_architecture import ROOT

# Beside the interpreter, too: a virtual environment need not be activated.
VALIDATOR = shutil.which("bids-validator-deno", path=os.pathsep.join((str(Path(sys.executable).parent), os.defpath)))


def written(folder: Path, findings: Findings | None = None) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Write the example, or other findings; return the rows and the sidecar."""
    table, sidecar = bids.write(findings or example(), folder)
    rows = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")), delimiter="\t", quoting=csv.QUOTE_NONE)
    return list(rows), json.loads(sidecar.read_text(encoding="utf-8"))


def test_events_stages_and_gaps_are_rows_in_order(tmp_path: Path) -> None:
    """Onset and duration first, as the standard wants; what is not known is n/a."""
    rows, _ = written(tmp_path)
    assert list(rows[0])[:2] == ["onset", "duration"]
    assert [(row["onset"], row["trial_type"]) for row in rows] == [
        ("0.000000", "sleep_N1"), ("0.000000", "rejected"), ("9.950000", "ied"), ("60.000000", "sleep_N2"),
        ("299.950000", "ied"), ("400.000000", "missing"),
    ]  # fmt: skip
    assert rows[2] == {
        "onset": "9.950000", "duration": "0.120000", "trial_type": "ied", "channel": "F7-T3",
        "group": "left, temporal", "probability": "0.9375", "amplitude": "-123.5", "polarity": "negative",
        "sleep_stage": "N2", "sample": "2560", "reason": "n/a", "event_id": example().events[0]["id"],
        "standing": "n/a", "labels": "n/a", "reviewers": "n/a",
    }  # fmt: skip


def test_the_sidecar_says_what_every_column_and_value_means(tmp_path: Path) -> None:
    """A column or a trial type without a word of explanation is what validators warn of."""
    rows, sidecar = written(tmp_path)
    assert set(rows[0]) - {"onset", "duration"} <= set(sidecar)
    assert {row["trial_type"] for row in rows} <= set(sidecar["trial_type"]["Levels"])
    assert set(sidecar["trial_type"]["HED"]) <= set(sidecar["trial_type"]["Levels"])


def test_what_reviewers_said_stands_beside_each_event(tmp_path: Path) -> None:
    """An event that nobody judged is open; what is no event has nothing to be said of."""
    rows, sidecar = written(tmp_path, judged())
    said = [(row["standing"], row["labels"], row["reviewers"]) for row in rows]
    nothing = ("n/a", "n/a", "n/a")
    assert said == [nothing, nothing, ("rejected", "blink; eyes, shut", "ann; bob"), nothing, ("open", "n/a", "n/a"),
                    nothing]  # fmt: skip
    assert set(sidecar["standing"]["Levels"]) == {"open", "accepted", "rejected", "disputed"}


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("sub-01_task-rest_run-2_eeg", "sub-01_task-rest_run-2"),
        ("bed-1", "sub-bed1_task-monitoring"),
        ("night 3 (Ü)", "sub-night3_task-monitoring"),
        ("-", "sub-unknown_task-monitoring"),
    ],
)
def test_files_have_names_that_bids_allows(name: str, stem: str) -> None:
    """Those of a recording that is of BIDS already, else one made of letters and digits."""
    assert bids.stem_of(name) == stem


def test_a_tab_in_a_name_shifts_no_column(tmp_path: Path) -> None:
    """Channel names come from strangers."""
    found = example()
    found.events[0]["peak_channel"] = "F7\tT3"
    table, _ = bids.write(found, tmp_path)
    widths = {line.count("\t") for line in table.read_text(encoding="utf-8").splitlines()}
    assert widths == {len(bids.COLUMNS) - 1}


def test_the_tags_are_those_of_the_score_library() -> None:
    """Judged by HED's own tools, with the schemas that they bring along."""
    hed = pytest.importorskip("hed", reason="hedtools is not installed")
    schemas = hed.load_schema_version(["8.4.0", "sc:score_2.1.0"])
    for tag in ("sc:Epileptiform-interictal-activity", *bids.STAGE_TAGS.values()):
        assert hed.HedString(tag, schemas).validate() == [], tag


@pytest.mark.skipif(VALIDATOR is None, reason="bids-validator-deno is not installed")
def test_the_validator_of_bids_finds_no_error(tmp_path: Path) -> None:
    """In a data set that names the library of the tags as the page of exports says."""
    assert VALIDATOR
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    [version] = re.findall(r"```json\n(.*?)\n```", page)
    about = {"Name": "x", "BIDSVersion": "1.10.0", "DatasetType": "raw", "License": "CC0", "Authors": ["a", "b"]}
    (tmp_path / "dataset_description.json").write_text(json.dumps(about | json.loads(version)))
    (tmp_path / "README").write_text("One recording, to try an export with the validator. " * 4)
    folder = tmp_path / "sub-01" / "eeg"
    folder.mkdir(parents=True)
    signal = EdfSignal(np.zeros(256), 256, label="Fp1", physical_dimension="uV", physical_range=(-1, 1))
    Edf([signal]).write(folder / "sub-01_task-rest_eeg.edf")
    keys = {"TaskName": "rest", "SamplingFrequency": 256, "EEGReference": "Cz", "PowerLineFrequency": 50}
    (folder / "sub-01_task-rest_eeg.json").write_text(json.dumps(keys | {"SoftwareFilters": "n/a"}))
    (folder / "sub-01_task-rest_channels.tsv").write_text("name\ttype\tunits\nFp1\tEEG\tuV\n")
    bids.write(example("sub-01_task-rest_eeg"), folder)
    ended = subprocess.run([VALIDATOR, "--json", str(tmp_path)], capture_output=True, text=True, check=False)
    found = json.loads(ended.stdout)["issues"]["issues"]
    assert [issue for issue in found if issue["severity"] == "error"] == []
    assert ended.returncode == 0
