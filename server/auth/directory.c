#include "auth/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INSURER_NUMBER_LENGTH = 8, NUMBER_DIGITS_MAX = 9 };

void
directory_open(struct directory *directory)
{
    *directory = (struct directory){ 0 };
    map_open(&directory->certificates_by_fingerprint, FINGERPRINT_BYTES);
    map_open(&directory->facilities_by_id, sizeof(int32_t));
    map_open(&directory->insurers_by_number, INSURER_NUMBER_LENGTH);
}

void
directory_close(struct directory *directory)
{
    map_close(&directory->certificates_by_fingerprint);
    map_close(&directory->facilities_by_id);
    map_close(&directory->insurers_by_number);
    free(directory->certificates);
    free(directory->facilities);
    free(directory->insurers);
    *directory = (struct directory){ 0 };
}

/* Where the row of this key is, or where it will be: rows keep their places for ever. */
static void *
row_for(struct map *map, const void *key, void **rows, size_t *count, size_t *room,
        size_t row_bytes)
{
    uint32_t at;

    if (map_get(map, key, &at))
        return (char *)*rows + at * row_bytes;
    if (*count == *room) {
        size_t wanted = *room == 0 ? 256 : *room * 2;
        void  *grown = reallocarray(*rows, wanted, row_bytes);
        if (grown == NULL)
            return NULL;
        *rows = grown;
        *room = wanted;
    }
    if (!map_put(map, key, (uint32_t)*count))
        return NULL;
    return (char *)*rows + (*count)++ * row_bytes;
}

bool
directory_put_certificate(struct directory *directory, const void *fingerprint,
                          const struct directory_certificate *certificate)
{
    void                         *rows = directory->certificates;
    struct directory_certificate *row =
        row_for(&directory->certificates_by_fingerprint, fingerprint, &rows,
                &directory->certificate_count, &directory->certificate_room, sizeof *row);
    directory->certificates = rows;
    if (row == NULL)
        return false;
    *row = *certificate;
    return true;
}

bool
directory_put_facility(struct directory *directory, const struct directory_facility *facility)
{
    void                      *rows = directory->facilities;
    struct directory_facility *row =
        row_for(&directory->facilities_by_id, &facility->facility_id, &rows,
                &directory->facility_count, &directory->facility_room, sizeof *row);
    directory->facilities = rows;
    if (row == NULL)
        return false;
    *row = *facility;
    return true;
}

bool
directory_put_insurer(struct directory *directory, const struct directory_insurer *insurer)
{
    void                     *rows = directory->insurers;
    struct directory_insurer *row =
        row_for(&directory->insurers_by_number, insurer->number, &rows, &directory->insurer_count,
                &directory->insurer_room, sizeof *row);
    directory->insurers = rows;
    if (row == NULL)
        return false;
    *row = *insurer;
    return true;
}

enum fault
directory_facility_actor(const struct directory *directory, int32_t facility_id, day_t today,
                         struct actor *ret_actor)
{
    uint32_t at;

    if (!map_get(&directory->facilities_by_id, &facility_id, &at))
        return FAULT_CERTIFICATE_UNKNOWN;
    const struct directory_facility *facility = &directory->facilities[at];
    *ret_actor = (struct actor){ .holder = HOLDER_FACILITY,
                                 .facility_id = facility->facility_id,
                                 .kind = facility->kind,
                                 .prefecture = facility->prefecture,
                                 .status = (enum facility_status)facility->status,
                                 .rights = (enum rights_profile)facility->rights };
    snprintf(ret_actor->facility_code, sizeof ret_actor->facility_code, "%s", facility->code);
    if (today < facility->valid_from || today >= facility->valid_to)
        ret_actor->status =
            FACILITY_SUSPENDED; /* closed, or not yet open: the code is not in use */
    return FAULT_NONE;
}

static enum fault
insurer_actor(const struct directory *directory, int32_t holder_id, day_t today,
              struct actor *ret_actor)
{
    *ret_actor = (struct actor){ .holder = HOLDER_INSURER, .status = FACILITY_SUSPENDED };
    snprintf(ret_actor->insurer_number, sizeof ret_actor->insurer_number, "%08u",
             (unsigned)holder_id % 100000000U);
    const struct directory_insurer *insurer =
        directory_insurer_of(directory, span_of(ret_actor->insurer_number));
    if (insurer == NULL)
        return FAULT_CERTIFICATE_UNKNOWN;
    if (today >= insurer->valid_from && today < insurer->valid_to)
        ret_actor->status = FACILITY_OPERATING;
    return FAULT_NONE;
}

/* Whether the role is still theirs is for the database to say, with the session. */
static enum fault
operator_actor(int32_t operator_id, struct actor *ret_actor)
{
    *ret_actor = (struct actor){ .holder = HOLDER_OPERATOR,
                                 .operator_id = operator_id,
                                 .status = FACILITY_OPERATING };
    return FAULT_NONE;
}

static enum fault
portal_actor(struct actor *ret_actor)
{
    *ret_actor = (struct actor){ .holder = HOLDER_PORTAL, .status = FACILITY_OPERATING };
    return FAULT_NONE;
}

enum fault
directory_recognise(const struct directory *directory, const unsigned char *fingerprint,
                    instant_t now, day_t today, struct actor *ret_actor)
{
    uint32_t at;

    if (fingerprint == NULL || !map_get(&directory->certificates_by_fingerprint, fingerprint, &at))
        return FAULT_CERTIFICATE_UNKNOWN;
    const struct directory_certificate *certificate = &directory->certificates[at];
    if (certificate->revoked_at != 0 || now < certificate->not_before
        || now >= certificate->not_after)
        return FAULT_CERTIFICATE_REVOKED;
    enum fault fault = FAULT_CERTIFICATE_PURPOSE;
    if (certificate->holder == HOLDER_FACILITY)
        fault = directory_facility_actor(directory, certificate->holder_id, today, ret_actor);
    else if (certificate->holder == HOLDER_INSURER)
        fault = insurer_actor(directory, certificate->holder_id, today, ret_actor);
    else if (certificate->holder == HOLDER_PORTAL)
        fault = portal_actor(ret_actor);
    else if (certificate->holder == HOLDER_OPERATOR)
        fault = operator_actor(certificate->holder_id, ret_actor);
    if (fault == FAULT_NONE)
        ret_actor->certificate_id = certificate->certificate_id;
    return fault;
}

const struct directory_insurer *
directory_insurer_of(const struct directory *directory, struct span number)
{
    uint32_t at;

    if (number.length != INSURER_NUMBER_LENGTH
        || !map_get(&directory->insurers_by_number, number.bytes, &at))
        return NULL;
    return &directory->insurers[at];
}

/* How many parameters stand before this name and day, or at them. */
static size_t
parameters_until(const struct directory *directory, const char *name, day_t day)
{
    size_t low = 0, high = directory->parameter_count;

    while (low < high) {
        size_t                            middle = low + (high - low) / 2;
        const struct directory_parameter *parameter = &directory->parameters[middle];
        int                               order = strcmp(parameter->name, name);
        if (order < 0 || (order == 0 && parameter->valid_from <= day))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool
directory_put_parameter(struct directory *directory, const struct directory_parameter *parameter)
{
    struct directory_parameter *list = directory->parameters;
    size_t at = parameters_until(directory, parameter->name, parameter->valid_from);

    if (directory->parameter_count == PARAMETERS_MAX)
        return false;
    memmove(&list[at + 1], &list[at], (directory->parameter_count - at) * sizeof *list);
    list[at] = *parameter;
    directory->parameter_count++;
    return true;
}

const char *
directory_parameter_on(const struct directory *directory, const char *name, day_t day)
{
    size_t until = parameters_until(directory, name, day);

    if (until == 0 || strcmp(directory->parameters[until - 1].name, name) != 0)
        return NULL;
    return directory->parameters[until - 1].value;
}

int32_t
directory_number_on(const struct directory *directory, const char *name, day_t day,
                    int32_t otherwise)
{
    struct span value = span_of(directory_parameter_on(directory, name, day));
    int32_t     number = 0;

    if (value.length == 0 || value.length > NUMBER_DIGITS_MAX || !span_is_digits(value))
        return otherwise;
    for (size_t i = 0; i < value.length; i++)
        number = number * 10 + (value.bytes[i] - '0');
    return number;
}
