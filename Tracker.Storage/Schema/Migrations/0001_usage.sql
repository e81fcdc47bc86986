-- One row per model call. Null means unknown. The columns are described in docs/database.md.
CREATE TABLE usage (
    id                          INTEGER PRIMARY KEY,
    usage_key                   TEXT    NOT NULL UNIQUE,
    occurred_at_ms              INTEGER NOT NULL,
    provider                    TEXT,
    client                      TEXT,
    request_model               TEXT,
    response_model              TEXT,
    input_tokens                INTEGER,
    output_tokens               INTEGER,
    reasoning_tokens            INTEGER,
    cache_read_tokens           INTEGER,
    cache_creation_5m_tokens    INTEGER,
    cache_creation_1h_tokens    INTEGER,
    web_search_requests         INTEGER,
    quality                     INTEGER NOT NULL CHECK (quality BETWEEN 0 AND 3),
    evidence                    INTEGER NOT NULL CHECK (evidence BETWEEN 1 AND 3),
    outcome                     TEXT    NOT NULL CHECK (outcome IN ('completed', 'incomplete', 'error')),
    status_code                 INTEGER,
    stop_reason                 TEXT,
    streamed                    INTEGER CHECK (streamed IN (0, 1)),
    duration_ms                 INTEGER,
    time_to_first_token_ms      INTEGER,
    request_id                  TEXT,
    session_id                  TEXT,
    agent_id                    TEXT,
    parent_agent_id             TEXT,
    project                     TEXT,
    tool_call_count             INTEGER,
    service_tier                TEXT,
    speed                       TEXT,
    inference_geo               TEXT,
    auth_mode                   TEXT CHECK (auth_mode IN ('api_key', 'subscription')),
    user_agent                  TEXT,
    prompt_preview              TEXT,
    cost_nano_usd               INTEGER,
    price_id                    TEXT,
    client_cost_nano_usd        INTEGER
) STRICT;

CREATE INDEX usage_occurred_at ON usage (occurred_at_ms);

CREATE TABLE tool_call (
    usage_id    INTEGER NOT NULL REFERENCES usage (id) ON DELETE CASCADE,
    tool_use_id TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    PRIMARY KEY (usage_id, tool_use_id)
) STRICT, WITHOUT ROWID;

-- How far each log file has been read. A cursor moves in the transaction that stores the rows it covers.
CREATE TABLE import_cursor (
    source            TEXT    NOT NULL,
    path              TEXT    NOT NULL,
    modified_at_ticks INTEGER NOT NULL,
    length            INTEGER NOT NULL,
    offset            INTEGER NOT NULL,
    line_count        INTEGER NOT NULL,
    fingerprint       INTEGER NOT NULL,
    head_length       INTEGER NOT NULL,
    tail_length       INTEGER NOT NULL,
    record_count      INTEGER NOT NULL,
    malformed_count   INTEGER NOT NULL,
    trouble           TEXT,
    imported_at_ms    INTEGER NOT NULL,
    PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;

-- Small facts both programs share, such as when the last import ended.
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with a sqlite3 shell.
CREATE VIEW usage_readable AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', occurred_at_ms / 1000.0, 'unixepoch') AS occurred_at,
       provider,
       client,
       coalesce(response_model, request_model)                             AS model,
       input_tokens,
       cache_read_tokens,
       cache_creation_5m_tokens,
       cache_creation_1h_tokens,
       output_tokens,
       reasoning_tokens,
       round(cost_nano_usd / 1e9, 6)                                       AS cost_usd,
       outcome,
       status_code,
       stop_reason,
       CASE evidence WHEN 1 THEN 'wire' WHEN 2 THEN 'transcript' ELSE 'wire+transcript' END AS evidence,
       CASE quality WHEN 3 THEN 'final' WHEN 2 THEN 'exact' WHEN 1 THEN 'partial' ELSE 'overstated' END AS quality,
       round(duration_ms / 1000.0, 3)                                      AS duration_s,
       project,
       session_id,
       agent_id,
       request_id,
       usage_key
FROM   usage;
