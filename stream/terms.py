"""The words that results are made of; without numpy, so that help and schemas are quick."""

from typing import Final, Literal

from models.sleep_stages import Stage as KnownStage

Stage = Literal[KnownStage, "unknown"]
Polarity = Literal["negative", "positive"]

ARTEFACTS: Final = {"eyes": "movements of the eyes", "qrs": "heartbeats"}
"""What may be recognised in the place of a discharge, and words for it."""
