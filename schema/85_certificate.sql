-- Functions for 資格確認書 (certificates of eligibility) that insurers issue. functions.md explains each of them.

-- Whether a card of this person could be read at the end of the day.
CREATE OR REPLACE FUNCTION registry.credential_is_usable(person int8, on_day date) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
    SET enable_seqscan = off
AS $$
    SELECT EXISTS (
        SELECT FROM (SELECT * FROM credential AS e WHERE e.person_id = person OFFSET 0) AS e
        WHERE civil_day(e.linked_at) <= on_day AND (e.ended_at IS NULL OR civil_day(e.ended_at) > on_day))
$$;
COMMENT ON FUNCTION registry.credential_is_usable IS 'Whether a user certificate led to the person at the end of the day.';

-- A coverage of this insurer by its number, whether it still has a current version or not.
CREATE OR REPLACE FUNCTION registry.certificate_coverage(insurer_number text, coverage_id int8) RETURNS SETOF registry.coverage
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT c.*
    FROM (
        (SELECT v.* FROM coverage AS v WHERE v.coverage_id = certificate_coverage.coverage_id AND v.superseded_at = 'infinity' OFFSET 0)
        UNION ALL
        (SELECT v.* FROM coverage AS v WHERE v.coverage_id = certificate_coverage.coverage_id AND v.superseded_at <> 'infinity' OFFSET 0)
    ) AS c
    WHERE c.insurer_number = certificate_coverage.insurer_number COLLATE "C"
    ORDER BY c.superseded_at DESC, c.version_id DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION registry.certificate_coverage IS 'The newest version of a coverage of this insurer.';

-- A page of people, as an insurer's cards are sorted: behind the one that the coverage of that number is about. Few may need one
-- among many who do not, so a page looks at so many coverages at most; where there are more, its last row says from where to go
-- on, and names nobody.
CREATE OR REPLACE FUNCTION registry.certificate_needed(
        insurer_number text, on_day date, after_coverage_id int8, count_max int4)
    RETURNS TABLE (coverage_id int8, person_id int8, reason int2, symbol text, number text, branch text, birth_date date,
                   acquired_on date, last_valid_until date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    looked_max CONSTANT int4 := 20000;
    looked     int4 := 0;
    told       int4 := 0;
    last_id    int8;
    one        record;
    behind     record;
    -- Until a dated day everybody in old-age care gets one, card or not.
    for_all    bool := EXISTS (
        SELECT
        FROM insurer AS i,
             (SELECT p.value::date AS until FROM policy_parameter AS p
              WHERE p.name = 'elderly_certificate_all_until' AND p.valid_from <= on_day
              ORDER BY p.valid_from DESC LIMIT 1) AS p
        WHERE i.insurer_number = certificate_needed.insurer_number AND i.kind = 6 AND on_day <= p.until);
BEGIN
    SELECT coalesce(max(c.symbol_loose), '') AS symbol_loose, coalesce(max(c.number_loose), '') AS number_loose INTO behind
    FROM certificate_coverage(insurer_number, after_coverage_id) AS c;
    FOR one IN
        SELECT c.coverage_id, c.person_id, c.symbol, c.number, c.branch, c.valid, c.state, k.is_in_force, k.last_reason,
               k.last_until
        FROM (
            -- In the order of the one index that serves it, whatever the planner thinks of others.
            SELECT v.* FROM coverage AS v
            WHERE v.insurer_number = certificate_needed.insurer_number COLLATE "C"
                AND (v.symbol_loose, v.number_loose) >= (behind.symbol_loose, behind.number_loose)
            ORDER BY v.symbol_loose, v.number_loose
            OFFSET 0
        ) AS c
        CROSS JOIN LATERAL (
            SELECT coalesce(bool_or(t.valid @> on_day), false) AS is_in_force, max(upper(t.valid) - 1) AS last_until,
                   (array_agg(t.reason ORDER BY lower(t.valid) DESC, t.version_id DESC))[1] AS last_reason
            FROM eligibility_certificate AS t
            WHERE t.coverage_id = c.coverage_id AND t.superseded_at = 'infinity' AND lower(t.valid) <= on_day
        ) AS k
        WHERE c.superseded_at = 'infinity'
            AND (c.symbol_loose, c.number_loose, c.coverage_id) > (behind.symbol_loose, behind.number_loose, after_coverage_id)
        ORDER BY c.symbol_loose, c.number_loose, c.coverage_id
        LIMIT looked_max
    LOOP
        looked := looked + 1;
        last_id := one.coverage_id;
        CONTINUE WHEN one.state <> 1 OR one.is_in_force OR NOT one.valid @> on_day
            OR NOT for_all AND credential_is_usable(one.person_id, on_day);
        SELECT p.birth_date INTO birth_date
        FROM person_version AS p WHERE p.person_id = one.person_id AND p.superseded_at = 'infinity';
        coverage_id := one.coverage_id;
        person_id := one.person_id;
        -- Whose last certificate has run out is without a card for the reason that it says; who had a card has one no more.
        reason := CASE
            WHEN for_all THEN 9
            WHEN one.last_reason IS NOT NULL THEN one.last_reason
            WHEN EXISTS (SELECT FROM credential AS e WHERE e.person_id = one.person_id AND civil_day(e.linked_at) <= on_day) THEN 8
            ELSE 3 END;
        symbol := one.symbol;
        number := one.number;
        branch := one.branch;
        acquired_on := lower(one.valid);
        last_valid_until := one.last_until;
        RETURN NEXT;
        told := told + 1;
        EXIT WHEN told = count_max;
    END LOOP;
    IF looked = looked_max OR told = count_max THEN
        RETURN QUERY SELECT last_id, NULL::int8, NULL::int2, NULL, NULL, NULL, NULL::date, NULL::date, NULL::date;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.certificate_needed IS
    'People of this insurer who on that day have no certificate in force, and no card that can be read or are to get one all the same.';

CREATE OR REPLACE FUNCTION registry.certificate_expiring(
        insurer_number text, today date, until_on date, after_coverage_id int8, count_max int4)
    RETURNS TABLE (coverage_id int8, person_id int8, certificate_id int8, own_number text, reason int2, issued_on date,
                   valid_from date, valid_until date, has_card bool, symbol text, number text, branch text, birth_date date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    looked_max CONSTANT int4 := 20000;
    looked     int4 := 0;
    told       int4 := 0;
    last_id    int8;
    one        record;
    behind     record;
BEGIN
    SELECT coalesce(max(c.symbol_loose), '') AS symbol_loose, coalesce(max(c.number_loose), '') AS number_loose INTO behind
    FROM certificate_coverage(insurer_number, after_coverage_id) AS c;
    FOR one IN
        SELECT c.coverage_id, c.person_id, c.symbol, c.number, c.branch, k.version_id, k.first_id, k.number AS own_number, k.reason,
               k.issued_on, k.valid, upper(c.valid) AS ends
        FROM (
            -- In the order of the one index that serves it, whatever the planner thinks of others.
            SELECT v.* FROM coverage AS v
            WHERE v.insurer_number = certificate_expiring.insurer_number COLLATE "C"
                AND (v.symbol_loose, v.number_loose) >= (behind.symbol_loose, behind.number_loose)
            ORDER BY v.symbol_loose, v.number_loose
            OFFSET 0
        ) AS c
        -- The one that ends last: with another behind it, nothing runs out.
        LEFT JOIN LATERAL (
            SELECT t.*
            FROM eligibility_certificate AS t
            WHERE t.coverage_id = c.coverage_id AND t.superseded_at = 'infinity'
            ORDER BY upper(t.valid) DESC NULLS FIRST, t.version_id DESC
            LIMIT 1
        ) AS k ON c.state = 1
        WHERE c.superseded_at = 'infinity'
            AND (c.symbol_loose, c.number_loose, c.coverage_id) > (behind.symbol_loose, behind.number_loose, after_coverage_id)
        ORDER BY c.symbol_loose, c.number_loose, c.coverage_id
        LIMIT looked_max
    LOOP
        looked := looked + 1;
        last_id := one.coverage_id;
        -- Where the coverage ends with it, or before, there is nothing to renew.
        CONTINUE WHEN one.version_id IS NULL OR coalesce(NOT upper(one.valid) - 1 BETWEEN today AND until_on, true)
            OR one.ends <= upper(one.valid);
        SELECT p.birth_date INTO birth_date
        FROM person_version AS p WHERE p.person_id = one.person_id AND p.superseded_at = 'infinity';
        coverage_id := one.coverage_id;
        person_id := one.person_id;
        certificate_id := coalesce(one.first_id, one.version_id);
        own_number := one.own_number;
        reason := one.reason;
        issued_on := one.issued_on;
        valid_from := lower(one.valid);
        valid_until := upper(one.valid) - 1;
        has_card := credential_is_usable(one.person_id, today);
        symbol := one.symbol;
        number := one.number;
        branch := one.branch;
        RETURN NEXT;
        told := told + 1;
        EXIT WHEN told = count_max;
    END LOOP;
    IF looked = looked_max OR told = count_max THEN
        RETURN QUERY SELECT last_id, NULL::int8, NULL::int8, NULL, NULL::int2, NULL::date, NULL::date, NULL::date, NULL::bool, NULL,
                            NULL, NULL, NULL::date;
    END IF;
END
$$;
COMMENT ON FUNCTION registry.certificate_expiring IS 'Certificates of this insurer whose last day is near, and that have none behind them.';

-- The coverages of this insurer that a card names; one for each person, the one of that day first.
CREATE OR REPLACE FUNCTION registry.certificate_target(
        insurer_number text, card_key text, branch text, birth_date date, on_day date)
    RETURNS TABLE (person_id int8, coverage_id int8, valid daterange, state int2)
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT DISTINCT ON (c.person_id) c.person_id, c.coverage_id, c.valid, c.state
    FROM card AS k
    JOIN coverage AS c ON c.person_id = k.person_id AND c.superseded_at = 'infinity'
    WHERE k.card_key = certificate_target.card_key COLLATE "C" AND k.birth_date = certificate_target.birth_date
        AND c.insurer_number = certificate_target.insurer_number COLLATE "C"
        AND c.insurer_number || ':' || c.symbol_loose || ':' || c.number_loose = certificate_target.card_key COLLATE "C"
        AND (certificate_target.branch IS NULL OR c.branch IS NULL OR c.branch = certificate_target.branch COLLATE "C")
    ORDER BY c.person_id, c.valid @> on_day DESC, lower(c.valid) DESC
$$;
COMMENT ON FUNCTION registry.certificate_target IS 'The coverage of this insurer that a card names on a day, for each person it may be.';

-- What stands of a certificate that was in force goes on until the new one begins; nothing of it comes back behind that.
CREATE OR REPLACE FUNCTION registry.certificate_end(coverage_id int8, from_on date) RETURNS void
    LANGUAGE plpgsql VOLATILE
    SET search_path = registry, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    WITH old AS (
        UPDATE eligibility_certificate AS t SET superseded_at = greatest(clock_timestamp(), t.recorded_at)
        WHERE t.coverage_id = certificate_end.coverage_id AND t.superseded_at = 'infinity'
            AND (upper_inf(t.valid) OR upper(t.valid) > from_on)
        RETURNING t.*
    )
    INSERT INTO eligibility_certificate (coverage_id, number, reason, issued_on, valid, recorded_at, origin, printed_from, first_id)
    SELECT o.coverage_id, o.number, o.reason, o.issued_on, daterange(lower(o.valid), from_on), o.superseded_at, o.origin,
           o.printed_from, coalesce(o.first_id, o.version_id)
    FROM old AS o
    WHERE lower(o.valid) < from_on;
END
$$;
COMMENT ON FUNCTION registry.certificate_end IS 'Lets the certificates of a coverage end before a day.';

CREATE OR REPLACE FUNCTION registry.certificate_issue(
        insurer_number text, request_id uuid, route int2, digest bytea, user_id text, today date, card_key text, branch text,
        birth_date date, reason int2, valid_from date, valid_until date)
    RETURNS TABLE (outcome int2, certificate_id int8)
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    begun    record;
    target   record;
    latest   date := (today + make_interval(years => policy_number('eligibility_certificate_max_years', today)))::date;
    from_on  date := coalesce(certificate_issue.valid_from, today);
    until_on date := certificate_issue.valid_until;
BEGIN
    PERFORM apply_lock();
    begun := enrolment_begin(insurer_number, request_id, route, digest);
    IF begun.standing > 1 THEN
        outcome := CASE begun.standing WHEN 3 THEN 4 ELSE (begun.reply ->> 'outcome')::int END;
        certificate_id := (begun.reply ->> 'certificate_id')::int8;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT count(*) AS persons, min(t.person_id) AS person_id, min(t.coverage_id) AS coverage_id,
           range_agg(t.valid) AS valid, min(t.state) AS state, min(upper(t.valid)) AS ends
    INTO target
    FROM certificate_target(insurer_number, card_key, branch, birth_date, from_on) AS t;
    until_on := coalesce(until_on, least(latest, target.ends - 1));
    outcome := CASE
        WHEN target.persons = 0 THEN 2
        WHEN target.persons > 1 THEN 5
        WHEN target.state <> 1 OR EXISTS (
            SELECT FROM person_hold AS h WHERE h.person_id = target.person_id AND h.closed_at IS NULL AND h.scope = 2) THEN 6
        WHEN NOT target.valid @> from_on THEN 3
        WHEN latest IS NULL OR until_on > latest THEN 7
        WHEN target.ends <= until_on THEN 8
        WHEN until_on < from_on THEN 9
        ELSE 1 END;
    IF outcome = 1 THEN
        PERFORM certificate_end(target.coverage_id, from_on);
        INSERT INTO eligibility_certificate AS t (coverage_id, reason, issued_on, valid, recorded_at, printed_from)
        SELECT target.coverage_id, certificate_issue.reason, today, daterange(from_on, until_on, '[]'), clock_timestamp(), d.version
        FROM dossier AS d WHERE d.person_id = target.person_id
        RETURNING t.version_id INTO STRICT certificate_id;
    END IF;
    PERFORM enrolment_end(insurer_number, request_id, jsonb_build_object('outcome', outcome, 'certificate_id', certificate_id));
    RETURN NEXT;
END
$$;
COMMENT ON FUNCTION registry.certificate_issue IS 'Issues a certificate for a coverage of this insurer, in the place of what it overlaps.';

-- As it was issued, whatever came after: the person as the dossier had it, and the days that were printed.
CREATE OR REPLACE FUNCTION registry.certificate_read(insurer_number text, certificate_id int8)
    RETURNS TABLE (person_id int8, version int8, body bytea, coverage_id int8, own_number text, reason int2, issued_on date,
                   valid_from date, valid_until date, ended_on date, is_needless bool)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = registry, pg_temp
    SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    -- While a doubt seals the person, and where the coverage is another's by now, nothing of anybody is printed again.
    SELECT d.person_id, d.version, CASE WHEN c.is_sealed OR c.person_id <> d.person_id THEN NULL ELSE d.body END, t.coverage_id, t.number, t.reason, t.issued_on, lower(t.valid), upper(t.valid) - 1,
           -- One that came back as it was has not ended.
           least(CASE WHEN e.ended_on < upper(t.valid) THEN e.ended_on END,
                 CASE WHEN c.person_id <> d.person_id THEN lower(t.valid) WHEN c.ends < upper(t.valid) THEN c.ends END),
           t.reason IN (3, 6) AND EXISTS (
               SELECT FROM credential AS e
               WHERE e.person_id = d.person_id AND e.linked_at <= t.recorded_at
                   AND (e.ended_at IS NULL OR e.ended_at > t.recorded_at))
    FROM eligibility_certificate AS t
    CROSS JOIN LATERAL (
        -- A coverage without a current version never existed.
        SELECT c.person_id, CASE WHEN c.superseded_at = 'infinity' THEN upper(c.valid) ELSE lower(t.valid) END AS ends,
               EXISTS (SELECT FROM person_hold AS h
                       WHERE h.person_id = c.person_id AND h.closed_at IS NULL AND h.scope = 2) AS is_sealed
        FROM certificate_coverage(insurer_number, t.coverage_id) AS c
    ) AS c
    CROSS JOIN LATERAL (
        SELECT CASE WHEN t.superseded_at < 'infinity' THEN coalesce((
            SELECT max(upper(r.valid)) FROM eligibility_certificate AS r
            WHERE r.coverage_id = t.coverage_id AND r.superseded_at = 'infinity'
                -- What is left of it; a file that cuts it short keeps only what it says.
                AND (r.first_id = t.version_id
                     OR r.first_id IS NULL AND r.printed_from IS NULL AND lower(r.valid) = lower(t.valid)
                        AND (r.reason, r.issued_on) = (t.reason, t.issued_on) AND r.number IS NOT DISTINCT FROM t.number)),
            lower(t.valid)) END AS ended_on
    ) AS e
    CROSS JOIN LATERAL (
        (SELECT o.person_id, o.version, o.body FROM dossier AS o WHERE o.version = t.printed_from OFFSET 0)
        UNION ALL
        (SELECT o.person_id, o.version, o.body FROM dossier_past AS o WHERE o.version = t.printed_from OFFSET 0)
        UNION ALL
        (SELECT o.person_id, o.version, NULL FROM dossier AS o WHERE o.person_id = c.person_id AND t.printed_from IS NULL OFFSET 0)
        LIMIT 1
    ) AS d
    WHERE t.version_id = certificate_read.certificate_id AND t.first_id IS NULL;
END
$$;
COMMENT ON FUNCTION registry.certificate_read IS 'A certificate of this insurer, as it was issued.';
