/*
 * register: what the resident register holds of the same people, and what insurers claim of them.
 *
 * Shape   register_write(): a line for each person, columns between tabs, as
 *         tests/standins/resident_register reads it:
 *             personal_number name name_kana birth_date sex address name_other name_other_kana
 *         claims_write(): the first six columns as the insurer has them, as
 *         `shikaku register-check` reads them.
 *         Both are functions of seed and people. The register writes the 丁目 of addresses in kanji
 *         numerals; and 0.87 % of people otherwise than their insurers, in the ways of one table.
 * Errors  false; what went wrong has been said on standard error.
 * Source  0.87 %: 1.39 of 160 million records, mostly spelling: domain facts, part 13.1. Personal
 *         numbers: part 2.5; their check digit is the true one + 5 (mod 10), so that they belong to
 *         nobody.
 */
#ifndef REGISTER_H
#define REGISTER_H

#include "load.h"

#include "model/personal_number.h"

enum { REGISTER_DIFFERENT_PPM = 8700, PERSONAL_NUMBER_SIZE = PERSONAL_NUMBER_DIGITS + 1 };

/* What the register holds, with room for what spelling adds. */
struct registered {
    char name[2 * PERSON_NAME_SIZE];
    char kana[2 * PERSON_KANA_SIZE];
    char address[2 * ADDRESS_SIZE];
};

/* Unique among all people of one seed. */
void personal_number_make(uint64_t seed, int64_t person_id, char ret_digits[PERSONAL_NUMBER_SIZE]);

void registered_make(const struct plan *plan, const struct person *person,
                     struct registered *ret_registered);

MUST_USE bool register_write(const char *path, const struct plan *plan,
                             const struct roster *roster);
MUST_USE bool claims_write(const char *path, const struct plan *plan, const struct roster *roster);

#endif
