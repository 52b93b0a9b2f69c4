"""The registry of alarms: every alarm that any process raises is in it, once, with what to do."""

import re
from pathlib import Path

import pytest

from stream.schema.alarms import ALARMS, PRIORITIES, condition, most_severe_first
from stream.supervise.bed_state import LINK_ALARMS

STREAM = Path(__file__).parents[3] / "stream"
# As the processes write it: `alarms["x"] = reason`, `alarms = {"x": reason}`, `set_alarm("x", reason)`, `give_up(...)`.
RAISED = re.compile(r'(?:alarms\[|alarms = \{|set_alarm\(|give_up\()"(\w+)"')


def raised() -> set[str]:
    """Return the names of the alarms that the code of any process raises."""
    found = {name for path in STREAM.rglob("*.py") for name in RAISED.findall(path.read_text())}
    return found | set(LINK_ALARMS.values())


def test_the_registry_holds_what_is_raised_and_nothing_else() -> None:
    """An alarm that is added is listed, and one that is gone is not."""
    assert raised() == set(ALARMS)


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_has_a_name_for_topics_a_priority_and_an_action(name: str) -> None:
    """One line, for a person who stands at the bed."""
    alarm = ALARMS[name]
    assert re.fullmatch(r"[a-z_]+", alarm.name)
    assert alarm.priority in PRIORITIES
    assert alarm.action.endswith(".")
    assert len(alarm.action) <= 100


def test_an_alarm_of_another_version_is_shown_all_the_same() -> None:
    """Hidden, it would be worse than unnamed."""
    # Not "not_detecting": that would call a bed stale that is watched.
    assert condition("of_a_later_version").priority == "degraded"


def test_the_gravest_come_first() -> None:
    """Those of one priority keep their order."""
    # shed before behind, against the registry's order: only a stable sort keeps it.
    names = ["invalid_state", "shed", "behind", "no_stream"]
    assert [alarm.name for alarm in most_severe_first(names)] == ["no_stream", "shed", "behind", "invalid_state"]
