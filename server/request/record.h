/*
 * record: what an access record says, before it is a row.
 *
 * Shape   who, when, what for, about whom (by pseudonym), which items, with what outcome.
 * Units   asked_on is a civil day; DAY_UNKNOWN and 0 stand for "does not apply".
 * Owner   plain values, but for detail and user_id, which borrow from the request's arena.
 * Source  schema/functions.md, access_append. No name, no number, ever.
 */
#ifndef REQUEST_RECORD_H
#define REQUEST_RECORD_H

#include "base/clock.h"
#include "base/span.h"

enum { DOSSIERS_MAX = 16, SUBJECT_BYTES = 16 };

enum access_way {
    WAY_NONE = 0,
    WAY_CARD = 1,
    WAY_NUMBER = 2,
    WAY_BULK = 3,
    WAY_ENROLMENT = 4, /* an insurer, and its own people */
    WAY_TICKET = 5,    /* a ticket on an earlier answer */
    WAY_EMERGENCY = 6, /* by card, without consent */
    WAY_DISASTER = 7,  /* without card, where disaster mode is open */
    WAY_PERSON = 8,    /* the person, through the portal */
    WAY_OFFICE = 9,    /* operators, two of them */
    WAY_AGENT = 10     /* whoever acts for the person, through the portal */
};

/* Bits: which groups of items left the registry. */
enum access_item {
    ITEM_COVERAGE = 1 << 0,
    ITEM_PERSON = 1 << 1,
    ITEM_ADDRESS = 1 << 2,
    ITEM_BURDEN_RATIO = 1 << 3,
    ITEM_ELDERLY = 1 << 4,
    ITEM_CEILING = 1 << 5,
    ITEM_SPECIFIC_DISEASE = 1 << 6,
    ITEM_PUBLIC_BENEFIT = 1 << 7,
    ITEM_REFERENCE_NUMBER = 1 << 8,
    ITEM_COMPARISON = 1 << 9, /* in what an insurer's data differ, without values */
    ITEM_ACCESSES = 1 << 10,  /* who was shown what of the person */
    ITEM_CHECKUPS = 1 << 11,
    ITEM_DRUGS = 1 << 12,
    ITEM_TREATMENTS = 1 << 13,
    ITEM_OPERATIONS = 1 << 14,
    ITEM_EXPENSES = 1 << 15, /* what treatments cost: told to the person only */
    ITEM_AGENTS = 1 << 16    /* who may act for the person */
};

/* What no coverage tells. */
enum { ITEMS_CLINICAL = ITEM_CHECKUPS | ITEM_DRUGS | ITEM_TREATMENTS | ITEM_OPERATIONS };

enum { CONSENT_CEILING = 1 << 0 };

struct access_record {
    int16_t       way;
    int16_t       purpose;
    bool          has_subject;
    int64_t       person_id; /* becomes the pseudonym in audit/; never stored as it is */
    int64_t       dossier_versions[DOSSIERS_MAX];
    size_t        dossier_count;
    bool          has_asked_on;
    day_t         asked_on;
    int16_t       consent;
    int32_t       items;
    int16_t       validity; /* OQSCD006, 0 none */
    int16_t       reason;   /* enum reason, 0 none */
    struct span   detail;
    instant_t     as_of; /* 0 none */
    unsigned char subject[SUBJECT_BYTES];

    /* filled when the row exists */
    int64_t   record_id;
    instant_t recorded_at;
};

/* An earlier record of the same request. */
struct prior {
    int16_t     validity;
    int16_t     reason;
    struct span detail;
    bool        has_asked_on;
    day_t       asked_on;
    int16_t     consent;
    instant_t   as_of;
    int64_t     versions[DOSSIERS_MAX];
    size_t      version_count;
};

#endif
