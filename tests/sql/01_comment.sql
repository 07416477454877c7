-- Every object of the schema says what it is.
BEGIN;
SELECT plan(6);

SELECT is_empty($$
    SELECT c.oid::regclass
    FROM pg_class AS c
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
        AND obj_description(c.oid, 'pg_class') IS NULL
$$, 'every table has a comment');

SELECT is_empty($$
    SELECT c.oid::regclass, a.attname
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
        AND col_description(c.oid, a.attnum) IS NULL
$$, 'every column has a comment');

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace = 'registry'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
$$, 'every function has a comment');

SELECT is_empty($$
    SELECT c.oid::regclass
    FROM pg_class AS c
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind = 'S'
        AND obj_description(c.oid, 'pg_class') IS NULL
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'i')
$$, 'every sequence that is not part of a column has a comment');

SELECT is_empty($$
    SELECT t.oid::regtype
    FROM pg_type AS t
    JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typnamespace = 'registry'::regnamespace AND c.relkind = 'c' AND obj_description(t.oid, 'pg_type') IS NULL
$$, 'every composite type has a comment');

SELECT is_empty($$
    SELECT c.oid::regclass, a.attname
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'registry'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND a.atttypid = 'text'::regtype AND a.attcollation = 0
$$, 'no text column is without a collation');

SELECT * FROM finish();
ROLLBACK;
