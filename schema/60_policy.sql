-- Policy: every legal number is a dated row.
CREATE TABLE IF NOT EXISTS registry.policy_parameter (
    name       text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z][a-z0-9_]*$'),
    valid_from date NOT NULL,
    value      text NOT NULL,
    unit       text NOT NULL,
    source     text NOT NULL,
    PRIMARY KEY (name, valid_from)
);
COMMENT ON TABLE registry.policy_parameter IS 'Legal and operational numbers, each from a day on until the next row of its name.';
COMMENT ON COLUMN registry.policy_parameter.name IS 'Name of the parameter.';
COMMENT ON COLUMN registry.policy_parameter.valid_from IS 'First day of this value.';
COMMENT ON COLUMN registry.policy_parameter.value IS 'Value, as text; dates as YYYY-MM-DD.';
COMMENT ON COLUMN registry.policy_parameter.unit IS 'Unit of the value.';
COMMENT ON COLUMN registry.policy_parameter.source IS 'Where it is laid down.';

INSERT INTO registry.policy_parameter (name, valid_from, value, unit, source)
VALUES
    ('notice_due_days', '1926-07-01', '5', 'days', '健康保険法施行規則24条1項: employer to insurer within five days of the event'),
    ('registration_due_days', '2023-06-01', '5', 'days', '健康保険法施行規則 as amended on 2023-06-01: insurer to registry within five days of the notice'),
    ('household_notice_due_days', '1959-01-01', '14', 'days', '国民健康保険法施行規則2条: household to municipality'),
    ('year_end_closing_from', '1988-12-13', '12-29', 'month-day', '行政機関の休日に関する法律 (1988 law 91): first day of the closing'),
    ('year_end_closing_until', '1988-12-13', '01-03', 'month-day', '行政機関の休日に関する法律 (1988 law 91): last day of the closing'),
    ('old_card_issued_until', '2024-12-01', '2024-12-01', 'date', '番号法等改正法 (2023 law 48): no certificates of the old kind from 2024-12-02'),
    ('old_card_transition_end', '2024-12-02', '2025-12-01', 'date', '番号法等改正法 (2023 law 48), transitional provisions: old certificates at the latest until this day'),
    ('old_card_provisional_until', '2025-12-02', '2026-03-31', 'date', '厚生労働省 notice: an expired old certificate or a 資格情報のお知らせ is accepted after an online check until this day'),
    ('eligibility_certificate_max_years', '2024-12-02', '5', 'years', '健康保険法51条の3, ordinance: 資格確認書 valid for at most five years, set by the insurer'),
    ('elderly_certificate_all_until', '2025-04-01', '2026-07-31', 'date', '厚生労働省 notice: 資格確認書 for everyone in 後期高齢者医療 until this day'),
    ('card_certificate_birthdays', '2016-01-01', '5', 'birthdays', '公的個人認証法施行規則: user certificate until the fifth birthday after issue'),
    ('card_expiry_warning_months', '2021-10-20', '3', 'months', 'Remark of the eligibility answer: certificate expires within three months'),
    ('consent_hours', '2021-10-20', '24', 'hours', 'Outpatient consent for clinical information'),
    ('view_emergency_hospital', '2024-12-09', 'physician,nurse', 'roles', '厚生労働省, 救急時医療情報閲覧: hospitals, by who treats; roles to be checked'),
    ('emergency_hours', '2024-12-09', '24', 'hours', 'Registry rule: so long a look without consent lasts'),
    ('operator_session_hours', '2023-04-01', '8', 'hours', 'Registry rule: so long an operator''s second factor lasts'),
    ('operator_session_rest_minutes', '2023-04-01', '30', 'minutes', 'Registry rule: a session that rests so long is over'),
    ('proposal_hours', '2023-04-01', '24', 'hours', 'Registry rule: so long a dangerous act waits for a second operator'),
    ('budget_minute_hospital', '2021-10-20', '1200', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_hospital', '2021-10-20', '20000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_medical_clinic', '2021-10-20', '300', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_medical_clinic', '2021-10-20', '3000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_dental_clinic', '2021-10-20', '300', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_dental_clinic', '2021-10-20', '2000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_pharmacy', '2021-10-20', '600', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_pharmacy', '2021-10-20', '5000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_home_nursing', '2021-10-20', '120', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_home_nursing', '2021-10-20', '1000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_minute_judo_acupuncture', '2021-10-20', '120', 'questions a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_persons_judo_acupuncture', '2021-10-20', '1000', 'people a day', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_same_minute', '2021-10-20', '30', 'times a minute', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_misses_hour', '2021-10-20', '200', 'questions an hour', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('budget_walk_steps', '2021-10-20', '25', 'numbers in a row', 'Registry rule, from domain facts SR-060; to be set by what facilities of the kind really ask'),
    ('emergency_review_days', '2024-12-09', '7', 'days', 'Registry rule: within this time somebody else at the facility reviews it'),
    ('claim_shown_months', '2021-10-20', '36', 'months', '厚生労働省, オンライン資格確認等システム: so far back medicines and treatments are shown at first'),
    ('claim_shown_months', '2024-10-01', '60', 'months', 'The same, grown to five years; the day is to be checked'),
    ('checkups_from', '2021-10-20', '2020-04-01', 'date', '厚生労働省, オンライン資格確認等システム: checkups from fiscal 2020 on'),
    ('checkup_shown_months', '2021-10-20', '60', 'months', 'The same: five years of them are shown'),
    ('guardian_until_age', '2021-10-20', '15', 'years', 'Registry rule after マイナポータル: below this age a guardian may act for a child; to be checked'),
    ('agent_max_years', '2021-10-20', '3', 'years', 'Registry rule: so long somebody may be appointed to act for another at once'),
    ('agents_max', '2021-10-20', '5', 'relations', 'Registry rule: so many may act for one person at a time'),
    ('card_expired_grace_months', '2021-10-20', '3', 'months', '厚生労働省, マイナ保険証: so long after its end a user certificate still shows the coverage, and nothing else'),
    ('view_ceiling_hospital', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_hospital', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_medical_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_medical_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_dental_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_dental_clinic', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_pharmacy', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_pharmacy', '2021-10-20', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_home_nursing', '2024-06-01', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_specific_diseases_home_nursing', '2024-06-01', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_ceiling_judo_acupuncture', '2024-04-01', 'any', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_hospital', '2021-10-20', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_medical_clinic', '2021-10-20', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_dental_clinic', '2021-10-20', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_pharmacy', '2021-10-20', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_drugs_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_hospital', '2021-10-20', 'physician,dentist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_medical_clinic', '2021-10-20', 'physician,dentist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_dental_clinic', '2021-10-20', 'physician,dentist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_hospital', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_medical_clinic', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_pharmacy', '2022-09-11', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_checkups_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_hospital', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_hospital', '2023-05-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_medical_clinic', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_medical_clinic', '2023-05-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_dental_clinic', '2022-09-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_dental_clinic', '2023-05-11', 'physician,dentist,pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_pharmacy', '2022-09-11', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_pharmacy', '2023-05-11', 'pharmacist', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_treatments_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('view_operations_home_nursing', '2024-06-01', 'nurse', 'roles', '厚生労働省, オンライン資格確認等システム: who may see it; roles to be checked against the rules in force'),
    ('registration_too_early_days', '2023-06-01', '60', 'days', 'Registry rule: acquisition further in the future gets a warning'),
    ('registration_too_late_years', '2023-06-01', '2', 'years', 'Registry rule: acquisition further in the past gets a warning'),
    ('elderly_high_income_threshold_yen', '2006-10-01', '1450000', 'yen', '高齢者医療確保法施行令: taxable income of 現役並み所得者'),
    ('specific_disease_self_pay_yen', '1984-10-01', '10000', 'yen a month', '健康保険法施行令41条9項'),
    ('hold_answer_days', '2024-05-07', '14', 'days', 'Registry rule: an insurer answers an identity doubt within this time'),
    ('hold_answer_days_9', '2024-05-07', '5', 'days', 'Registry rule: the same after a wrong link was ended (hold kind 9)'),
    ('early_warning_days', '2023-06-01', '2', 'days', 'Registry rule: a registration due within this time is listed as due soon'),
    ('discrepancy_answer_days', '2023-06-01', '14', 'days', 'Registry rule: an insurer answers a discrepancy ticket within this time'),
    ('batch_undo_days', '2023-06-01', '30', 'days', 'Registry rule: an applied batch can be undone for this time'),
    ('batch_guard_percent', '2023-06-01', '5', 'percent', 'Registry rule: a batch that ends, moves or re-identifies a greater share waits for a second person'),
    ('batch_guard_least', '2023-06-01', '20', 'people', 'Registry rule: so few may always be ended, moved or re-identified'),
    ('enrolment_reply_keep_days', '2023-06-01', '31', 'days', 'Registry rule: so long the same request of an insurer is answered the same'),
    ('bulk_result_keep_hours', '2021-10-20', '168', 'hours', 'Registry rule: results of a bulk job are kept this long'),
    ('access_record_keep_years', '2023-05-31', '7', 'years', 'Registry rule, after 医療情報システムの安全管理に関するガイドライン 6.0')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS registry.holiday (
    day  date PRIMARY KEY,
    name text NOT NULL
);
COMMENT ON TABLE registry.holiday IS
    'Public holidays, with substitute holidays. Weekends and the closing at the end of the year are rules, not rows.';
COMMENT ON COLUMN registry.holiday.day IS 'The day.';
COMMENT ON COLUMN registry.holiday.name IS 'Name of the holiday.';

-- 国民の祝日に関する法律, as announced by the Cabinet Office. 休日: article 3, paragraphs 2 and 3.
INSERT INTO registry.holiday (day, name)
VALUES
    ('2023-01-01', '元日'), ('2023-01-02', '休日'), ('2023-01-09', '成人の日'), ('2023-02-11', '建国記念の日'),
    ('2023-02-23', '天皇誕生日'), ('2023-03-21', '春分の日'), ('2023-04-29', '昭和の日'), ('2023-05-03', '憲法記念日'),
    ('2023-05-04', 'みどりの日'), ('2023-05-05', 'こどもの日'), ('2023-07-17', '海の日'), ('2023-08-11', '山の日'),
    ('2023-09-18', '敬老の日'), ('2023-09-23', '秋分の日'), ('2023-10-09', 'スポーツの日'), ('2023-11-03', '文化の日'),
    ('2023-11-23', '勤労感謝の日'),
    ('2024-01-01', '元日'), ('2024-01-08', '成人の日'), ('2024-02-11', '建国記念の日'), ('2024-02-12', '休日'),
    ('2024-02-23', '天皇誕生日'), ('2024-03-20', '春分の日'), ('2024-04-29', '昭和の日'), ('2024-05-03', '憲法記念日'),
    ('2024-05-04', 'みどりの日'), ('2024-05-05', 'こどもの日'), ('2024-05-06', '休日'), ('2024-07-15', '海の日'),
    ('2024-08-11', '山の日'), ('2024-08-12', '休日'), ('2024-09-16', '敬老の日'), ('2024-09-22', '秋分の日'),
    ('2024-09-23', '休日'), ('2024-10-14', 'スポーツの日'), ('2024-11-03', '文化の日'), ('2024-11-04', '休日'),
    ('2024-11-23', '勤労感謝の日'),
    ('2025-01-01', '元日'), ('2025-01-13', '成人の日'), ('2025-02-11', '建国記念の日'), ('2025-02-23', '天皇誕生日'),
    ('2025-02-24', '休日'), ('2025-03-20', '春分の日'), ('2025-04-29', '昭和の日'), ('2025-05-03', '憲法記念日'),
    ('2025-05-04', 'みどりの日'), ('2025-05-05', 'こどもの日'), ('2025-05-06', '休日'), ('2025-07-21', '海の日'),
    ('2025-08-11', '山の日'), ('2025-09-15', '敬老の日'), ('2025-09-23', '秋分の日'), ('2025-10-13', 'スポーツの日'),
    ('2025-11-03', '文化の日'), ('2025-11-23', '勤労感謝の日'), ('2025-11-24', '休日'),
    ('2026-01-01', '元日'), ('2026-01-12', '成人の日'), ('2026-02-11', '建国記念の日'), ('2026-02-23', '天皇誕生日'),
    ('2026-03-20', '春分の日'), ('2026-04-29', '昭和の日'), ('2026-05-03', '憲法記念日'), ('2026-05-04', 'みどりの日'),
    ('2026-05-05', 'こどもの日'), ('2026-05-06', '休日'), ('2026-07-20', '海の日'), ('2026-08-11', '山の日'),
    ('2026-09-21', '敬老の日'), ('2026-09-22', '休日'), ('2026-09-23', '秋分の日'), ('2026-10-12', 'スポーツの日'),
    ('2026-11-03', '文化の日'), ('2026-11-23', '勤労感謝の日'),
    ('2027-01-01', '元日'), ('2027-01-11', '成人の日'), ('2027-02-11', '建国記念の日'), ('2027-02-23', '天皇誕生日'),
    ('2027-03-21', '春分の日'), ('2027-03-22', '休日'), ('2027-04-29', '昭和の日'), ('2027-05-03', '憲法記念日'),
    ('2027-05-04', 'みどりの日'), ('2027-05-05', 'こどもの日'), ('2027-07-19', '海の日'), ('2027-08-11', '山の日'),
    ('2027-09-20', '敬老の日'), ('2027-09-23', '秋分の日'), ('2027-10-11', 'スポーツの日'), ('2027-11-03', '文化の日'),
    ('2027-11-23', '勤労感謝の日')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION registry.policy_number(wanted text, on_day date) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT value::integer FROM policy_parameter
    WHERE name = wanted AND valid_from <= on_day
    ORDER BY valid_from DESC
    LIMIT 1
$$;
COMMENT ON FUNCTION registry.policy_number IS 'The number in force on the day; NULL if there is none.';

CREATE OR REPLACE FUNCTION registry.day_is_closed(asked date) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT extract(isodow FROM asked) >= 6 OR to_char(asked, 'MM-DD') >= '12-29' OR to_char(asked, 'MM-DD') <= '01-03'
        OR EXISTS (SELECT FROM holiday WHERE day = asked)
$$;
COMMENT ON FUNCTION registry.day_is_closed IS 'Saturday, Sunday, a public holiday, or the turn of the year; as day_is_closed() in model/due.c.';

CREATE OR REPLACE FUNCTION registry.due_day(start date, days integer) RETURNS date
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT min(start + days + later)
    FROM generate_series(0, 31) AS later
    WHERE NOT day_is_closed(start + days + later)
$$;
COMMENT ON FUNCTION registry.due_day IS
    'Last day of a term: the first day is not counted, and an end on a closed day moves to the next open one; as due_day() in model/due.c.';

CREATE OR REPLACE FUNCTION registry.hold_due(today date) RETURNS date
    LANGUAGE sql STABLE
    RETURN registry.due_day(today, registry.policy_number('hold_answer_days', today));
COMMENT ON FUNCTION registry.hold_due IS 'Until when an insurer must answer a doubt that is raised today.';

CREATE OR REPLACE FUNCTION registry.hold_due_of(kind smallint, today date) RETURNS date
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT coalesce(due_day(today, policy_number('hold_answer_days_' || kind, today)), hold_due(today))
$$;
COMMENT ON FUNCTION registry.hold_due_of IS
    'hold_due for a kind of hold: its own parameter, hold_answer_days_ and the kind, comes first where there is one.';

CREATE OR REPLACE FUNCTION registry.registration_days(received_on date) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path = registry, pg_temp
AS $$
    SELECT coalesce(policy_number('registration_due_days', received_on), (
        SELECT value::integer FROM policy_parameter WHERE name = 'registration_due_days' ORDER BY valid_from LIMIT 1))
$$;
COMMENT ON FUNCTION registry.registration_days IS
    'Days in which an insurer must register what it was notified of on this day; before the rule''s first day, its first form.';

CREATE OR REPLACE FUNCTION registry.registration_due(received_on date) RETURNS date
    LANGUAGE sql STABLE
    RETURN registry.due_day(received_on, registry.registration_days(received_on));
COMMENT ON FUNCTION registry.registration_due IS
    'Last day for the registration of what an insurer was notified of on this day.';
