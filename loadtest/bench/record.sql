INSERT INTO registry.access_record (record_id, day, actor_id, facility_id, certificate_id, actor_kind, request_id, route, way, purpose,
    subject, dossier_versions, asked_day, items, validity, reason, body_digest, as_of)
VALUES (nextval('registry.access_record_id') << 12, registry.civil_day(now()), 1, 1, 1, 1, gen_random_uuid(), 1, 2, 1,
    decode(md5(random()::text), 'hex'), ARRAY[1::int8], registry.civil_day(now()), 15, 1, 1, '\x000102030405060708090a0b0c0d0e0f',
    now());
