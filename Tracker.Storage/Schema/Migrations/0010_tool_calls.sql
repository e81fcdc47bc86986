-- A tool call that comes to a call in the sums changes tool_call_count, which marks the quarter as stale already. This trigger only cost time: each insert ran it, and made SQLite begin a journal for the statement.
DROP TRIGGER tool_rollup_insert;
