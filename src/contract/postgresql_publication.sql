  IF to_regclass('narrowgate.migrated_user') IS NULL AND EXISTS (SELECT FROM pg_publication AS p WHERE p.puballtables) THEN
    RAISE EXCEPTION 'a publication FOR ALL TABLES would send the marks to subscribers that have no such table, and they would stop'
      USING HINT = 'Make narrowgate.migrated_user on each subscriber, or let the publication list its tables. Then print this with --accept publication.';
  END IF;
