-- For the list of models without a price, and for pricing their calls when one arrives. Calls with a cost are not in it.
CREATE INDEX usage_unpriced ON usage (provider, coalesce(response_model, request_model))
WHERE cost_nano_usd IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL);
