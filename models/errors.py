"""What goes wrong with models and recordings, each as one clear line.

ModelsError
+-- ModelError         a model folder that cannot be used: missing, corrupt, wrong shape
+-- RecordingError     a recording that cannot be read
+-- MontageError       electrodes from which no group can be made
+-- DataError          a data set or window set that cannot be used
+-- TrainingError      a recipe that cannot be trained, or a training that came to nothing
"""

from typing import Final

AGAIN: Final = "copy or export it again"
"""The remedy for a file whose bytes are not what its format says."""


class ModelsError(Exception):
    """One clear line that names the file or key and the remedy."""


class ModelError(ModelsError):
    """A model folder that cannot be used."""


class RecordingError(ModelsError):
    """A recording that cannot be read."""


class MontageError(ModelsError):
    """Electrodes from which no group of derivations can be made."""


class DataError(ModelsError):
    """A data set or a window set that cannot be used."""


class TrainingError(ModelsError):
    """A recipe that cannot be trained, or a training that came to nothing."""
