-- A tool call that comes to a call in the sums changes tool_call_count, which marks the quarter as stale already. This trigger only cost every new tool call a third of its time.
DROP TRIGGER tool_rollup_insert;
