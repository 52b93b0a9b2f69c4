"""A detector judged on recordings, through the live stages: the command `evaluate`."""
