"""Events and reviews as the journal has them."""

from typing import Any

from stream.schema.journalled import Verdict


def event(number: int, cluster: str = "1-1", probability: float = 0.9, lead: str = "F7-T7") -> dict[str, Any]:
    """Make the keys of an event that reviews look at; its id follows from its number."""
    return {
        "id": f"e{number}",
        "seq": number,
        "cluster": cluster,
        "probability": probability,
        "lead_channel": lead,
        "sleep_stage": "N2" if number % 2 else "W",
    }


def review(
    number: int, target: str, verdict: Verdict = "accept", reviewer: str = "ann", until_seq: int = 0
) -> dict[str, Any]:
    """Make a review of an event, or with `until_seq` of a cluster."""
    covers = "review" if verdict == "undo" else "cluster" if until_seq else "event"
    return {
        "id": f"r{number}",
        "target": target,
        "verdict": verdict,
        "reviewer": reviewer,
        "covers": covers,
        "until_seq": until_seq,
        "label": "",
        "drawn": False,
    }
