/*
 * codes: the field's coded values and ours, with their meaning.
 *
 * Shape   enum code_table names a table; its rows are code, Japanese, English. Enums stand beside
 *         those tables whose values decisions depend on; the others travel as text.
 * Owner   constant tables.
 * Source  業務コード OQSCD006 to OQSCD019, layout 8.07: interface facts, part 5. Facility columns:
 *         schema/11_facility.sql. OQSCD006 as an enum is in judge.h; a facility's status and rights
 *         are enums in request/request.h, with the numbers of the tables here.
 */
#ifndef MODEL_CODES_H
#define MODEL_CODES_H

#include "base/span.h"

enum sex { SEX_UNSET = 0, SEX_MALE = 1, SEX_FEMALE = 2, SEX_NOT_STATED = 3 }; /* OQSCD007 */

enum relation { RELATION_NONE = 0, RELATION_INSURED = 1, RELATION_FAMILY = 2 }; /* OQSCD009 */

enum facility_kind {
    FACILITY_KIND_NONE = 0,
    FACILITY_KIND_HOSPITAL = 1,
    FACILITY_KIND_MEDICAL_CLINIC = 2,
    FACILITY_KIND_DENTAL_CLINIC = 3,
    FACILITY_KIND_PHARMACY = 4,
    FACILITY_KIND_HOME_NURSING = 5,
    FACILITY_KIND_JUDO_ACUPUNCTURE = 6,
    FACILITY_KIND_COUNT
};

/* Why a facility asks. Stored in access records (access_record.purpose). */
enum purpose {
    PURPOSE_NONE = 0,
    PURPOSE_TREATMENT = 1,
    PURPOSE_DISPENSING = 2,
    PURPOSE_RECEPTION = 3, /* before the patient comes, or at the desk */
    PURPOSE_CLAIM = 4,     /* before a claim is sent */
    PURPOSE_HOME_VISIT = 5,
    PURPOSE_OTHER = 6,
    PURPOSE_COUNT
};

enum code_table {
    CODE_VALIDITY,               /* OQSCD006 */
    CODE_SEX,                    /* OQSCD007 */
    CODE_LOSS_REASON,            /* OQSCD008 */
    CODE_RELATION,               /* OQSCD009 */
    CODE_CARD_CLASS,             /* OQSCD010 */
    CODE_CEILING_CLASSIFICATION, /* OQSCD011 */
    CODE_CEILING_CLASS,          /* OQSCD012 */
    CODE_DISEASE,                /* OQSCD013 */
    CODE_PRESCHOOL,              /* OQSCD015 */
    CODE_CONSENT,                /* OQSCD016 */
    CODE_TICKET,                 /* OQSCD018 */
    CODE_TREATMENT,              /* OQSCD019 */
    CODE_FACILITY_KIND,
    CODE_FACILITY_STATUS,
    CODE_RIGHTS_PROFILE,
    CODE_PURPOSE,
    CODE_INSURER_KIND,
    CODE_LOSS_EVENT, /* L01 to L11, finer than OQSCD008 */
    CODE_OPERATION,
    CODE_NUMBER_SOURCE,
    CODE_NUMBER_ABSENCE,
    CODE_DELAY_REASON,
    CODE_CERTIFICATE_REASON,
    CODE_CONFIRM_REASON,
    CODE_DISCREPANCY_ANSWER,
    CODE_TABLE_COUNT
};

struct code_row {
    const char *code;
    const char *name; /* stable name on our wire; the same as code in the field's tables */
    const char *meaning_ja;
    const char *meaning;
};

struct code_table_row {
    const char            *id; /* "OQSCD006", or the registry's own name of the table */
    const struct code_row *rows;
    size_t                 count;
};

const struct code_table_row *code_table_info(enum code_table table);

/* The row of a code, or NULL. */
const struct code_row *code_info(enum code_table table, struct span code);

/* The row whose name it is ("pharmacy"), or NULL. */
const struct code_row *code_of_name(enum code_table table, struct span name);

/* The name of a numbered code of ours, for an enum of this header; NULL when there is none. */
const char *code_name(enum code_table table, int number);

/* The number of a code that is a number, by its name; 0 when there is none of this name. */
int code_number_of_name(enum code_table table, struct span name);

#endif
