-- The bulk half: one role reads the view and the marks, one may mark a user, and neither may do anything else.
GRANT USAGE ON SCHEMA narrowgate TO narrowgate_bulk, narrowgate_marker;
GRANT SELECT ON narrowgate.legacy_user, narrowgate.migrated_user TO narrowgate_bulk;
GRANT EXECUTE ON FUNCTION narrowgate.mark_migrated(text, text) TO narrowgate_marker;
