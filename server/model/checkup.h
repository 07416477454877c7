/*
 * checkup: items of 特定健診 and 後期高齢者健診: what they are, how a list of them is written, and
 * how their values stand over the years.
 *
 * Shape   an item is a row of a table (checkup_items.c): code, name, data type, unit, input range
 *         or the codes it may have. What a code means may change with the year, so a code may have
 *         several rows, each from a day on.
 *         A list is text: entries with `~` between them, each `code^value^unit^flag`; what is empty
 *         at its end may be left out. An item is in a list once.
 *         checkup_series_make() turns lists of several days into one row for each item, latest
 *         value first.
 * Units   ranges in hundredths of the unit. Flags are the sender's: L below, H above.
 * Errors  enum checkup_trouble; checkup_series_make(): FAULT_REQUEST_TOO_LARGE when the arena is
 *         full. An item that the table has no longer is left out of the series.
 * Owner   values borrow the text; series live in the arena.
 * Source  domain facts, 10; codes are those of XML用特定健診項目情報 (JLAC10, 17 characters).
 */
#ifndef MODEL_CHECKUP_H
#define MODEL_CHECKUP_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHECKUP_CODE_LENGTH = 17,
    CHECKUP_ITEMS_MAX = 120,     /* in one list */
    CHECKUP_TEXT_BYTES_MAX = 768 /* of a value that is text */
};

enum checkup_type { CHECKUP_QUANTITY, CHECKUP_CHOICE, CHECKUP_TEXT };

struct checkup_choice {
    const char *code;
    const char *name; /* DataValueName */
};

struct checkup_item {
    const char                  *code;
    const char                  *name;
    enum checkup_type            type;
    const char                  *unit;     /* NULL: none */
    int16_t                      decimals; /* that a quantity may have */
    int32_t                      least;    /* input range, of quantities */
    int32_t                      most;
    const struct checkup_choice *choices; /* of choices; ends with a NULL code */
    day_t                        from_on; /* first day of this meaning; 0: always */
};

extern const struct checkup_item checkup_items[];
extern const size_t              checkup_item_count;

/* "PQ", "CD", "ST" */
const char *checkup_type_name(enum checkup_type type);

/* What the code means on a day; NULL: no such item. */
const struct checkup_item *checkup_item_of(struct span code, day_t on);

struct checkup_value {
    struct span code;
    struct span value;
    struct span unit;
    struct span flag;
};

/* The next entry of a list; false at its end. What has too many parts has an empty code. */
bool checkup_next(struct span *rest, struct checkup_value *ret_value);

enum checkup_trouble {
    CHECKUP_SOUND,
    CHECKUP_ITEM_UNKNOWN,
    CHECKUP_UNIT_WRONG,
    CHECKUP_VALUE_WRONG,
    CHECKUP_FLAG_WRONG,
    CHECKUP_OUT_OF_RANGE /* kept as it is */
};

/* The first that is found, by the order of the enum. */
enum checkup_trouble checkup_look(const struct checkup_value *value, day_t on);

/* In hundredths; false for what is no number. */
bool checkup_number(struct span text, int32_t *ret_hundredths);

/* NULL where it is no choice, or none of these. */
const char *checkup_choice_name(const struct checkup_item *item, struct span value);

struct checkup_list {
    day_t       examined_on;
    struct span items;
};

struct checkup_point {
    day_t       examined_on;
    struct span value;
    const char *name; /* of a choice */
    struct span flag;
};

struct checkup_series {
    const struct checkup_item *item;
    struct checkup_point      *points;
    size_t                     count;
};

/* Lists are sorted by day, latest first; series come in the order of the codes. */
MUST_USE enum fault checkup_series_make(const struct checkup_list *lists, size_t count,
                                        struct arena *arena, struct checkup_series **ret_series,
                                        size_t *ret_count);

#endif
