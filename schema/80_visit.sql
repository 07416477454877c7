-- Functions for visits, of the lookup role. functions.md explains each of them.

-- A challenge serves once: who comes with its number and is not the request that used it gets outcome 2, and no dossier.
CREATE OR REPLACE FUNCTION registry.visit_open(
        facility_ids int4[], visit_ids uuid[], request_ids uuid[], issuers text[], serials text[], opened timestamptz[],
        treatments int2[], unlocks int2[], consenters int2[], consents int2[], untils timestamptz[], limits bool[],
        bases int2[], reasons int2[], user_ids text[], review_dues timestamptz[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, outcome int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    -- In the order of their numbers, so that two that carry the same wait for each other and never in a circle.
    INSERT INTO visit AS v (
        visit_id, facility_id, request_id, person_id, issuer, serial, opened_at, treatment, unlocked_by, consented_by, consents,
        consent_until, is_limited, basis, reason, user_id, review_due_at)
    SELECT
        q.visit_id, q.facility_id, q.request_id, k.person_id, q.issuer, q.serial, q.opened_at, q.treatment, q.unlocked_by,
        q.consented_by, q.consents, coalesce(q.consent_until, 'infinity'), q.is_limited, q.basis, q.reason, q.user_id,
        q.review_due_at
    FROM unnest(facility_ids, visit_ids, request_ids, issuers, serials, opened, treatments, unlocks, consenters, consents,
                untils, limits, bases, reasons, user_ids, review_dues)
        AS q (facility_id, visit_id, request_id, issuer, serial, opened_at, treatment, unlocked_by, consented_by, consents,
              consent_until, is_limited, basis, reason, user_id, review_due_at)
    LEFT JOIN LATERAL (
        SELECT c.person_id
        FROM (SELECT i.issuer_id FROM card_issuer AS i WHERE i.name = q.issuer COLLATE "C" OFFSET 0) AS i
        JOIN credential AS c ON c.serial = q.serial COLLATE "C" AND c.issuer_id = i.issuer_id
        WHERE c.ended_at IS NULL OR c.ended_at > q.opened_at
        OFFSET 0
    ) AS k ON true
    ORDER BY q.visit_id
    ON CONFLICT (visit_id) DO NOTHING;
    -- A statement of its own, so that it sees what another one has just made under the same number.
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, d.body, r.number,
           CASE WHEN v.facility_id = q.facility_id AND v.request_id = q.request_id THEN 1 ELSE 2 END::int2
    FROM unnest(facility_ids, visit_ids, request_ids) WITH ORDINALITY AS q (facility_id, visit_id, request_id, position)
    CROSS JOIN LATERAL (SELECT * FROM visit AS o WHERE o.visit_id = q.visit_id OFFSET 0) AS v
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f
        WHERE f.person_id = v.person_id AND v.request_id = q.request_id AND v.facility_id = q.facility_id
        OFFSET 0
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = d.person_id
        OFFSET 0
    ) AS r ON true;
END
$$;
COMMENT ON FUNCTION registry.visit_open IS 'Notes cards that were proven, with the consents given, and finds the dossiers of their holders.';

-- With the visit comes what of its person's claims is asked for and consented to: whoever asks about medicines asks once.
CREATE OR REPLACE FUNCTION registry.visit_read(
        facility_ids int4[], visit_ids uuid[], items int2[], moments timestamptz[], from_years int2[], to_years int2[])
    RETURNS TABLE (ord int4, person_id int8, version int8, body bytea, reference_number text, opened_at timestamptz,
                   treatment int2, consents int2, consent_until timestamptz, is_limited bool, ended_at timestamptz,
                   end_reason int2, item int2, told text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_memoize = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT (q.position - 1)::int4, d.person_id, d.version, b.body, r.number, v.opened_at, v.treatment, v.consents,
           nullif(v.consent_until, 'infinity'), v.is_limited, v.ended_at, v.end_reason, b.item, b.told
    FROM unnest(facility_ids, visit_ids, items, moments, from_years, to_years)
        WITH ORDINALITY AS q (facility_id, visit_id, items, moment, from_year, to_year, position)
    CROSS JOIN LATERAL (
        SELECT * FROM visit AS o WHERE o.visit_id = q.visit_id AND o.facility_id = q.facility_id OFFSET 0
    ) AS v
    LEFT JOIN LATERAL (
        SELECT f.person_id, f.version, f.body FROM dossier AS f WHERE f.person_id = v.person_id OFFSET 0
    ) AS d ON true
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n
        WHERE n.facility_id = q.facility_id AND n.person_id = d.person_id
        OFFSET 0
    ) AS r ON true
    CROSS JOIN LATERAL (
        SELECT d.body, NULL::int2 AS item, NULL::text AS told
        UNION ALL
        (SELECT NULL::bytea, h.item, h.told
         FROM histories_of(v.person_id, v.consents & q.items, q.from_year, q.to_year) AS h
         WHERE v.consents & q.items <> 0 AND NOT v.is_limited
             AND v.opened_at <= q.moment AND q.moment < least(v.consent_until, v.ended_at)
             AND NOT EXISTS (SELECT FROM doubts_of(v.person_id)))
    ) AS b;
END
$$;
COMMENT ON FUNCTION registry.visit_read IS
    'Visits of these facilities, with the current dossiers of who came, and those claims of theirs that are asked for, while the consent holds.';

CREATE OR REPLACE FUNCTION registry.visit_end(facility_id int4, visit_id uuid, end_reason int2, moment timestamptz)
    RETURNS TABLE (outcome int2, person_id int8, ended_at timestamptz, reason int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    stands record;
BEGIN
    UPDATE visit AS v SET ended_at = visit_end.moment, end_reason = visit_end.end_reason
    WHERE v.visit_id = visit_end.visit_id AND v.facility_id = visit_end.facility_id AND v.ended_at IS NULL
    RETURNING v.person_id, v.ended_at, v.end_reason INTO stands;
    IF FOUND THEN
        RETURN QUERY SELECT 1::int2, stands.person_id, stands.ended_at, stands.end_reason;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT 2::int2, v.person_id, v.ended_at, v.end_reason
    FROM visit AS v
    WHERE v.visit_id = visit_end.visit_id AND v.facility_id = visit_end.facility_id;
END
$$;
COMMENT ON FUNCTION registry.visit_end IS 'Takes the consents of a visit back; once, and the first time counts.';

CREATE OR REPLACE FUNCTION registry.visit_review(facility_id int4, visit_id uuid, user_id text, verdict int2, moment timestamptz)
    RETURNS TABLE (outcome int2, person_id int8, reviewed_at timestamptz, result int2)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    stands visit;
BEGIN
    SELECT * INTO stands FROM visit AS v
    WHERE v.visit_id = visit_review.visit_id AND v.facility_id = visit_review.facility_id AND v.review_due_at IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF stands.reviewed_at IS NOT NULL THEN
        RETURN QUERY SELECT 2::int2, stands.person_id, stands.reviewed_at, stands.outcome;
    ELSIF stands.user_id = visit_review.user_id THEN
        RETURN QUERY SELECT 3::int2, stands.person_id, NULL::timestamptz, NULL::int2;
    ELSE
        UPDATE visit AS v SET reviewed_at = visit_review.moment, reviewed_by = visit_review.user_id, outcome = visit_review.verdict
        WHERE v.visit_id = visit_review.visit_id;
        RETURN QUERY SELECT 1::int2, stands.person_id, visit_review.moment, visit_review.verdict;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.visit_review IS
    'Somebody else than who opened it says whether a look without consent was justified: 1 noted, 2 was noted before, 3 the same person.';

-- Nobody's name: who comes behind a number is found by asking about that visit, which goes on record.
CREATE OR REPLACE FUNCTION registry.visit_list(
        facility_id int4, treatment int2, from_at timestamptz, until_at timestamptz, after_at timestamptz, after_id uuid,
        count_max int4)
    RETURNS TABLE (visit_id uuid, opened_at timestamptz, consents int2, ended_at timestamptz, end_reason int2,
                   reference_number text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT v.visit_id, v.opened_at, v.consents, v.ended_at, v.end_reason, r.number
    FROM (
        SELECT * FROM visit AS o
        WHERE o.facility_id = visit_list.facility_id AND o.treatment IN (2, 3) AND o.treatment = visit_list.treatment
            AND o.person_id IS NOT NULL AND o.opened_at >= greatest(visit_list.from_at, visit_list.after_at)
            AND o.opened_at < visit_list.until_at
            AND (visit_list.after_id IS NULL OR (o.opened_at, o.visit_id) > (visit_list.after_at, visit_list.after_id))
        ORDER BY o.opened_at, o.visit_id
        LIMIT count_max
    ) AS v
    LEFT JOIN LATERAL (
        SELECT n.number FROM reference_number AS n WHERE n.facility_id = visit_list.facility_id AND n.person_id = v.person_id
        OFFSET 0
    ) AS r ON true
    ORDER BY v.opened_at, v.visit_id;
END
$$;
COMMENT ON FUNCTION registry.visit_list IS 'Visits at home or online of this facility, by when consent was given.';
