"""The audit check of `spikewatch doctor`: whether an entry was changed or removed."""

from collections.abc import Iterator

from stream.config.keys import Config
from stream.doctor.check import Check
from stream.errors import RecordError
from stream.logbook.audit_chain import chain_of
from stream.logbook.journal_reader import JournalReader


def check_audit(config: Config) -> Iterator[Check]:
    """Follow each bed's chain of audit entries; nothing where there is no journal yet."""
    if not config.journal.path.exists():
        return
    try:
        journal = JournalReader(config.journal.path)
    except RecordError as problem:
        yield Check("audit", "fail", str(problem), "the audit cannot be read; keep the file, and start with another")
        return
    for bed in config.bed:
        yield _checked(bed.id, journal)
    journal.close()


def _checked(bed: str, journal: JournalReader) -> Check:
    chain = chain_of(journal.audit_texts(bed))
    found = f"{bed}: {chain.entries} entries"
    if chain.changed:
        numbers = ", ".join(map(str, chain.changed))
        return Check(
            "audit",
            "fail",
            f"{found}, changed: seq {numbers}",
            "compare with event/audit as the broker's clients have it",
        )
    if chain.missing:
        numbers = ", ".join(map(str, chain.missing))
        remedy = "see whether retention or a purge took them: an entry that no broker has taken outlives its neighbours"
        return Check("audit", "warn", f"{found}, missing in between: seq {numbers}", remedy)
    return Check("audit", "ok", f"{found}, the newest with sha256 {chain.newest_sha256}" if chain.entries else found)
