#include "crypto/pseudonym.h"

#include "base/text.h"
#include "crypto/mac.h"
#include "crypto/secret.h"

#include <stdlib.h>
#include <string.h>

/* Around the turn of the year two are in use; the others are for reading records of the past. */
enum { YEARS = 4, LABEL_BYTES = 48 };

struct pseudonym_year {
    int64_t     year;
    struct mac *mac; /* NULL: not derived yet */
};

const char *
pseudonym_keys_open(struct pseudonym_keys *keys, const char *path)
{
    *keys = (struct pseudonym_keys){ .master = secret_new(MASTER_KEY_BYTES),
                                     .years = calloc(YEARS, sizeof *keys->years) };
    const char *reason = "found no memory for its key";

    if (keys->master != NULL && keys->years != NULL)
        reason = key_file_read(path, keys->master, MASTER_KEY_BYTES);
    if (reason != NULL)
        pseudonym_keys_close(keys);
    return reason;
}

void
pseudonym_keys_close(struct pseudonym_keys *keys)
{
    for (size_t i = 0; keys->years != NULL && i < YEARS; i++)
        mac_free(keys->years[i].mac);
    free(keys->years);
    secret_free(keys->master, MASTER_KEY_BYTES);
    *keys = (struct pseudonym_keys){ 0 };
}

/* The Gregorian year; counts from 0000-03-01 so that the leap day comes last. */
static int64_t
year_of(day_t day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);

    return year_of_era + era * 400 + (day_of_year >= 306 ? 1 : 0);
}

static struct mac *
mac_of(struct pseudonym_keys *keys, int64_t year)
{
    struct pseudonym_year *slot = &keys->years[(uint64_t)year % YEARS];

    if (slot->mac != NULL && slot->year == year)
        return slot->mac;
    char          place[LABEL_BYTES];
    unsigned char key[MAC_BYTES];
    struct text   label = text_in(place, sizeof place);
    text_add_string(&label, "shikaku access record pseudonym ");
    text_add_number(&label, year);
    key_derive(span_make((const char *)keys->master, MASTER_KEY_BYTES), span_of(NULL),
               text_span(&label), key, sizeof key);
    mac_free(slot->mac);
    *slot = (struct pseudonym_year){ .year = year, .mac = mac_new(key, sizeof key) };
    explicit_bzero(key, sizeof key);
    return slot->mac;
}

void
pseudonym_make(struct pseudonym_keys *keys, day_t day, int64_t person_id,
               unsigned char *ret_pseudonym)
{
    unsigned char message[8];
    unsigned char mac[MAC_BYTES];

    for (int i = 0; i < 8; i++)
        message[i] = (unsigned char)((uint64_t)person_id >> (56 - 8 * i));
    mac_make(mac_of(keys, year_of(day)), message, sizeof message, mac);
    memcpy(ret_pseudonym, mac, PSEUDONYM_BYTES);
}
