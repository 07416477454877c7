-- Functions: who they run as, and that nobody can slip another object under them.
BEGIN;
SELECT plan(4);

SELECT is_empty($$
    SELECT p.oid::regprocedure FROM pg_proc AS p
    WHERE p.pronamespace = 'registry'::regnamespace AND p.prosecdef
        AND NOT coalesce('search_path=registry, pg_temp' = ANY (p.proconfig), false)
$$, 'every SECURITY DEFINER function has a fixed search_path that ends in pg_temp');

SELECT is_empty($$
    SELECT p.oid::regprocedure
    FROM pg_proc AS p
    WHERE p.pronamespace = 'registry'::regnamespace AND has_function_privilege('shikaku_lookup', p.oid, 'EXECUTE')
        AND NOT p.prosecdef
$$, 'what the lookup role executes runs as the owner');

SELECT set_eq($$
    SELECT p.proname::text FROM pg_proc AS p
    WHERE p.pronamespace = 'registry'::regnamespace AND p.provolatile = 'v'
        AND has_function_privilege('shikaku_lookup', p.oid, 'EXECUTE')
$$, $$VALUES ('access_append'), ('access_partitions_ensure'), ('reference_number_set'), ('reference_number_delete'),
             ('bulk_job_open'), ('bulk_items_take'), ('bulk_items_done'), ('bulk_expire'), ('discrepancy_open'),
             ('visit_open'), ('visit_end'), ('visit_review'), ('disaster_visit'), ('facility_lock')$$,
'only these of its functions change anything');

-- A table of the same name in the temporary schema must not be read by a definer function.
CREATE TEMPORARY TABLE holiday (day date, name text);
INSERT INTO pg_temp.holiday VALUES ('2000-01-01', 'slipped in');
SELECT is_empty($$SELECT * FROM registry.holidays() WHERE name = 'slipped in'$$,
                'a temporary table does not stand in for a table of the registry');

SELECT * FROM finish();
ROLLBACK;
