-- 1 where response_model stepped in for another one within the answer; of two models of one call, that one answered. Of rows from before nobody knows.
ALTER TABLE usage ADD COLUMN model_stepped_in INTEGER CHECK (model_stepped_in = 1);
