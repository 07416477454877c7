-- What every role may do to every object, as a whole, against privilege.expected. An object, a role or a right that
-- the list does not know is a failure, and so is one that only the list knows.
BEGIN;
SELECT plan(5);

\ir privilege_list.sql
SET LOCAL search_path = registry, tap, public;

CREATE TEMPORARY TABLE expected (line text);
\copy expected FROM 'privilege.expected'

SELECT cmp_ok((SELECT count(*) FROM actual), '>', 200::bigint, 'the list is not empty');
SELECT is_empty('SELECT line FROM actual EXCEPT SELECT line FROM expected',
                'nobody has a right, and nothing exists, that privilege.expected does not list');
SELECT is_empty('SELECT line FROM expected EXCEPT SELECT line FROM actual',
                'everything that privilege.expected lists exists');

SELECT is_empty($$
    SELECT c.oid::regclass::text FROM pg_class AS c
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relowner <> 'shikaku_owner'::regrole
    UNION ALL
    SELECT p.oid::regprocedure::text FROM pg_proc AS p
    WHERE p.pronamespace = 'registry'::regnamespace AND p.proowner <> 'shikaku_owner'::regrole
    UNION ALL
    SELECT t.oid::regtype::text FROM pg_type AS t
    WHERE t.typnamespace = 'registry'::regnamespace AND t.typowner <> 'shikaku_owner'::regrole
$$, 'everything belongs to shikaku_owner');

SELECT is_empty($$
    SELECT rolname FROM pg_roles
    WHERE rolname LIKE 'shikaku\_%'
        AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
             OR rolcanlogin = (rolname IN ('shikaku_owner', 'shikaku_everyone')))
$$, 'no role has more than a login, and the groups not even that');

SELECT * FROM finish();
ROLLBACK;
