"""A run folder serves one training at a time."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.training.folder_lock import locked
from models.training.trainer import train
from tests.models.training.small_training import RecordingCallback, easy_parts, tiny_recipe


def hold(folder: Path, connection: Connection) -> None:
    """Lock a folder, report it, and wait to be killed."""
    with locked(folder):
        connection.send("locked")
        connection.recv()


def test_a_second_training_in_the_same_folder_is_refused_and_the_first_is_not_disturbed(tmp_path: Path) -> None:
    """The second begins while the first is at its fourth batch."""
    parts = easy_parts(tmp_path / "set")
    problems: list[str] = []

    class StartsAnother(RecordingCallback):
        def batch(self, windows: int) -> None:
            super().batch(windows)
            # Once only: the callback is called again for every further batch.
            if len(self.windows) == 4:
                with pytest.raises(TrainingError) as raised:
                    train(parts, tiny_recipe(), tmp_path / "run", device="cpu")
                problems.append(str(raised.value))

    result = train(parts, tiny_recipe(), tmp_path / "run", StartsAnother(), device="cpu")
    assert problems == [f"{tmp_path / 'run'}: another training runs here; wait for it, or name another folder"]
    assert result.history == train(parts, tiny_recipe(), tmp_path / "run", device="cpu").history


def test_a_killed_process_leaves_the_folder_free(tmp_path: Path) -> None:
    """The lock goes with its process; the file that stays behind locks nothing."""
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(tmp_path, theirs))
    process.start()
    assert ours.recv() == "locked"
    with pytest.raises(TrainingError, match="another training runs here"), locked(tmp_path):
        pass
    process.kill()
    process.join()
    with locked(tmp_path):
        assert list(tmp_path.iterdir()) != []


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "run").write_text("not a folder")
    with pytest.raises(TrainingError, match="run: cannot be the folder of a training"), locked(tmp_path / "run"):
        pass


def test_an_error_of_the_training_itself_is_not_taken_for_a_lock(tmp_path: Path) -> None:
    """And the folder is free afterwards."""
    with pytest.raises(BlockingIOError), locked(tmp_path):
        # The very error that a taken lock raises, from inside the block.
        raise BlockingIOError(os.strerror(11))
    with locked(tmp_path):
        pass
