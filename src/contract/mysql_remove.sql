-- Takes Narrowgate's contract back from this server, and nothing else: what was granted goes with the accounts. {{origin}}
--
--   {{client}} <remove.sql

{{fixed}}
