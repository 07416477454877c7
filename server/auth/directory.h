/*
 * directory: who may ask, and which insurers there are, in one worker's memory.
 *
 * Shape   certificates by fingerprint, facilities by id, insurers by number, policy parameters
 *         by name. Refreshed by poll.h with what changed; rows are states and are never deleted.
 * Units   refreshed_ms is clock_ticks_ms() of the last complete refresh, 0 before the first.
 * Errors  directory_recognise(): FAULT_CERTIFICATE_*, FAULT_DIRECTORY_STALE.
 * Owner   one worker; no locks.
 * Source  schema/functions.md, "Directory".
 */
#ifndef AUTH_DIRECTORY_H
#define AUTH_DIRECTORY_H

#include "base/map.h"
#include "request/request.h"

enum { PARAMETERS_MAX = 256 };

struct directory_certificate {
    int64_t          certificate_id;
    int32_t          holder_id; /* facility_id, operator_id; an insurer's digits as a number */
    enum holder_kind holder;
    instant_t        not_before;
    instant_t        not_after;
    instant_t        revoked_at; /* 0: not revoked */
};

struct directory_facility {
    int32_t facility_id;
    char    code[11];
    int16_t kind;
    int16_t prefecture;
    int16_t status;
    int16_t rights;
    day_t   valid_from;
    day_t   valid_to; /* DAY_FOREVER: open */
};

struct directory_insurer {
    char      number[9];
    char      name[192];
    char      contact[192];
    instant_t last_heard_at; /* 0: never */
    int16_t   usual_lag_days;
    day_t     valid_from;
    day_t     valid_to;
};

struct directory_parameter {
    char  name[64];
    day_t valid_from;
    char  value[64];
};

struct directory {
    struct directory_certificate *certificates;
    size_t                        certificate_count;
    size_t                        certificate_room;
    struct map                    certificates_by_fingerprint;

    struct directory_facility *facilities;
    size_t                     facility_count;
    size_t                     facility_room;
    struct map                 facilities_by_id;

    struct directory_insurer *insurers;
    size_t                    insurer_count;
    size_t                    insurer_room;
    struct map                insurers_by_number;

    struct directory_parameter parameters[PARAMETERS_MAX]; /* by name and valid_from */
    size_t                     parameter_count;

    int64_t refreshed_ms;
};

void directory_open(struct directory *directory);
void directory_close(struct directory *directory);

MUST_USE bool directory_put_certificate(struct directory *directory, const void *fingerprint,
                                        const struct directory_certificate *certificate);
MUST_USE bool directory_put_facility(struct directory                *directory,
                                     const struct directory_facility *facility);
MUST_USE bool directory_put_insurer(struct directory               *directory,
                                    const struct directory_insurer *insurer);
/* Of one name, each day once; kept in the order of names and days. False when there is no room. */
MUST_USE bool directory_put_parameter(struct directory                 *directory,
                                      const struct directory_parameter *parameter);

/* Fingerprint → facility, insurer, operator or portal, as of now; others have no business here. */
MUST_USE enum fault directory_recognise(const struct directory *directory,
                                        const unsigned char *fingerprint, instant_t now,
                                        day_t today, struct actor *ret_actor);

/* Facility id → actor, for work that goes on without the peer (bulk items). */
MUST_USE enum fault directory_facility_actor(const struct directory *directory, int32_t facility_id,
                                             day_t today, struct actor *ret_actor);

/* NULL when there is no such insurer. number has 8 digits. */
const struct directory_insurer *directory_insurer_of(const struct directory *directory,
                                                     struct span             number);

/* The parameter in force on the day, or NULL. */
const char *directory_parameter_on(const struct directory *directory, const char *name, day_t day);

/* The same as a whole number from 0 on; otherwise, where it is missing or none. */
int32_t directory_number_on(const struct directory *directory, const char *name, day_t day,
                            int32_t otherwise);

#endif
