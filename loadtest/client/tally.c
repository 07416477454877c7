#include "tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
tally_open(struct tally *tally, const struct options *options, const struct mix *mix,
           struct complaint *reterr_complaint)
{
    *tally = (struct tally){
        .mix = mix,
        .jobs = calloc(1, sizeof *tally->jobs),
        .latency = calloc(1, sizeof *tally->latency),
        .service = calloc(1, sizeof *tally->service),
        .watch_count = options->watch_count,
    };
    bool has_room = tally->latency != NULL && tally->service != NULL && tally->jobs != NULL;
    for (size_t i = 0; i < mix->count; i++) {
        tally->shares[i].latency = calloc(1, sizeof *tally->shares[i].latency);
        has_room = has_room && tally->shares[i].latency != NULL;
    }
    if (!has_room) {
        complain(reterr_complaint, "no memory for the histograms");
        return false;
    }
    for (size_t i = 0; i < options->watch_count; i++)
        if (!process_watch_parse(options->watches[i], &tally->watches[i], reterr_complaint))
            return false;
    return true;
}

void
tally_close(struct tally *tally)
{
    free(tally->latency);
    free(tally->service);
    free(tally->jobs);
    for (size_t i = 0; i < LOAD_SHARES_MAX; i++)
        free(tally->shares[i].latency);
    *tally = (struct tally){ 0 };
}

void
tally_window_begin(struct tally *tally)
{
    for (size_t i = 0; i < tally->watch_count; i++)
        tally->watches[i].cpu_before = process_cpu_seconds(tally->watches[i].pid);
    tally->own_cpu_before = process_own_cpu_seconds();
}

void
tally_window_end(struct tally *tally)
{
    tally->own_cpu_seconds = process_own_cpu_seconds() - tally->own_cpu_before;
    for (size_t i = 0; i < tally->watch_count; i++) {
        struct process_watch *watch = &tally->watches[i];
        watch->cpu_seconds = process_cpu_seconds(watch->pid) - watch->cpu_before;
    }
}

static uint64_t
statuses_bad(const struct tally *tally)
{
    uint64_t bad = 0;

    for (int status = 0; status < TALLY_STATUS_MAX; status++)
        if (status / 100 != 2)
            bad += tally->statuses[status];
    return bad;
}

enum load_outcome
tally_outcome(const struct tally *tally, const struct options *options)
{
    uint64_t troubles = statuses_bad(tally) - tally->expected_odd + tally->lost + tally->late
                        + tally->refused + tally->unsent + tally->jobs_unfinished
                        + (options->return_at > 0 && tally->return_ns == 0);

    if (options->mode == LOAD_MODE_IDLE)
        troubles += options->idle - tally->idle_held;
    if (tally->wrong > 0 || (tally->good == 0 && options->mode != LOAD_MODE_IDLE))
        return LOAD_WRONG;
    if (options->check && tally->checked == 0)
        return LOAD_WRONG; /* a check that checked nothing is not passed */
    return troubles > 0 && !options->tolerate ? LOAD_WRONG : LOAD_FINE;
}

struct quantile {
    const char *name;
    double      share;
};

static const struct quantile quantile_table[] = {
    { "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99.9", 0.999 }, { "max", 1.0 },
};

static double
per_answer_us(const struct tally *tally, double seconds)
{
    return tally->good == 0 ? 0 : seconds * 1e6 / (double)tally->good;
}

static double
rate_of(const struct tally *tally)
{
    return tally->window_seconds > 0 ? (double)tally->good / tally->window_seconds : 0;
}

static void
print_idle(const struct tally *tally, const struct options *options)
{
    double per_connection =
        ((double)tally->memory_open - (double)tally->memory_before) / (double)options->idle;

    printf("  %" PRIu64 " connections, %" PRIu64 " held to the end\n", options->idle,
           tally->idle_held);
    if (options->server_pid > 0)
        printf("  server memory %.1f MiB before, %.1f open, %.1f at the end: %.0f bytes each\n",
               (double)tally->memory_before / 1048576, (double)tally->memory_open / 1048576,
               (double)tally->memory_end / 1048576, per_connection);
}

static void
print_shares(const struct tally *tally)
{
    for (size_t i = 0; i < tally->mix->count; i++) {
        const struct tally_share *share = &tally->shares[i];

        printf("  %-10s %-10s %9" PRIu64 " as expected, wrong %" PRIu64 ", ms: p50 %.3f p99 %.3f\n",
               tally->mix->shares[i].kind, tally->mix->shares[i].way, share->answered, share->wrong,
               (double)histogram_quantile_ns(share->latency, 0.5) / 1e6,
               (double)histogram_quantile_ns(share->latency, 0.99) / 1e6);
    }
    if (tally->jobs_opened > 0)
        printf("  lists: %" PRIu64 " opened, %" PRIu64 " done with %" PRIu64 " answers, %" PRIu64
               " unfinished, s: p50 %.3f max %.3f\n",
               tally->jobs_opened, tally->jobs_done, tally->jobs_items, tally->jobs_unfinished,
               (double)histogram_quantile_ns(tally->jobs, 0.5) / 1e9,
               (double)histogram_quantile_ns(tally->jobs, 1.0) / 1e9);
}

static void
print_backlog(const struct tally *tally, const struct options *options)
{
    if (options->mode == LOAD_MODE_OPEN)
        printf("  backlog: %" PRIu64 " at most, of %" PRIu64 "%s\n", tally->backlog_most,
               options->backlog,
               tally->given_up > 0 ? ": HIT, what was beyond it was given up" : "");
    if (options->return_at > 0)
        printf("  return of all: %s %.3f s\n", tally->return_ns > 0 ? "within" : "not seen",
               (double)tally->return_ns / 1e9);
}

static void
print_troubles(const struct tally *tally)
{
    for (int status = 0; status < TALLY_STATUS_MAX; status++)
        if (tally->statuses[status] > 0)
            printf("  status %d: %" PRIu64 "\n", status, tally->statuses[status]);
    if (tally->checked > 0 || tally->wrong > 0)
        printf("  checked %" PRIu64 ", wrong %" PRIu64 "\n", tally->checked, tally->wrong);
    if (tally->lost + tally->late + tally->refused + tally->unsent > 0)
        printf("  lost %" PRIu64 ", late %" PRIu64 ", refused %" PRIu64 ", unsent %" PRIu64 "\n",
               tally->lost, tally->late, tally->refused, tally->unsent);
    if (tally->first_trouble.text[0] != '\0')
        printf("  first trouble: %s\n", tally->first_trouble.text);
}

void
tally_print(const struct tally *tally, const struct options *options)
{
    printf("%s: %s, %s %s, %" PRIu64 " connections, %.1f s\n", options->label,
           load_mode_name(options->mode), options->method, options->path, options->connections,
           tally->window_seconds);
    if (options->mode == LOAD_MODE_IDLE) {
        print_idle(tally, options);
    } else {
        printf("  %.0f/s  ms:", rate_of(tally));
        for (size_t i = 0; i < ARRAY_LEN(quantile_table); i++)
            printf(" %s %.3f", quantile_table[i].name,
                   (double)histogram_quantile_ns(tally->latency, quantile_table[i].share) / 1e6);
        printf("\n  CPU us each: client %.1f", per_answer_us(tally, tally->own_cpu_seconds));
        for (size_t i = 0; i < tally->watch_count; i++)
            printf(", %s %.1f", tally->watches[i].name,
                   per_answer_us(tally, tally->watches[i].cpu_seconds));
        printf("\n  handshakes %" PRIu64 ", resumed %" PRIu64 ", closed by server %" PRIu64 "\n",
               tally->handshakes, tally->handshakes_resumed, tally->closed_by_server);
        print_backlog(tally, options);
        print_shares(tally);
    }
    print_troubles(tally);
}

static void
json_text(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', file);
        if ((unsigned char)*text >= ' ')
            fputc(*text, file);
    }
    fputc('"', file);
}

static void
json_spread(FILE *file, const struct histogram *histogram)
{
    fprintf(file, "{\"count\": %" PRIu64 ", \"mean\": %.1f", histogram->count,
            histogram_mean_ns(histogram) / 1e3);
    for (size_t i = 0; i < ARRAY_LEN(quantile_table); i++)
        fprintf(file, ", \"%s\": %.1f", quantile_table[i].name,
                (double)histogram_quantile_ns(histogram, quantile_table[i].share) / 1e3);
    fprintf(file, "}");
}

static void
json_histogram(FILE *file, const char *name, const struct histogram *histogram)
{
    fprintf(file, "  \"%s\": ", name);
    json_spread(file, histogram);
    fprintf(file, ",\n");
}

static void
json_shares(FILE *file, const struct tally *tally)
{
    fprintf(file, "  \"mix\": [");
    for (size_t i = 0; i < tally->mix->count; i++) {
        fprintf(file, "%s\n    {\"kind\": ", i == 0 ? "" : ",");
        json_text(file, tally->mix->shares[i].kind);
        fprintf(file, ", \"way\": ");
        json_text(file, tally->mix->shares[i].way);
        fprintf(file,
                ", \"weight\": %.6g, \"answered\": %" PRIu64 ", \"wrong\": %" PRIu64
                ", \"latency_us\": ",
                tally->mix->shares[i].weight, tally->shares[i].answered, tally->shares[i].wrong);
        json_spread(file, tally->shares[i].latency);
        fprintf(file, "}");
    }
    fprintf(file, "],\n");
}

static void
json_statuses(FILE *file, const struct tally *tally)
{
    const char *comma = "";

    fprintf(file, "  \"statuses\": {");
    for (int status = 0; status < TALLY_STATUS_MAX; status++)
        if (tally->statuses[status] > 0) {
            fprintf(file, "%s\"%d\": %" PRIu64, comma, status, tally->statuses[status]);
            comma = ", ";
        }
    fprintf(file, "},\n");
}

static void
json_cpu(FILE *file, const struct tally *tally)
{
    fprintf(file, "  \"cpu_us_each\": {\"client\": %.2f",
            per_answer_us(tally, tally->own_cpu_seconds));
    for (size_t i = 0; i < tally->watch_count; i++) {
        fprintf(file, ", ");
        json_text(file, tally->watches[i].name);
        fprintf(file, ": %.2f", per_answer_us(tally, tally->watches[i].cpu_seconds));
    }
    fprintf(file, "},\n");
}

static void
json_counters(FILE *file, const struct tally *tally)
{
    const struct {
        const char *name;
        uint64_t    value;
    } counters[] = {
        { "good", tally->good },
        { "checked", tally->checked },
        { "wrong", tally->wrong },
        { "lost", tally->lost },
        { "late", tally->late },
        { "refused", tally->refused },
        { "unsent", tally->unsent },
        { "backlog_most", tally->backlog_most },
        { "given_up", tally->given_up },
        { "jobs_opened", tally->jobs_opened },
        { "jobs_done", tally->jobs_done },
        { "jobs_items", tally->jobs_items },
        { "jobs_unfinished", tally->jobs_unfinished },
        { "return_us", tally->return_ns / 1000 },
        { "closed_by_server", tally->closed_by_server },
        { "handshakes", tally->handshakes },
        { "handshakes_resumed", tally->handshakes_resumed },
        { "bytes_read", tally->bytes_read },
        { "body_bytes", tally->body_bytes },
        { "idle_held", tally->idle_held },
        { "memory_before", tally->memory_before },
        { "memory_open", tally->memory_open },
        { "memory_end", tally->memory_end },
    };
    for (size_t i = 0; i < ARRAY_LEN(counters); i++)
        fprintf(file, "  \"%s\": %" PRIu64 ",\n", counters[i].name, counters[i].value);
}

bool
tally_write_histogram(const struct tally *tally, const struct options *options,
                      struct complaint *reterr_complaint)
{
    FILE *file = fopen(options->histogram_out, "we");

    if (file == NULL) {
        complain(reterr_complaint, "%s: %s", options->histogram_out, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < HISTOGRAM_COUNTERS; i++)
        if (tally->latency->counters[i] > 0)
            fprintf(file, "%.3f %" PRIu64 "\n", (double)histogram_top_ns(i) / 1e3,
                    tally->latency->counters[i]);
    bool is_fine = ferror(file) == 0;
    if (fclose(file) != 0 || !is_fine) {
        complain(reterr_complaint, "%s: could not be written", options->histogram_out);
        return false;
    }
    return true;
}

bool
tally_write_json(const struct tally *tally, const struct options *options,
                 struct complaint *reterr_complaint)
{
    FILE *file = fopen(options->json_out, "we");

    if (file == NULL) {
        complain(reterr_complaint, "%s: %s", options->json_out, strerror(errno));
        return false;
    }
    fprintf(file, "{\n  \"label\": ");
    json_text(file, options->label);
    fprintf(file, ",\n  \"mode\": \"%s\",\n  \"connections\": %" PRIu64 ",\n",
            load_mode_name(options->mode), options->connections);
    fprintf(file, "  \"asked_rate\": %.1f,\n  \"rate\": %.1f,\n  \"seconds\": %.3f,\n",
            options->rate, rate_of(tally), tally->window_seconds);
    json_histogram(file, "latency_us", tally->latency);
    json_histogram(file, "service_us", tally->service);
    json_histogram(file, "jobs_us", tally->jobs);
    json_shares(file, tally);
    json_statuses(file, tally);
    json_cpu(file, tally);
    json_counters(file, tally);
    fprintf(file, "  \"first_trouble\": ");
    json_text(file, tally->first_trouble.text);
    fprintf(file, "\n}\n");
    bool is_fine = ferror(file) == 0;
    if (fclose(file) != 0 || !is_fine) {
        complain(reterr_complaint, "%s: could not be written", options->json_out);
        return false;
    }
    return true;
}
