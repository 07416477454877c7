/*
 * prefecture: the 47 prefectures by number.
 *
 * Shape   1 to 47; 0 is none.
 * Owner   constant table.
 * Source  都道府県番号: domain facts, part 2.7.
 */
#ifndef MODEL_PREFECTURE_H
#define MODEL_PREFECTURE_H

#include "base/span.h"

enum { PREFECTURE_NONE = 0, PREFECTURE_COUNT = 47 };

struct prefecture_row {
    const char *name_ja; /* without 都, 府 or 県 */
    const char *name;
};

const struct prefecture_row *prefecture_info(int prefecture); /* asserts 1 to 47 */

/* From two half-width digits; PREFECTURE_NONE when they name none. */
int prefecture_of(struct span two_digits);

#endif
