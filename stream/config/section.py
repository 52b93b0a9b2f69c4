"""The base of every table of config.toml."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(strict=True, ge=1, le=65535)]


class Section(BaseModel):
    """A table of config.toml: an unknown key is an error that names it."""

    # Frozen, because processes share a configuration; and NaN passes every comparison with a limit.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
