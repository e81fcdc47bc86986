-- Sums by quarter of an hour (every time zone's days begin at one), so that a report over a million calls reads some ten thousand rows.
-- Exact at any moment: a report adds the calls that came since (id > last_id), and reads the calls themselves for quarters in rollup_stale.
-- Unknown is '' here, because a key must not be null; sums leave out what is unknown.
CREATE TABLE usage_rollup (
    quarter                  INTEGER NOT NULL,
    provider                 TEXT    NOT NULL,
    client                   TEXT    NOT NULL,
    model                    TEXT    NOT NULL,
    project                  TEXT    NOT NULL,
    session_id               TEXT    NOT NULL,
    auth_mode                TEXT    NOT NULL,
    evidence                 INTEGER NOT NULL,
    price_id                 TEXT    NOT NULL,
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
    first_at_ms              INTEGER NOT NULL,
    last_at_ms               INTEGER NOT NULL,
    max_cost_nano_usd        INTEGER NOT NULL,
    max_output_tokens        INTEGER NOT NULL,
    max_duration_ms          INTEGER NOT NULL,
    PRIMARY KEY (quarter, provider, client, model, project, session_id, auth_mode, evidence, price_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE tool_rollup (
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

-- The newest call that is in the sums.
CREATE TABLE rollup_state (
    last_id INTEGER NOT NULL
) STRICT;

INSERT INTO rollup_state VALUES (0);

-- Quarters whose sums are to be made again, because a call in them was changed or removed.
CREATE TABLE rollup_stale (
    quarter INTEGER PRIMARY KEY
) STRICT;

CREATE TRIGGER usage_rollup_update AFTER UPDATE ON usage
WHEN old.id <= (SELECT last_id FROM rollup_state)
     AND (old.occurred_at_ms, old.evidence, old.outcome, old.provider, old.client, coalesce(old.response_model, old.request_model), old.project, old.session_id,
          old.auth_mode, old.price_id, old.cost_nano_usd, old.input_tokens, old.output_tokens, old.cache_read_tokens, old.cache_creation_5m_tokens,
          old.cache_creation_1h_tokens, old.reasoning_tokens, old.web_search_requests, old.tool_call_count, old.client_cost_nano_usd, old.duration_ms)
         IS NOT
         (new.occurred_at_ms, new.evidence, new.outcome, new.provider, new.client, coalesce(new.response_model, new.request_model), new.project, new.session_id,
          new.auth_mode, new.price_id, new.cost_nano_usd, new.input_tokens, new.output_tokens, new.cache_read_tokens, new.cache_creation_5m_tokens,
          new.cache_creation_1h_tokens, new.reasoning_tokens, new.web_search_requests, new.tool_call_count, new.client_cost_nano_usd, new.duration_ms)
BEGIN
    INSERT INTO rollup_stale VALUES (old.occurred_at_ms / 900000), (new.occurred_at_ms / 900000) ON CONFLICT DO NOTHING;
END;

-- An id that was the greatest can be given to another call: the mark must not stand above it.
CREATE TRIGGER usage_rollup_delete AFTER DELETE ON usage
WHEN old.id <= (SELECT last_id FROM rollup_state)
BEGIN
    INSERT INTO rollup_stale VALUES (old.occurred_at_ms / 900000) ON CONFLICT DO NOTHING;
    UPDATE rollup_state SET last_id = min(last_id, (SELECT coalesce(max(id), 0) FROM usage));
END;

CREATE TRIGGER tool_rollup_insert AFTER INSERT ON tool_call
WHEN new.usage_id <= (SELECT last_id FROM rollup_state)
BEGIN
    INSERT INTO rollup_stale SELECT occurred_at_ms / 900000 FROM usage WHERE id = new.usage_id ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER tool_rollup_update AFTER UPDATE ON tool_call
WHEN new.usage_id <= (SELECT last_id FROM rollup_state)
BEGIN
    INSERT INTO rollup_stale SELECT occurred_at_ms / 900000 FROM usage WHERE id = new.usage_id ON CONFLICT DO NOTHING;
END;

-- For the page of one session.
CREATE INDEX usage_session ON usage (session_id, occurred_at_ms) WHERE session_id IS NOT NULL;

-- For lists of what went wrong; few calls do.
CREATE INDEX usage_failed ON usage (occurred_at_ms) WHERE outcome <> 'completed';
