"""What a bed's alarms are made of, beside its recording."""

from contextlib import closing
from pathlib import Path

from stream.detect.bed_alarms import BedAlarms
from stream.detect.journal_gate import JournalGate
from stream.logbook.journal import Journal
from stream.yasa.asking import YasaProcess
from tests.stream.yasa.test_asking import epoch


def test_a_stager_that_fails_is_an_alarm_of_each_bed_that_it_stages(tmp_path: Path) -> None:
    """With its reason, and none before it is asked."""
    yasa = YasaProcess(waits=True, command=("/nowhere/yasa",))
    with closing(Journal(tmp_path / "journal.db")) as journal, closing(yasa):
        alarms = BedAlarms(JournalGate(journal), "", yasa=yasa)
        assert alarms.of(None) == {}
        yasa.ask(epoch(1))
        assert yasa.answer("bed-1", 1) == ()
        assert alarms.of(None) == {"sleep_failed": yasa.alarm}
