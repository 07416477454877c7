/*
 * population: fills an empty registry with people who do not exist.
 */
#include "batch.h"
#include "load.h"
#include "question.h"
#include "register.h"

#include "base/text.h"
#include "model/day.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { PEOPLE_MAX = 200000000, PARAMETER_SIZE = 32 };

struct wishes {
    const char *url;
    int64_t     people;
    int64_t     facilities;
    int64_t     insurers;
    int64_t     seed;
    int64_t     jobs;
    day_t       today;
    const char *questions;
    const char *truth;
    const char *registered;
    const char *claims;

    struct batch_wish batch;
};

static const char usage[] =
    "population: fills an empty registry with people who do not exist.\n"
    "\n"
    "usage: population --database URL --people N [options]\n"
    "\n"
    "  --database URL     libpq connection string; its role may fill the registry "
    "(shikaku_loader).\n"
    "                     As a superuser, references are checked once for all rows: faster\n"
    "  --people N         how many, 1 to 200000000\n"
    "  --facilities N     default 1000\n"
    "  --insurers N       default 600; 400 to 3500\n"
    "  --seed S           default 1: the same seed, numbers and day give the same population\n"
    "  --today DAY        YYYY-MM-DD; default is the civil day in Japan\n"
    "  --questions FILE   writes questions with their answers, for the load client\n"
    "  --truth FILE       writes what is true of a sample of people today, one JSON object a line\n"
    "  --register FILE    writes what the resident register holds of everybody, for its stand-in\n"
    "  --claims FILE      writes what insurers claim of them, for `shikaku register-check`. With\n"
    "                     these and no --database nothing is filled\n"
    "  --batch FILE       writes them all as an insurer's acquisitions, in CSV (schema/batch)\n"
    "  --insurer NUMBER   the insurer that sends the batch\n"
    "  --wrong-links N    so many rows of the batch have another one's personal number\n"
    "  --jobs N           connections side by side, default 2\n"
    "  --help             this text\n"
    "\n"
    "Prints one line of JSON: counts, seconds of each phase, and the code of a hospital.\n"
    "Exit code: 0, or as in sysexits.h.\n";

static bool
number_parse(const char *text, int64_t least, int64_t most, int64_t *ret_number)
{
    char     *end = NULL;
    long long number = strtoll(text, &end, 10);

    if (end == text || *end != '\0' || number < least || number > most) {
        fprintf(stderr, "population: not a number from %" PRId64 " to %" PRId64 "\n", least, most);
        return false;
    }
    *ret_number = number;
    return true;
}

/* Returns false for an option that makes no sense. */
static bool
wish_take(struct wishes *wishes, int option, const char *text)
{
    struct blame blame = { 0 };

    switch (option) {
    case 'd':
        wishes->url = text;
        return true;
    case 'p':
        return number_parse(text, 1, PEOPLE_MAX, &wishes->people);
    case 'f':
        return number_parse(text, 1, WORLD_FACILITIES_MAX, &wishes->facilities);
    case 'i':
        return number_parse(text, WORLD_INSURERS_MIN, WORLD_INSURERS_MAX, &wishes->insurers);
    case 's':
        return number_parse(text, 0, INT64_MAX, &wishes->seed);
    case 'j':
        return number_parse(text, 1, JOBS_MAX, &wishes->jobs);
    case 't':
        return day_parse(span_of(text), &wishes->today, &blame) == FAULT_NONE;
    case 'q':
        wishes->questions = text;
        return true;
    case 'u':
        wishes->truth = text;
        return true;
    case 'g':
        wishes->registered = text;
        return true;
    case 'c':
        wishes->claims = text;
        return true;
    case 'b':
        wishes->batch.path = text;
        return true;
    case 'n':
        return insurer_number_parse(span_of(text), &wishes->batch.insurer, &blame) == FAULT_NONE;
    case 'w':
        return number_parse(text, 0, PEOPLE_MAX, &wishes->batch.wrong_links);
    default:
        return false;
    }
}

/* Returns -1 to go on, or an exit code. */
static int
wishes_read(struct wishes *wishes, int argc, char **argv)
{
    static const struct option options[] = {
        { "database", required_argument, NULL, 'd' },
        { "people", required_argument, NULL, 'p' },
        { "facilities", required_argument, NULL, 'f' },
        { "insurers", required_argument, NULL, 'i' },
        { "seed", required_argument, NULL, 's' },
        { "today", required_argument, NULL, 't' },
        { "questions", required_argument, NULL, 'q' },
        { "truth", required_argument, NULL, 'u' },
        { "register", required_argument, NULL, 'g' },
        { "claims", required_argument, NULL, 'c' },
        { "batch", required_argument, NULL, 'b' },
        { "insurer", required_argument, NULL, 'n' },
        { "wrong-links", required_argument, NULL, 'w' },
        { "jobs", required_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EX_OK;
        }
        if (!wish_take(wishes, option, optarg)) {
            fputs("population: see --help\n", stderr);
            return EX_USAGE;
        }
    }
    bool has_aim = wishes->url != NULL || wishes->registered != NULL || wishes->claims != NULL
                   || wishes->batch.path != NULL;
    bool has_sender = (wishes->batch.path == NULL) == (wishes->batch.insurer.digits[0] == '\0');
    if (!has_aim || !has_sender || wishes->people == 0 || optind != argc) {
        fputs("population: --people and a --database, or files, are needed, and an insurer for a "
              "batch; see --help\n",
              stderr);
        return EX_USAGE;
    }
    return -1;
}

static bool
holidays_read(struct store *store, day_t **ret_days, size_t *ret_count)
{
    PGresult *result =
        store_ask(store, "SELECT day - DATE '1970-01-01' FROM registry.holiday ORDER BY day");

    if (result == NULL)
        return false;
    size_t count = (size_t)PQntuples(result);
    *ret_days = calloc(count + 1, sizeof **ret_days);
    for (size_t i = 0; *ret_days != NULL && i < count; i++)
        (*ret_days)[i] = (day_t)strtol(PQgetvalue(result, (int)i, 0), NULL, 10);
    *ret_count = count;
    PQclear(result);
    return *ret_days != NULL;
}

/* Whatever the answers depend on that is laid down in the registry. */
static bool
plan_read(struct plan *plan, struct store *store, day_t **ret_holidays)
{
    char        day[DAY_ISO_SIZE];
    char        question[256];
    struct text text = text_in(question, sizeof question);
    int64_t     transition_end = 0;

    day_format_iso(plan->today, day);
    text_add_format(&text,
                    "SELECT value::date - DATE '1970-01-01' FROM registry.policy_parameter"
                    " WHERE name = 'old_card_transition_end' AND valid_from <= '%s'"
                    " UNION ALL SELECT -100000 ORDER BY 1 DESC LIMIT 1",
                    day);
    if (!store_ask_number(store, question, &transition_end)
        || !holidays_read(store, ret_holidays, &plan->holiday_count))
        return false;
    plan->transition_end = (day_t)transition_end;
    plan->holidays = *ret_holidays;
    return true;
}

static bool
is_empty(struct store *store)
{
    int64_t found = 1;

    if (!store_ask_number(store,
                          "SELECT count(*) FROM (SELECT FROM registry.person UNION ALL"
                          " SELECT FROM registry.insurer UNION ALL SELECT FROM registry.facility"
                          " LIMIT 1) AS anything",
                          &found))
        return false;
    if (found != 0)
        fputs("population: the registry is not empty; what is on record stays\n", stderr);
    return found == 0;
}

static void
summary_print(const struct load *load, double questions_s, size_t questions)
{
    const struct world      *world = load->plan->world;
    const struct load_times *times = &load->times;

    printf("{\"people\":%" PRId64 ",\"families\":%zu,\"coverages\":%" PRId64
           ",\"facilities\":%zu,\"insurers\":%zu,\"questions\":%zu,"
           "\"seconds\":{\"world\":%.2f,\"rows\":%.2f,\"dossiers\":%.2f,"
           "\"questions\":%.2f},\"facility_code\":\"%s\"}\n",
           load->roster->people, load->roster->family_count, load->coverages, world->facility_count,
           world->insurer_count, questions, times->world_s, times->rows_s, times->dossier_s,
           questions_s, world->facilities[0].code.digits);
}

static bool
write_files(const struct wishes *wishes, const struct plan *plan, const struct roster *roster)
{
    return (wishes->registered == NULL || register_write(wishes->registered, plan, roster))
           && (wishes->claims == NULL || claims_write(wishes->claims, plan, roster))
           && (wishes->batch.path == NULL || batch_write(&wishes->batch, plan, roster));
}

/* Who people are does not depend on what is laid down in a registry: none is needed here. */
static int
write_files_only(const struct wishes *wishes, struct plan *plan)
{
    struct roster roster = { 0 };
    int           code = EX_OK;

    plan->transition_end = DAY_UNKNOWN;
    if (!roster_open(&roster, plan, wishes->people))
        code = EX_OSERR;
    else if (!write_files(wishes, plan, &roster))
        code = EX_CANTCREAT;
    if (code == EX_OK)
        printf("{\"people\":%" PRId64 ",\"families\":%zu}\n", roster.people, roster.family_count);
    roster_close(&roster);
    return code;
}

static int
fill(const struct wishes *wishes, struct store *store, struct plan *plan)
{
    struct roster roster = { 0 };
    struct load   load = {
          .url = wishes->url, .plan = plan, .roster = &roster, .jobs = (int)wishes->jobs
    };
    size_t questions = 0;
    int    code = EX_OK;

    if (!is_empty(store))
        return EX_DATAERR;
    if (!roster_open(&roster, plan, wishes->people))
        code = EX_OSERR;
    else if (!load_run(&load, store))
        code = EX_UNAVAILABLE;
    double start = seconds_now();
    if (code == EX_OK && wishes->questions != NULL
        && !questions_write(wishes->questions, plan, &roster, &questions))
        code = EX_CANTCREAT;
    if (code == EX_OK && wishes->truth != NULL && !truth_write(wishes->truth, plan, &roster))
        code = EX_CANTCREAT;
    if (code == EX_OK && !write_files(wishes, plan, &roster))
        code = EX_CANTCREAT;
    if (code == EX_OK)
        summary_print(&load, seconds_now() - start, questions);
    roster_close(&roster);
    return code;
}

int
main(int argc, char **argv)
{
    struct wishes wishes = {
        .facilities = 1000, .insurers = 600, .seed = 1, .jobs = 2, .today = clock_day(clock_now())
    };
    int          code = wishes_read(&wishes, argc, argv);
    struct world world = { 0 };
    struct store store = { 0 };
    day_t       *holidays = NULL;

    if (code != -1)
        return code;
    struct plan plan = { .seed = (uint64_t)wishes.seed, .today = wishes.today, .world = &world };
    struct world_wish wish = { .seed = plan.seed,
                               .today = plan.today,
                               .insurers = (size_t)wishes.insurers,
                               .facilities = (size_t)wishes.facilities };
    if (!world_open(&world, &wish))
        code = EX_OSERR;
    else if (wishes.url == NULL)
        code = write_files_only(&wishes, &plan);
    else if (!store_open(&store, wishes.url) || !plan_read(&plan, &store, &holidays))
        code = EX_UNAVAILABLE;
    else
        code = fill(&wishes, &store, &plan);
    free(holidays);
    store_close(&store);
    world_close(&world);
    return code;
}
