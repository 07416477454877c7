/*
 * matching: what it costs to compare whom an insurer claims with whom the resident register holds.
 *
 * Shape   one JSON object a line and mix: comparisons of whole identities (five fields) per second
 *         of processor time, on one thread.
 *           equal     the same bytes
 *           usual     addresses in the register's notation, 87 names of 10,000 spelled otherwise
 *           all_kana  every kana name spelled otherwise
 *           strangers other people: every rule is tried in vain
 *         Then what it costs to ask: see inquiry.h.
 */
#include "inquiry.h"

#include "base/clock.h"
#include "match/match.h"
#include "model/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

enum { PAIRS = 10000, TEXT_BYTES = 128, USUAL_PER_TEN_THOUSAND = 87 };

static const double RUN_S = 1.0;

struct pair {
    struct identity claimed;
    struct identity registered;
    char            texts[6][TEXT_BYTES];
};

struct mix {
    const char *name;
    int         addresses; /* of 10,000 that are written otherwise */
    int         names;
    bool        are_strangers;
};

static const struct mix mixes[] = {
    { "equal", 0, 0, false },
    { "usual", PAIRS, USUAL_PER_TEN_THOUSAND, false },
    { "all_kana", PAIRS, PAIRS, false },
    { "strangers", PAIRS, PAIRS, true },
};

double
cpu_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct span
put(char *place, const char *text)
{
    return span_make(place, (size_t)snprintf(place, TEXT_BYTES, "%s", text));
}

static struct span
put_address(char *place, int number, bool is_registers)
{
    static const char *const numerals[] = { "一", "二", "三", "四", "五", "六", "七", "八", "九" };
    int block = number % 9, lot = number / 9 % 40 + 1, house = number / 360 % 30 + 1;

    if (is_registers)
        return span_make(place,
                         (size_t)snprintf(place, TEXT_BYTES, "東京都見本市合成町%s丁目%d番%d号",
                                          numerals[block], lot, house));
    return span_make(place, (size_t)snprintf(place, TEXT_BYTES, "東京都見本市合成町%d丁目%d番%d号",
                                             block + 1, lot, house));
}

static void
fill(struct pair *pairs, const struct mix *mix)
{
    for (int i = 0; i < PAIRS; i++) {
        struct pair *pair = &pairs[i];
        bool         is_spelled = i < mix->names, is_moved = i < mix->addresses;
        int          other = mix->are_strangers ? i + 1 : i;
        pair->claimed =
            (struct identity){ .name = put(pair->texts[0], "渡辺　慎一郎"),
                               .name_kana = put(pair->texts[1], "ワタナベ　シンイチロウ"),
                               .address = put_address(pair->texts[2], i, false),
                               .birth_date = i,
                               .sex = SEX_MALE };
        pair->registered = pair->claimed;
        pair->registered.name = put(pair->texts[3], is_spelled ? "渡邉　慎一郎" : "渡辺　慎一郎");
        pair->registered.name_kana =
            put(pair->texts[4], is_spelled ? "ワタナベ　シンイチロー" : "ワタナベ　シンイチロウ");
        if (mix->are_strangers) {
            pair->registered.name = put(pair->texts[3], "長谷川　京介");
            pair->registered.name_kana = put(pair->texts[4], "ハセガワ　キヨウスケ");
        }
        pair->registered.address = put_address(pair->texts[5], other, is_moved);
    }
}

static bool
run(struct pair *pairs, const struct mix *mix)
{
    struct match_result result;
    struct blame        blame = { 0 };
    uint64_t            done = 0, linked = 0;

    fill(pairs, mix);
    double start_s = cpu_now_s(), spent_s;
    do {
        for (int i = 0; i < PAIRS; i++) {
            if (match_compare(&pairs[i].claimed, &pairs[i].registered, MATCH_RULE_VERSION, &result,
                              &blame)
                != FAULT_NONE)
                return false;
            linked += match_decide(&result, false) == MATCH_LINK;
        }
        done += PAIRS;
        spent_s = cpu_now_s() - start_s;
    } while (spent_s < RUN_S);
    printf("{\"mix\":\"%s\",\"comparisons_per_cpu_s\":%.0f,\"linked\":%.4f}\n", mix->name,
           (double)done / spent_s, (double)linked / (double)done);
    return true;
}

int
main(void)
{
    struct pair *pairs = calloc(PAIRS, sizeof *pairs);
    bool         is_done = pairs != NULL;

    for (size_t i = 0; is_done && i < ARRAY_LEN(mixes); i++)
        is_done = run(pairs, &mixes[i]);
    free(pairs);
    is_done = is_done && inquiry_run();
    return is_done ? EX_OK : EX_SOFTWARE;
}
