-- Back to whoever loads this, and what belongs to the database rather than to the schema.
RESET ROLE;
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO shikaku_everyone', current_database());
    -- For functions of the owner that lay out what they are about to do (88_acquire.sql).
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO shikaku_owner', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
END
$$;
