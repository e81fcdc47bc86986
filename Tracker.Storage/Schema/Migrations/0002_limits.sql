-- How much of a subscription's windows was used, as the response headers of calls told it.
CREATE TABLE limit_sample (
    provider       TEXT    NOT NULL,
    "window"       TEXT    NOT NULL,
    observed_at_ms INTEGER NOT NULL,
    used_fraction  REAL    NOT NULL,
    resets_at_ms   INTEGER,
    PRIMARY KEY (provider, "window", observed_at_ms)
) STRICT, WITHOUT ROWID;
