-- Keys under which a client's log names a call whose row has the wire's key: joined by the importer, docs/adr/0013-joining-without-a-shared-id.md.
CREATE TABLE usage_alias (
    alias_key TEXT    NOT NULL PRIMARY KEY,
    usage_id  INTEGER NOT NULL REFERENCES usage (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_alias_usage ON usage_alias (usage_id);

-- The rows that may yet find their partner: calls that only the wire saw, and calls of logs that do not name the upstream's response.
CREATE INDEX usage_wire_alone ON usage (occurred_at_ms) WHERE evidence = 1;

CREATE INDEX usage_transcript_alone ON usage (occurred_at_ms)
WHERE evidence = 2 AND usage_key NOT GLOB 'anthropic:*' AND usage_key NOT GLOB 'openai:*' AND usage_key NOT GLOB 'gemini:*' AND usage_key NOT GLOB 'ollama:*';
