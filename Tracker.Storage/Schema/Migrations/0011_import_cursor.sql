-- What a file holds that was not understood, apart from why it could not be read at all: the first stays until the file is another, the second until it is read again.
ALTER TABLE import_cursor ADD COLUMN first_malformed TEXT;

UPDATE import_cursor
SET    first_malformed = trouble, trouble = NULL
WHERE  malformed_count > 0 AND (trouble LIKE 'line %' OR trouble LIKE 'is not valid JSON%');

-- Where the lines of the last call begin, as the way back from the offset: a line that is yet to come may say that its answer broke off.
ALTER TABLE import_cursor ADD COLUMN held_length INTEGER NOT NULL DEFAULT 0;

-- Which version of its reader has read the file: one that has improved reads it again. No reader has had another version before.
ALTER TABLE import_cursor ADD COLUMN reader_version INTEGER NOT NULL DEFAULT 1;
