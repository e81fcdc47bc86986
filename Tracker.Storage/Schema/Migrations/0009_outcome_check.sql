-- The same rule in other words. For IN (three values) SQLite makes a table of its own each time a row is checked, which was a third of the instructions of storing one.
-- Only the text of the schema changes, as in the second procedure of sqlite.org/lang_altertable.html#otheralter.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema
SET    sql = replace(sql, 'CHECK (outcome IN (''completed'', ''incomplete'', ''error''))', 'CHECK (outcome = ''completed'' OR outcome = ''incomplete'' OR outcome = ''error'')')
WHERE  type = 'table' AND name = 'usage';

PRAGMA writable_schema = RESET;
