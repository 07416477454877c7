-- What became of user certificates. functions.md explains it.
--
-- One after the other, as they came: the new one of an event may be the old one of the next.
CREATE OR REPLACE FUNCTION registry.credentials_put(events jsonb)
    RETURNS TABLE (ord int4, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := clock_timestamp();
    one record;
    held credential;
    taken credential;
BEGIN
    FOR one IN
        SELECT (g.position - 1)::int4 AS ord, (g.value ->> 'event')::int2 AS event, g.value ->> 'serial' AS serial,
               g.value ->> 'new_serial' AS new_serial, o.issuer_id, n.issuer_id AS new_issuer_id
        FROM jsonb_array_elements(events) WITH ORDINALITY AS g (value, position)
        LEFT JOIN card_issuer AS o ON o.name = g.value ->> 'issuer' COLLATE "C"
        LEFT JOIN card_issuer AS n ON n.name = g.value ->> 'new_issuer' COLLATE "C"
        ORDER BY g.position
    LOOP
        ord := one.ord;
        IF one.issuer_id IS NULL OR one.event <> 3 AND one.new_issuer_id IS NULL THEN
            outcome := 4;
            RETURN NEXT;
            CONTINUE;
        END IF;
        SELECT c.* INTO held FROM credential AS c
        WHERE c.serial = one.serial COLLATE "C" AND c.issuer_id = one.issuer_id FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            outcome := 3;
            RETURN NEXT;
            CONTINUE;
        END IF;
        outcome := 2;
        IF one.event <> 3 THEN
            INSERT INTO credential AS c (issuer_id, serial, person_id, linked_at)
            VALUES (one.new_issuer_id, one.new_serial, held.person_id, moment)
            ON CONFLICT (serial, issuer_id) DO NOTHING
            RETURNING c.* INTO taken;
            IF taken.serial IS NOT NULL THEN
                outcome := 1;
            ELSE
                SELECT c.* INTO STRICT taken FROM credential AS c
                WHERE c.serial = one.new_serial COLLATE "C" AND c.issuer_id = one.new_issuer_id;
                IF taken.person_id <> held.person_id THEN
                    INSERT INTO credential_alarm (issuer_id, serial, person_id, other_person_id, raised_at)
                    VALUES (taken.issuer_id, taken.serial, taken.person_id, held.person_id, moment)
                    ON CONFLICT DO NOTHING;
                    outcome := 5;
                    RETURN NEXT;
                    CONTINUE;
                END IF;
            END IF;
        END IF;
        IF one.event <> 2 AND held.ended_at IS NULL THEN
            UPDATE credential AS c SET ended_at = moment
            WHERE c.serial = held.serial AND c.issuer_id = held.issuer_id;
            outcome := 1;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION registry.credentials_put IS
    'Takes in what became of certificates: 1 done, 2 known already, 3 the old one leads to nobody, 4 no such issuer, 5 the new one is somebody else''s.';
