/*
 * row: one row of an insurer's file, as values; and the table of its columns.
 *
 * Shape   struct enrolment_row has a member for every column. What a file leaves out, or what
 *         could not be taken, is the empty span, DAY_UNKNOWN, 0 for codes, ROW_NONE for whole
 *         numbers, and no personal number; row_has() and row_is_broken() tell the two apart. Texts
 *         are without blanks around them, otherwise as sent.
 *         A column is one row of a table: its name in files, the field's element name, type,
 *         limits, codes, and for each operation whether it must be there, may, or must not.
 *         schema/batch/columns.md is printed from it.
 * Units   days are day_t; ratios percent; money yen; limits as the members of struct column say.
 * Errors  row_take() adds what it finds to the findings (finding.h) and never stops: a row with
 *         faults is a row.
 * Owner   spans borrow the text that row_take() was given; the personal number is a copy, which
 *         row_wipe() wipes.
 * Source  schema/31_batch.sql, batch_stage: the same names, but for branch_number, which is branch
 *         there; element names: interface facts, 4.4.
 */
#ifndef RULE_ROW_H
#define RULE_ROW_H

#include "base/clock.h"
#include "base/span.h"
#include "model/codes.h"
#include "model/personal_number.h"
#include "rule/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stable numbers, stored: batch_stage.operation. */
enum operation {
    OPERATION_NONE = 0,
    OPERATION_ACQUIRE = 1,                 /* a person gets a coverage */
    OPERATION_CHANGE = 2,                  /* of the person or the coverage, from a day on */
    OPERATION_LOSE = 3,                    /* a coverage ends */
    OPERATION_CANCEL = 4,                  /* a coverage that never existed */
    OPERATION_CEILING = 5,                 /* 限度額適用認定証 */
    OPERATION_ELDERLY_CERTIFICATE = 6,     /* 高齢受給者証 */
    OPERATION_SPECIFIC_DISEASE = 7,        /* 特定疾病療養受療証 */
    OPERATION_PUBLIC_BENEFIT = 8,          /* 公費 */
    OPERATION_ELIGIBILITY_CERTIFICATE = 9, /* 資格確認書 was issued */
    OPERATION_CHECKUP = 10,                /* 特定健診 or 後期高齢者健診 of one day */
    OPERATION_COUNT
};

enum { ROW_NONE = -1, ROW_CODE_SIZE = 4 };

/* A code that travels as text: two or three signs and NUL; "" is none. */
struct row_code {
    char text[ROW_CODE_SIZE];
};

struct enrolment_row {
    uint32_t row_no;        /* from 1; a header line is none */
    uint64_t given;         /* bit 1 << column: the file says something there */
    uint64_t broken;        /* bit 1 << column: but it could not be taken, and a finding says why */
    bool     is_unreadable; /* VR-39: nothing could be taken, and no other rule hears it */

    int16_t                operation; /* enum operation */
    struct span            row_key;
    struct span            insurer_number;
    struct span            symbol;
    struct span            number;
    struct span            branch_number;
    struct personal_number personal_number;
    int16_t                personal_number_source;  /* code_table number_source */
    int16_t                personal_number_absence; /* code_table number_absence */
    struct span            name;
    struct span            name_kana;
    struct span            name_other;
    struct span            name_other_kana;
    int16_t                sex1; /* enum sex */
    int16_t                sex2;
    day_t                  birth_date;
    struct span            address;
    struct span            post_number;
    int16_t                relation; /* enum relation */
    struct span            insured_name;
    struct row_code        card_class; /* OQSCD010 */
    day_t                  event_on;
    day_t                  notice_received_on;
    int16_t                delay_reason; /* code_table delay_reason */
    day_t                  acquired_on;
    day_t                  lost_on;     /* first day not covered */
    struct row_code        loss_reason; /* OQSCD008, or code_table loss_reason */
    day_t                  effective_on;
    day_t                  card_issued_on;
    day_t                  card_valid_from;
    day_t                  card_expires_on;
    int32_t                burden_ratio;           /* percent */
    struct row_code        ceiling_classification; /* OQSCD011 */
    struct row_code        ceiling_class;          /* OQSCD012 */
    day_t                  long_term_from;
    int16_t                disease_category; /* OQSCD013 */
    int32_t                self_pay;
    struct span            payer_number;
    struct span            recipient_number;
    struct span            certificate_number;
    int16_t                certificate_reason; /* code_table certificate_reason */
    struct span            credential_serial;
    day_t                  issued_on;
    day_t                  valid_from;
    day_t                  valid_until;
    day_t                  examined_on;
    struct span            checkup_items; /* a list as model/checkup.h has it */
};

/* In the order of the members; a finding names its field by this. */
enum column_id {
    COLUMN_OPERATION,
    COLUMN_ROW_KEY,
    COLUMN_INSURER_NUMBER,
    COLUMN_SYMBOL,
    COLUMN_NUMBER,
    COLUMN_BRANCH_NUMBER,
    COLUMN_PERSONAL_NUMBER,
    COLUMN_PERSONAL_NUMBER_SOURCE,
    COLUMN_PERSONAL_NUMBER_ABSENCE,
    COLUMN_NAME,
    COLUMN_NAME_KANA,
    COLUMN_NAME_OTHER,
    COLUMN_NAME_OTHER_KANA,
    COLUMN_SEX1,
    COLUMN_SEX2,
    COLUMN_BIRTH_DATE,
    COLUMN_ADDRESS,
    COLUMN_POST_NUMBER,
    COLUMN_RELATION,
    COLUMN_INSURED_NAME,
    COLUMN_CARD_CLASS,
    COLUMN_EVENT_ON,
    COLUMN_NOTICE_RECEIVED_ON,
    COLUMN_DELAY_REASON,
    COLUMN_ACQUIRED_ON,
    COLUMN_LOST_ON,
    COLUMN_LOSS_REASON,
    COLUMN_EFFECTIVE_ON,
    COLUMN_CARD_ISSUED_ON,
    COLUMN_CARD_VALID_FROM,
    COLUMN_CARD_EXPIRES_ON,
    COLUMN_BURDEN_RATIO,
    COLUMN_CEILING_CLASSIFICATION,
    COLUMN_CEILING_CLASS,
    COLUMN_LONG_TERM_FROM,
    COLUMN_DISEASE_CATEGORY,
    COLUMN_SELF_PAY,
    COLUMN_PAYER_NUMBER,
    COLUMN_RECIPIENT_NUMBER,
    COLUMN_CERTIFICATE_NUMBER,
    COLUMN_CERTIFICATE_REASON,
    COLUMN_CREDENTIAL_SERIAL,
    COLUMN_ISSUED_ON,
    COLUMN_VALID_FROM,
    COLUMN_VALID_UNTIL,
    COLUMN_EXAMINED_ON,
    COLUMN_CHECKUP_ITEMS,
    COLUMN_COUNT,
    COLUMN_NONE = COLUMN_COUNT /* a finding about the row as a whole */
};

enum column_type {
    COLUMN_TEXT,                /* struct span */
    COLUMN_DAY,                 /* day_t, from 2026-11-23 or 20261123 */
    COLUMN_CODE,                /* int16_t: a code that is a number, or its name */
    COLUMN_CODE_TEXT,           /* struct row_code */
    COLUMN_WHOLE,               /* int32_t, 0 to limit */
    COLUMN_PERSONAL_NUMBER_TYPE /* struct personal_number */
};

enum column_use { COLUMN_REFUSED = '-', COLUMN_ALLOWED = 'o', COLUMN_REQUIRED = 'R' };

struct column {
    const char      *name;
    const char      *element; /* the field's element name, or NULL: ours alone */
    enum column_type type;
    size_t           offset;
    uint16_t         chars_max;
    uint16_t         bytes_max;
    int32_t          limit;                /* of whole numbers */
    enum code_table  codes;                /* of codes; CODE_TABLE_COUNT: none */
    enum code_table  more_codes;           /* a second table whose codes are taken too */
    char             use[OPERATION_COUNT]; /* by operation - 1, as enum column_use; and NUL */
    uint8_t          rule;                 /* what is found when the value cannot be taken */
    const char      *example;
    const char      *meaning_ja;
    const char      *meaning;
};

const struct column *column_info(enum column_id id);

/* COLUMN_NONE for a name that no column has. */
enum column_id column_of_name(struct span name);

enum column_use column_use_of(enum column_id id, enum operation operation);

/* Bits 1 << column; none for OPERATION_NONE. */
uint64_t columns_required(enum operation operation);
uint64_t columns_refused(enum operation operation);

static inline bool
row_has(const struct enrolment_row *row, enum column_id id)
{
    return (row->given >> id & 1) != 0;
}

static inline bool
row_is_broken(const struct enrolment_row *row, enum column_id id)
{
    return (row->broken >> id & 1) != 0;
}

/* Given, and taken: a rule may look at it. */
static inline bool
row_reads(const struct enrolment_row *row, enum column_id id)
{
    return ((row->given & ~row->broken) >> id & 1) != 0;
}

/* Every member as a file that leaves everything out would have it. */
void row_clear(struct enrolment_row *row);

/* Takes a field's text, UTF-8. Nothing but blanks is the same as leaving it out. */
void row_take(struct enrolment_row *row, enum column_id id, struct span text,
              struct findings *findings);

void row_wipe(struct enrolment_row *row);

#endif
