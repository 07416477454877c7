/*
 * truth: whom the stand-in register holds.
 *
 * Shape   a file of lines, columns between tabs:
 *             personal_number name name_kana birth_date sex address [name_other name_other_kana]
 *         or, for a number of which the register says nothing: personal_number !code
 *         The file stays mapped; an index finds lines by number.
 * Errors  a reason to print, or NULL.
 * Owner   truth_close(); columns borrow from the file.
 */
#ifndef TRUTH_H
#define TRUTH_H

#include "base/attr.h"
#include "base/span.h"

#include <stdint.h>

enum truth_column {
    TRUTH_NUMBER,
    TRUTH_NAME,
    TRUTH_NAME_KANA,
    TRUTH_BIRTH_DATE,
    TRUTH_SEX,
    TRUTH_ADDRESS,
    TRUTH_NAME_OTHER,
    TRUTH_NAME_OTHER_KANA,
    TRUTH_COLUMNS
};

enum { TRUTH_NUMBER_LENGTH = 12 };

struct truth_slot {
    uint64_t number; /* + 1; 0: free */
    uint64_t at;     /* of the line in the file */
};

struct truth {
    const char        *bytes;
    size_t             length;
    struct truth_slot *slots;
    size_t             slot_count; /* a power of two */
    size_t             people;
};

struct person_line {
    struct span columns[TRUTH_COLUMNS];
};

MUST_USE const char *truth_open(struct truth *truth, const char *path);
void                 truth_close(struct truth *truth);

/* False for a number that nobody has. is_wrong: the next person's line instead. */
MUST_USE bool truth_find(const struct truth *truth, struct span number, bool is_wrong,
                         struct person_line *ret_line);

#endif
