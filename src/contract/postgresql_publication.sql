  IF {{missing}} AND EXISTS (SELECT FROM pg_publication AS p WHERE p.puballtables) THEN
    RAISE EXCEPTION 'a publication FOR ALL TABLES would send {{tables}} to subscribers that have no such table, and they would stop'
      USING HINT = 'Make {{tables}} on each subscriber, or let the publication list its tables. Then print this with --accept publication.';
  END IF;
