-- The sums that insights and what caching saved are made of, beside the others, which are no longer told apart by price: no report does
-- (docs/adr/0016-roll-ups.md). All sums are made again, by the
-- proxy when it has nothing to store; reports are right meanwhile.

DROP TABLE usage_rollup;

CREATE TABLE usage_rollup (
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

DELETE FROM tool_rollup;
DELETE FROM rollup_stale;
UPDATE rollup_state SET last_id = 0;

-- Calls that found the cache gone.
CREATE INDEX usage_cache_written ON usage (occurred_at_ms) WHERE cache_creation_5m_tokens > coalesce(cache_read_tokens, 0) AND session_id IS NOT NULL;
