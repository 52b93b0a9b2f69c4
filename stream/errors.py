"""What a user can cause and mend.

SpikewatchError
+-- ConfigError        exit 2: a key, its value and the remedy
+-- InputError         exit 3: a file or stream that cannot be read
+-- RecordError        a log (samples or journal) that cannot be used as it is
"""


class SpikewatchError(Exception):
    """One clear line that names the file, key or stream and the remedy; `exit_code` is the command's."""

    exit_code = 1


class ConfigError(SpikewatchError):
    """A usage or configuration error."""

    exit_code = 2


class InputError(SpikewatchError):
    """An input that cannot be read."""

    exit_code = 3


class RecordError(SpikewatchError):
    """A sample log or journal that cannot be used."""

    exit_code = 3
