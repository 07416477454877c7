/*
 * name: names of people who do not exist.
 *
 * Shape   Common surnames and given names with their readings, and those spellings that cause
 *         trouble: variants of one kanji, a kanji outside the basic plane, readings typed with
 *         large kana, names in Latin letters beside a common name.
 * Owner   writes into places of the caller.
 * Source  frequent surnames and trouble cases: domain facts, parts 14.1 and 14.2.
 */
#ifndef NAME_H
#define NAME_H

#include "dice.h"

#include "model/codes.h"

enum { PERSON_NAME_SIZE = 64, PERSON_KANA_SIZE = 112 };

struct surname {
    const char *written;
    const char *kana;
    const char *latin; /* a foreign family name, or NULL */
};

struct person_name {
    char name[PERSON_NAME_SIZE];
    char kana[PERSON_KANA_SIZE];
    char other[PERSON_NAME_SIZE]; /* "" for none */
    char other_kana[PERSON_KANA_SIZE];
};

struct surname surname_pick(struct dice *dice);

void name_make(struct person_name *name, const struct surname *surname, enum sex sex,
               struct dice *dice);

#endif
