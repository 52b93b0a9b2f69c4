CREATE TABLE recordings (
    bed TEXT NOT NULL, ordinal INTEGER NOT NULL, uid TEXT NOT NULL, source TEXT NOT NULL,
    started_utc TEXT NOT NULL, first_lsl_s REAL NOT NULL, first_utc_s REAL NOT NULL,
    PRIMARY KEY (bed, ordinal), UNIQUE (bed, uid)
) STRICT;
CREATE TABLE messages (
    rowid INTEGER PRIMARY KEY, bed TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('ied', 'sleep', 'alarm', 'audit')),
    topic TEXT NOT NULL, payload TEXT NOT NULL, retain INTEGER NOT NULL,
    at_utc TEXT NOT NULL, created_utc TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'acked', 'dead')),
    reason_code INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    UNIQUE (bed, seq)
) STRICT;
CREATE INDEX messages_outbox ON messages (bed, seq) WHERE state = 'pending';
CREATE INDEX messages_dead ON messages (bed, seq) WHERE state = 'dead';
CREATE INDEX messages_time ON messages (bed, kind, at_utc);
CREATE TABLE coverage (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, first INTEGER NOT NULL, "end" INTEGER NOT NULL CHECK ("end" > first),
    fate TEXT NOT NULL CHECK (fate IN ('analysed', 'rejected', 'missing', 'shed')), reason TEXT NOT NULL,
    PRIMARY KEY (bed, recording, first), UNIQUE (bed, recording, "end")
) STRICT;
CREATE TABLE cursors (
    bed TEXT NOT NULL, recording INTEGER NOT NULL, sample INTEGER NOT NULL, PRIMARY KEY (bed, recording)
) STRICT;
PRAGMA application_id = 1397771095;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
