-- PostgreSQL 15 and later: server parameters that may be changed although only a superuser should; and whether indexes are still
-- in the order of the database's collation, after an upgrade of the system's libraries.
SELECT 'excess_parameter_privilege' AS code,
  format('%s on parameter %s, granted to %s', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), p.parname,
    CASE a.grantee WHEN 0 THEN 'PUBLIC, which is everybody' ELSE r.rolname END) AS found,
  format('REVOKE %s ON PARAMETER %s FROM %s;', string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), p.parname,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END) AS remedy
FROM pg_parameter_acl AS p CROSS JOIN LATERAL aclexplode(p.paracl) AS a JOIN pg_roles AS r ON r.rolname = current_user
WHERE a.grantee IN (0, r.oid)
GROUP BY p.parname, a.grantee, r.rolname
UNION ALL
SELECT 'collation_changed', format('the indexes of database %I are in the order of another version of its collation: users may be nobody, and their addresses free for strangers', d.datname),
  format('REINDEX DATABASE %1$I; ALTER DATABASE %1$I REFRESH COLLATION VERSION;', d.datname)
FROM pg_database AS d WHERE d.datname = current_database() AND d.datcollversion <> pg_database_collation_actual_version(d.oid)
