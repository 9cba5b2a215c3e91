-- One life of a journal file: its epoch, and whether it was closed in order.
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The boots in which records were made; monotonic times compare within one only.
CREATE TABLE boot (
    n INTEGER PRIMARY KEY,
    boot TEXT NOT NULL UNIQUE
);

-- How a boot's monotonic time maps to UTC.
CREATE TABLE clock_step (
    boot INTEGER NOT NULL REFERENCES boot (n),
    mono_ns INTEGER NOT NULL,
    utc_ns INTEGER NOT NULL,
    quality TEXT NOT NULL
);

-- The streams that records belong to. Another unit, rate or label is another row; numbering goes on.
CREATE TABLE stream (
    n INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    quantity TEXT NOT NULL,
    unit TEXT NOT NULL,
    rate_hz REAL NOT NULL,
    channels TEXT NOT NULL,
    next_seq INTEGER NOT NULL
);

-- Chunks (stream set, data packed) and events (stream null, data JSON), in the order of their commit.
-- AUTOINCREMENT: an id is never given twice, even when every row has been removed.
CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    boot INTEGER NOT NULL REFERENCES boot (n),
    stream INTEGER REFERENCES stream (n),
    seq INTEGER,
    data BLOB NOT NULL
);

-- How far each uplink has come: everything up to id is with its broker.
CREATE TABLE cursor (
    uplink TEXT PRIMARY KEY,
    id INTEGER NOT NULL
) WITHOUT ROWID;
