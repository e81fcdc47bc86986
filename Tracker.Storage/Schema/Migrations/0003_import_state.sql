-- What a file's reader needs to go on, and fields of the file that look like token counts and that no reader knows.
ALTER TABLE import_cursor ADD COLUMN state TEXT;
ALTER TABLE import_cursor ADD COLUMN drift TEXT;
