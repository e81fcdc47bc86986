-- A drive's letter is written in capitals from now on (ProjectFolder). Sums that have a changed call are made again.
UPDATE usage SET project = upper(substr(project, 1, 1)) || substr(project, 2) WHERE project GLOB '[a-z]:[\/]*';

-- Those of pruned calls cannot be: they are added to the ones of the other spelling.
INSERT INTO pruned_rollup (
    quarter, provider, client, model, project, session_id, auth_mode, evidence, calls, failed_calls, unpriced_calls, uncounted_calls, input_tokens,
    cache_read_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, tool_calls,
    cost_nano_usd, client_cost_nano_usd, duration_ms, saved_nano_usd, tiny_calls, tiny_input_tokens, tiny_cost_nano_usd, large_calls,
    large_input_tokens, large_cost_nano_usd, first_at_ms, last_at_ms, max_cost_nano_usd, max_output_tokens, max_duration_ms)
SELECT
    quarter, provider, client, model, upper(substr(project, 1, 1)) || substr(project, 2), session_id, auth_mode, evidence, calls, failed_calls,
    unpriced_calls, uncounted_calls, input_tokens, cache_read_tokens, cache_creation_5m_tokens, cache_creation_1h_tokens, output_tokens,
    reasoning_tokens, web_search_requests, tool_calls, cost_nano_usd, client_cost_nano_usd, duration_ms, saved_nano_usd, tiny_calls,
    tiny_input_tokens, tiny_cost_nano_usd, large_calls, large_input_tokens, large_cost_nano_usd, first_at_ms, last_at_ms, max_cost_nano_usd,
    max_output_tokens, max_duration_ms
FROM   pruned_rollup
WHERE  project GLOB '[a-z]:[\/]*'
ON CONFLICT DO UPDATE SET
    calls = calls + excluded.calls, failed_calls = failed_calls + excluded.failed_calls, unpriced_calls = unpriced_calls + excluded.unpriced_calls,
    uncounted_calls = uncounted_calls + excluded.uncounted_calls, input_tokens = input_tokens + excluded.input_tokens,
    cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
    cache_creation_5m_tokens = cache_creation_5m_tokens + excluded.cache_creation_5m_tokens,
    cache_creation_1h_tokens = cache_creation_1h_tokens + excluded.cache_creation_1h_tokens, output_tokens = output_tokens + excluded.output_tokens,
    reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens, web_search_requests = web_search_requests + excluded.web_search_requests,
    tool_calls = tool_calls + excluded.tool_calls, cost_nano_usd = cost_nano_usd + excluded.cost_nano_usd,
    client_cost_nano_usd = client_cost_nano_usd + excluded.client_cost_nano_usd, duration_ms = duration_ms + excluded.duration_ms,
    saved_nano_usd = saved_nano_usd + excluded.saved_nano_usd, tiny_calls = tiny_calls + excluded.tiny_calls,
    tiny_input_tokens = tiny_input_tokens + excluded.tiny_input_tokens, tiny_cost_nano_usd = tiny_cost_nano_usd + excluded.tiny_cost_nano_usd,
    large_calls = large_calls + excluded.large_calls, large_input_tokens = large_input_tokens + excluded.large_input_tokens,
    large_cost_nano_usd = large_cost_nano_usd + excluded.large_cost_nano_usd, first_at_ms = min(first_at_ms, excluded.first_at_ms),
    last_at_ms = max(last_at_ms, excluded.last_at_ms), max_cost_nano_usd = max(max_cost_nano_usd, excluded.max_cost_nano_usd),
    max_output_tokens = max(max_output_tokens, excluded.max_output_tokens), max_duration_ms = max(max_duration_ms, excluded.max_duration_ms);

DELETE FROM pruned_rollup WHERE project GLOB '[a-z]:[\/]*';

INSERT INTO pruned_tool_rollup (quarter, provider, client, model, project, session_id, name, calls)
SELECT quarter, provider, client, model, upper(substr(project, 1, 1)) || substr(project, 2), session_id, name, calls
FROM   pruned_tool_rollup
WHERE  project GLOB '[a-z]:[\/]*'
ON CONFLICT DO UPDATE SET calls = calls + excluded.calls;

DELETE FROM pruned_tool_rollup WHERE project GLOB '[a-z]:[\/]*';
