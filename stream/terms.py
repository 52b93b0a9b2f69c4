"""The words that results are made of, also in `stream.records`; without numpy, so that help and schemas are quick."""

from typing import Literal

from models.sleep_stages import Stage as KnownStage

Stage = Literal[KnownStage, "unknown"]
Polarity = Literal["negative", "positive"]
