-- The mark must not stand above the newest row, whichever of the newest ones are removed and in whatever order: the next call gets the id of a removed one, and would pass for summed.
-- One trigger does both, for of two the order is not known, and a mark that is lowered first hides that the call was in the sums.
DROP TRIGGER usage_rollup_delete;

CREATE TRIGGER usage_rollup_delete AFTER DELETE ON usage
WHEN old.id <= (SELECT last_id FROM rollup_state) OR (SELECT last_id FROM rollup_state) > (SELECT coalesce(max(id), 0) FROM usage)
BEGIN
    INSERT INTO rollup_stale VALUES (old.occurred_at_ms / 900000) ON CONFLICT DO NOTHING;
    UPDATE rollup_state SET last_id = min(last_id, (SELECT coalesce(max(id), 0) FROM usage));
END;

-- Calls that passed for summed cannot be told from those that are: all sums are made again, by the proxy when it has nothing to store. Reports are right meanwhile, and those of pruned calls stay.
DELETE FROM usage_rollup;
DELETE FROM tool_rollup;
DELETE FROM rollup_stale;
UPDATE rollup_state SET last_id = 0;
