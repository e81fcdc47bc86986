-- What is left of calls that were pruned (docs/adr/0019-care-of-the-data.md): their sums, which every report adds to those of the calls that are there. The columns are those of the roll-ups.
CREATE TABLE pruned_rollup (
    quarter                  INTEGER NOT NULL,
    provider                 TEXT    NOT NULL,
    client                   TEXT    NOT NULL,
    model                    TEXT    NOT NULL,
    project                  TEXT    NOT NULL,
    session_id               TEXT    NOT NULL,
    auth_mode                TEXT    NOT NULL,
    evidence                 INTEGER NOT NULL,
    calls                    INTEGER NOT NULL,
    failed_calls             INTEGER NOT NULL,
    unpriced_calls           INTEGER NOT NULL,
    uncounted_calls          INTEGER NOT NULL,
    input_tokens             INTEGER NOT NULL,
    cache_read_tokens        INTEGER NOT NULL,
    cache_creation_5m_tokens INTEGER NOT NULL,
    cache_creation_1h_tokens INTEGER NOT NULL,
    output_tokens            INTEGER NOT NULL,
    reasoning_tokens         INTEGER NOT NULL,
    web_search_requests      INTEGER NOT NULL,
    tool_calls               INTEGER NOT NULL,
    cost_nano_usd            INTEGER NOT NULL,
    client_cost_nano_usd     INTEGER NOT NULL,
    duration_ms              INTEGER NOT NULL,
    saved_nano_usd           INTEGER NOT NULL, -- by caching, at the prices in force when it was summed
    tiny_calls               INTEGER NOT NULL, -- completed answers of at most 50 tokens that asked for no tool
    tiny_input_tokens        INTEGER NOT NULL,
    tiny_cost_nano_usd       INTEGER NOT NULL,
    large_calls              INTEGER NOT NULL, -- more than 150 000 tokens of input
    large_input_tokens       INTEGER NOT NULL,
    large_cost_nano_usd      INTEGER NOT NULL,
    first_at_ms              INTEGER NOT NULL,
    last_at_ms               INTEGER NOT NULL,
    max_cost_nano_usd        INTEGER NOT NULL,
    max_output_tokens        INTEGER NOT NULL,
    max_duration_ms          INTEGER NOT NULL,
    PRIMARY KEY (quarter, provider, client, model, project, session_id, auth_mode, evidence)
) STRICT, WITHOUT ROWID;

CREATE TABLE pruned_tool_rollup (
    quarter    INTEGER NOT NULL,
    provider   TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    model      TEXT    NOT NULL,
    project    TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    calls      INTEGER NOT NULL,
    PRIMARY KEY (quarter, provider, client, model, project, session_id, name)
) STRICT, WITHOUT ROWID;

-- Keys of pruned calls, as the first 8 bytes of their SHA-256: a log or a journal that tells of one again tells nothing new.
CREATE TABLE pruned_call (
    key_hash INTEGER PRIMARY KEY
) STRICT;
