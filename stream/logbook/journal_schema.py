"""The tables of the journal's file, and the SQL that brings a file of an earlier version up to them."""

from typing import Final

APPLICATION_ID: Final = int.from_bytes(b"SPKW")

_MESSAGES: Final = """
CREATE TABLE messages (
    rowid INTEGER PRIMARY KEY, bed TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, topic TEXT NOT NULL, payload TEXT NOT NULL, retain INTEGER NOT NULL,
    at_utc TEXT NOT NULL, created_utc TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'acked', 'dead')),
    reason_code INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    UNIQUE (bed, seq)
) STRICT
"""
# `kind` has no CHECK: the list of kinds is `journal_reader.Kind` alone, and one more needs no migration.

_INDEXES: Final = (
    "CREATE INDEX messages_outbox ON messages (bed, seq) WHERE state = 'pending'",
    "CREATE INDEX messages_dead ON messages (bed, seq) WHERE state = 'dead'",
    "CREATE INDEX messages_time ON messages (bed, kind, at_utc)",
    # Finds what has outlived its retention without a scan of the whole table under the write lock.
    "CREATE INDEX messages_acked ON messages (kind, rowid) WHERE state = 'acked'",
)

_INDEXES_2: Final = (
    *_INDEXES[:-1],
    "CREATE INDEX messages_acked ON messages (created_utc) WHERE state = 'acked'",
)

_MARKS: Final = """
CREATE TABLE marks (
    age_s REAL PRIMARY KEY, boot TEXT NOT NULL, boot_s REAL NOT NULL, newest INTEGER NOT NULL
) STRICT
"""
# How old the journal was when which message was its newest, by a clock that nobody sets (`stream.logbook.retention`).

_CLUSTERS: Final = """
CREATE TABLE clusters (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, number INTEGER NOT NULL, state BLOB NOT NULL,
    PRIMARY KEY (bed, recording, number)
) STRICT
"""
# What events of a recording that look alike have in common: sums over them, no single waveform.

_WITHHELD: Final = """
CREATE TABLE withheld (
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, bed TEXT NOT NULL, at_utc TEXT NOT NULL, age_s REAL NOT NULL,
    payload TEXT NOT NULL
) STRICT
"""
# What was seen and not called (`stream.logbook.withheld`). `age_s`: how old the journal was, for retention.
_WITHHELD_TIME: Final = "CREATE INDEX withheld_time ON withheld (bed, at_utc)"
_WITHHELD_AGE: Final = "CREATE INDEX withheld_age ON withheld (age_s)"

_SNIPPETS: Final = """
CREATE TABLE snippets (
    rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, labels TEXT NOT NULL, rate_hz REAL NOT NULL, state BLOB NOT NULL
) STRICT
"""
_SNIPPETS_GO: Final = """
CREATE TRIGGER snippets_go AFTER DELETE ON messages BEGIN
    DELETE FROM snippets WHERE id = old.id;
END
"""
# Raw samples around events (`stream.logbook.snippets`): retention, a purge, whoever deletes an event deletes them too.

_ANCHORS: Final = """
CREATE TABLE anchors (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, sample INTEGER NOT NULL CHECK (sample > 0), utc_s REAL NOT NULL,
    PRIMARY KEY (bed, recording, sample)
) STRICT
"""
# When samples were taken (`stream.logbook.timeline`), where the time of the first one and the rate would not tell.

_FATES: Final = """
CREATE TABLE fates (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, fate TEXT NOT NULL, samples INTEGER NOT NULL,
    PRIMARY KEY (bed, recording, fate)
) STRICT
"""
# The sums over `coverage`, which grows by a row with each gap: asked every second, and never added up anew.
_ADD: Final = (
    "INSERT INTO fates VALUES ({0}.bed, {0}.recording, {0}.fate, {1}) "
    "ON CONFLICT DO UPDATE SET samples = samples + excluded.samples;"
)
_COME: Final = _ADD.format("new", 'new."end" - new.first')
_GO: Final = _ADD.format("old", 'old.first - old."end"')
_SUMS: Final = (
    f"CREATE TRIGGER coverage_comes AFTER INSERT ON coverage BEGIN {_COME} END",
    f"CREATE TRIGGER coverage_grows AFTER UPDATE ON coverage BEGIN {_GO} {_COME} END",
    f"CREATE TRIGGER coverage_goes AFTER DELETE ON coverage BEGIN {_GO} END",
)
_NEWEST: Final = "CREATE INDEX messages_newest ON messages (bed, kind, seq)"

TABLES: Final = (
    """
CREATE TABLE recordings (
    bed TEXT NOT NULL, ordinal INTEGER NOT NULL, uid TEXT NOT NULL, source TEXT NOT NULL,
    started_utc TEXT NOT NULL, first_lsl_s REAL NOT NULL, first_utc_s REAL NOT NULL,
    PRIMARY KEY (bed, ordinal), UNIQUE (bed, uid)
) STRICT
""",
    """
CREATE TABLE coverage (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, first INTEGER NOT NULL, "end" INTEGER NOT NULL CHECK ("end" > first),
    fate TEXT NOT NULL CHECK (fate IN ('analysed', 'rejected', 'missing', 'shed')), reason TEXT NOT NULL,
    PRIMARY KEY (bed, recording, first), UNIQUE (bed, recording, "end")
) STRICT
""",
    """
CREATE TABLE cursors (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, sample INTEGER NOT NULL, PRIMARY KEY (bed, recording)
) STRICT
""",
    _MESSAGES,
    *_INDEXES,
    _MARKS,
    _CLUSTERS,
    _WITHHELD,
    _WITHHELD_TIME,
    _WITHHELD_AGE,
    _SNIPPETS,
    _SNIPPETS_GO,
    _ANCHORS,
    _FATES,
    *_SUMS,
    _NEWEST,
)
"""The statements that make a file of SCHEMA_VERSION from nothing."""

MIGRATIONS: Final = (
    # 1 -> 2. SQLite cannot drop a CHECK, so the table is written anew; that takes the old table's indexes along.
    (
        "ALTER TABLE messages RENAME TO messages_1",
        _MESSAGES,
        # Both tables have the same columns in the same order, rowid included, so no message changes its number.
        "INSERT INTO messages SELECT * FROM messages_1",
        "DROP TABLE messages_1",
        *_INDEXES_2,
    ),
    # 2 -> 3. What outlives its retention is found by the journal's own age, no longer by the wall clock.
    ("DROP INDEX messages_acked", _INDEXES[-1], _MARKS),
    # 3 -> 4. Clusters of events go on after a restart.
    (_CLUSTERS,),
    # 4 -> 5. What a lower threshold would have called can be looked at afterwards.
    (_WITHHELD, _WITHHELD_TIME, _WITHHELD_AGE),
    # 5 -> 6. Raw samples around events, where `review.snippets` asks for them.
    (_SNIPPETS, _SNIPPETS_GO),
    # 6 -> 7. Times of long recordings stay true, and questions that are asked all the time stay quick for weeks.
    (
        _ANCHORS,
        _FATES,
        'INSERT INTO fates SELECT bed, recording, fate, sum("end" - first) FROM coverage GROUP BY bed, recording, fate',
        *_SUMS,
        _NEWEST,
    ),
)
"""The statements that lead from each version to the next, the first from version 1.

A migration that has been released stays as it is: when `_MESSAGES` changes again, a copy of its text stays here.
"""

SCHEMA_VERSION: Final = 1 + len(MIGRATIONS)
