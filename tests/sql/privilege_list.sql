-- Makes the temporary table actual: every right that a role has on an object, one line each. For a new list:
-- psql --quiet --file privilege_list.sql --command 'COPY (SELECT line FROM actual ORDER BY line COLLATE "C") TO STDOUT'
-- in a database made from migrations/, and then read the difference line by line.
SET search_path = registry;
CREATE TEMPORARY TABLE actual AS
WITH role AS (
    -- The owner, and the migrating role that acts as the owner, may do everything.
    SELECT rolname::text AS name FROM pg_roles
    WHERE rolname LIKE 'shikaku\_%' AND rolname NOT IN ('shikaku_owner', 'shikaku_migrate')
    UNION ALL
    SELECT 'public'
),
-- All partitions of access records count as one object.
object AS (
    SELECT
        CASE WHEN c.relkind = 'S' THEN 'sequence ' ELSE 'table ' END
            || regexp_replace(c.relname, '^access_record_\d{8}$', 'access_record_<day>') AS name,
        c.oid, c.relkind
    FROM pg_class AS c
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
),
given AS (
    SELECT o.name, r.name AS role, p.privilege
    FROM object AS o, role AS r, unnest(ARRAY[
        'SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (privilege)
    WHERE o.relkind <> 'S' AND has_table_privilege(r.name, o.oid, p.privilege)
    UNION
    SELECT o.name, r.name, p.privilege || ' (' || a.attname || ')'
    FROM object AS o
    JOIN pg_attribute AS a ON a.attrelid = o.oid AND NOT a.attisdropped,
        role AS r, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p (privilege)
    WHERE o.relkind <> 'S' AND has_column_privilege(r.name, o.oid, a.attnum, p.privilege)
        AND NOT has_table_privilege(r.name, o.oid, p.privilege)
    UNION
    SELECT o.name, r.name, p.privilege
    FROM object AS o, role AS r, unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS p (privilege)
    WHERE o.relkind = 'S' AND has_sequence_privilege(r.name, o.oid, p.privilege)
    UNION
    SELECT 'function ' || f.oid::regprocedure, r.name, 'EXECUTE'
    FROM pg_proc AS f, role AS r
    WHERE f.pronamespace = 'registry'::regnamespace AND has_function_privilege(r.name, f.oid, 'EXECUTE')
    UNION
    SELECT 'type ' || t.oid::regtype, r.name, 'USAGE'
    FROM pg_type AS t
    JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c',
        role AS r
    WHERE t.typnamespace = 'registry'::regnamespace AND has_type_privilege(r.name, t.oid, 'USAGE')
    UNION
    SELECT 'schema ' || n.nspname, r.name, p.privilege
    FROM pg_namespace AS n, role AS r, unnest(ARRAY['USAGE', 'CREATE']) AS p (privilege)
    WHERE n.nspname IN ('registry', 'extension', 'public') AND has_schema_privilege(r.name, n.oid, p.privilege)
    UNION
    SELECT 'database', r.name, p.privilege
    FROM role AS r, unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS p (privilege)
    WHERE has_database_privilege(r.name, current_database(), p.privilege)
    UNION
    SELECT 'member of ' || g.rolname, m.rolname, CASE WHEN a.admin_option THEN 'ADMIN' ELSE 'MEMBER' END
    FROM pg_auth_members AS a
    JOIN pg_roles AS g ON g.oid = a.roleid
    JOIN pg_roles AS m ON m.oid = a.member
    WHERE g.rolname LIKE 'shikaku\_%' OR m.rolname LIKE 'shikaku\_%'
),
-- Objects that nobody but the owner may touch are listed too.
everything AS (
    SELECT o.name FROM object AS o
    UNION
    SELECT 'function ' || f.oid::regprocedure FROM pg_proc AS f WHERE f.pronamespace = 'registry'::regnamespace
    UNION
    SELECT 'type ' || t.oid::regtype
    FROM pg_type AS t
    JOIN pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
    WHERE t.typnamespace = 'registry'::regnamespace
)
SELECT g.name || ' | ' || g.role || ' | ' || g.privilege AS line FROM given AS g
UNION
SELECT e.name || ' | nobody' FROM everything AS e WHERE NOT EXISTS (SELECT FROM given AS g WHERE g.name = e.name);
