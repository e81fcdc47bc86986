-- What a file holds that was not understood, apart from why it could not be read at all: the first stays until the file is another, the second until it is read again.
ALTER TABLE import_cursor ADD COLUMN first_malformed TEXT;

UPDATE import_cursor
SET    first_malformed = trouble, trouble = NULL
WHERE  malformed_count > 0 AND (trouble LIKE 'line %' OR trouble LIKE 'is not valid JSON%');
