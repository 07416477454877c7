-- Roles: who may log in. Roles belong to the cluster, not to the database, so they are made only if missing.
-- Rights are given in 90_grant.sql. Passwords and client certificates are a matter of deployment.
DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('shikaku_owner', false),
            ('shikaku_everyone', false),
            ('shikaku_migrate', true),
            ('shikaku_lookup', true),
            ('shikaku_registrar', true),
            ('shikaku_sealer', true),
            ('shikaku_operator', true),
            ('shikaku_auditor', true),
            ('shikaku_loader', true),
            ('shikaku_claims', true),
            ('shikaku_credentials', true),
            ('shikaku_portal', true),
            ('shikaku_office', true),
            ('shikaku_statistics', true)
        ) AS role (name, may_login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS',
                               wanted.name, CASE WHEN wanted.may_login THEN 'LOGIN' ELSE 'NOLOGIN' END);
                EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, 'Shikaku, see schema/roles.sql');
            EXCEPTION
                -- Two databases of one cluster may be migrated at the same time.
                WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
    END LOOP;

    -- The migrating role acts as the owner; everyone who logs in shares the right to connect.
    FOR wanted IN
        SELECT *
        FROM (VALUES
            ('shikaku_owner', 'shikaku_migrate'),
            ('shikaku_everyone', 'shikaku_migrate'),
            ('shikaku_everyone', 'shikaku_lookup'),
            ('shikaku_everyone', 'shikaku_registrar'),
            ('shikaku_everyone', 'shikaku_sealer'),
            ('shikaku_everyone', 'shikaku_operator'),
            ('shikaku_everyone', 'shikaku_auditor'),
            ('shikaku_everyone', 'shikaku_loader'),
            ('shikaku_everyone', 'shikaku_claims'),
            ('shikaku_everyone', 'shikaku_credentials'),
            ('shikaku_everyone', 'shikaku_portal'),
            ('shikaku_everyone', 'shikaku_office'),
            ('shikaku_everyone', 'shikaku_statistics')
        ) AS membership (name, member)
    LOOP
        IF NOT EXISTS (
            SELECT
            FROM pg_auth_members AS m
            WHERE m.roleid = wanted.name::regrole AND m.member = wanted.member::regrole
        ) THEN
            EXECUTE format('GRANT %I TO %I', wanted.name, wanted.member);
        END IF;
    END LOOP;
END
$$;
