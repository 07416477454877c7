#include "admin/metrics.h"

#include "base/clock.h"
#include "model/judge.h"
#include "route/route.h"

#include <stddef.h>

struct series_row {
    const char *name;
    const char *type;
    size_t      offset;
    const char *help;
};

#define METER(field) offsetof(struct meter, field)

/* clang-format off */
static const struct series_row series_table[] = {
    { "shikaku_connections_opened_total", "counter", METER(connections_opened),
      "TCP connections accepted" },
    { "shikaku_connections", "gauge", METER(connections_now),
      "connections open now" },
    { "shikaku_handshakes_unused_total", "counter", METER(handshakes_failed),
      "connections that ended before a request was heard" },
    { "shikaku_handshakes_resumed_total", "counter", METER(handshakes_resumed),
      "connections that resumed a TLS session" },
    { "shikaku_places_taken", "gauge", METER(places_taken),
      "requests under way" },
    { "shikaku_places_awaited", "gauge", METER(places_awaited),
      "requests that wait since all places are taken" },
    { "shikaku_places", "gauge", METER(places_all),
      "requests that may be under way" },
    { "shikaku_waiting", "gauge", METER(waiting),
      "requests that wait for a flight" },
    { "shikaku_flights_total", "counter", METER(flights),
      "transactions begun" },
    { "shikaku_passengers_total", "counter", METER(flown),
      "requests carried by transactions" },
    { "shikaku_flights_failed_total", "counter", METER(flights_failed),
      "transactions that the database refused" },
    { "shikaku_flights_lost_total", "counter", METER(flights_lost),
      "transactions whose end is unknown" },
    { "shikaku_replays_total", "counter", METER(replays),
      "requests that had been answered before" },
    { "shikaku_late_total", "counter", METER(late),
      "requests whose deadline passed" },
    { "shikaku_lanes_open", "gauge", METER(lanes_open),
      "database connections that are ready" },
    { "shikaku_refused_full_total", "counter", METER(refused_full),
      "requests refused because all places were taken" },
    { "shikaku_uploads", "gauge", METER(streams_now),
      "files that are being received" },
    { "shikaku_upload_bytes_total", "counter", METER(stream_bytes),
      "bytes of files received" },
};

static const char *const kind_names[METER_KINDS] = {
    "unknown", "hospital", "medical_clinic", "dental_clinic", "pharmacy", "home_nursing",
    "judo_acupuncture", "other", "insurer"
};
/* clang-format on */

static uint64_t
sum(const struct meters *meters, size_t offset)
{
    uint64_t total = 0;
    for (size_t i = 0; i <= meters->worker_count; i++) {
        const char *meter = i < meters->worker_count ? (const char *)&meters->workers[i].meter
                                                     : (const char *)meters->bulk;
        if (meter == NULL)
            continue;
        total += atomic_load_explicit((const meter_count *)(const void *)(meter + offset),
                                      memory_order_relaxed);
    }
    return total;
}

static void
write_head(struct text *text, const char *name, const char *type, const char *help)
{
    text_add_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* An item has the path of the list that it came with. */
static const char *
route_name(size_t route)
{
    for (size_t i = 0; route_at(i) != NULL; i++)
        if (route_at(i)->path != NULL
            && ((size_t)route_at(i)->id == route
                || (route != 0 && (size_t)route_at(i)->list.item_route == route)))
            return route_at(i)->path;
    return "none";
}

static const char *
method_name(size_t route)
{
    for (size_t i = 0; route_at(i) != NULL; i++)
        if ((size_t)route_at(i)->id == route)
            return route_at(i)->method;
    return "none";
}

static void
write_requests(struct text *text, const struct meters *meters)
{
    write_head(text, "shikaku_requests_total", "counter", "requests by route and outcome");
    for (size_t route = 0; route < METER_ROUTES; route++)
        for (size_t fault = 0; fault < FAULT_COUNT; fault++) {
            uint64_t count = sum(meters, offsetof(struct meter, requests[route][fault]));
            if (count > 0)
                text_add_format(
                    text,
                    "shikaku_requests_total{method=\"%s\",route=\"%s\",outcome=\"%s\"} %llu\n",
                    method_name(route), route_name(route), fault_info((enum fault)fault)->code,
                    (unsigned long long)count);
        }
    write_head(text, "shikaku_requests_by_kind_total", "counter",
               "requests by kind of facility, or of an insurer");
    for (size_t route = 0; route < METER_ROUTES; route++)
        for (size_t kind = 0; kind < METER_KINDS; kind++) {
            uint64_t count = sum(meters, offsetof(struct meter, by_kind[route][kind]));
            if (count > 0)
                text_add_format(
                    text,
                    "shikaku_requests_by_kind_total{method=\"%s\",route=\"%s\",kind=\"%s\"} %llu\n",
                    method_name(route), route_name(route), kind_names[kind],
                    (unsigned long long)count);
        }
}

static void
write_latency_of(struct text *text, const struct meters *meters, size_t route)
{
    static const char name[] = "shikaku_request_seconds";
    uint64_t          count = 0;

    for (size_t bound = 0; bound <= METER_BOUNDS; bound++) {
        count += sum(meters, offsetof(struct meter, latency[route][bound]));
        text_add_format(text, "%s_bucket{method=\"%s\",route=\"%s\",le=\"", name,
                        method_name(route), route_name(route));
        if (bound < METER_BOUNDS)
            text_add_format(text, "%g", meter_bounds_us[bound] / 1e6);
        else
            text_add_string(text, "+Inf");
        text_add_format(text, "\"} %llu\n", (unsigned long long)count);
    }
    uint64_t sum_us = sum(meters, offsetof(struct meter, latency_sum_us[route]));
    text_add_format(text, "%s_sum{method=\"%s\",route=\"%s\"} %.6f\n", name, method_name(route),
                    route_name(route), (double)sum_us / 1e6);
    text_add_format(text, "%s_count{method=\"%s\",route=\"%s\"} %llu\n", name, method_name(route),
                    route_name(route), (unsigned long long)count);
}

static void
write_latency(struct text *text, const struct meters *meters)
{
    write_head(text, "shikaku_request_seconds", "histogram", "from a request's head to its reply");
    for (size_t route = 0; route < METER_ROUTES; route++)
        if (sum(meters, offsetof(struct meter, latency_sum_us[route])) > 0)
            write_latency_of(text, meters, route);
}

static void
write_reasons(struct text *text, const struct meters *meters)
{
    write_head(text, "shikaku_answers_total", "counter", "eligibility answers by reason");
    for (size_t reason = 1; reason < REASON_COUNT; reason++)
        text_add_format(text, "shikaku_answers_total{reason=\"%s\"} %llu\n",
                        reason_info((enum reason)reason)->name,
                        (unsigned long long)sum(meters, offsetof(struct meter, reasons[reason])));
}

/* As of now: what a worker tells at its next tick only makes it younger. */
static void
write_directory_age(struct text *text, const struct meters *meters)
{
    int64_t now_ms = clock_ticks_ms();
    int64_t oldest_ms = 0;

    for (size_t i = 0; i < meters->worker_count; i++) {
        int64_t age_ms =
            now_ms
            - (int64_t)atomic_load_explicit(&meters->workers[i].meter.directory_refreshed_ms,
                                            memory_order_relaxed);
        if (age_ms > oldest_ms)
            oldest_ms = age_ms;
    }
    write_head(text, "shikaku_directory_age_seconds", "gauge",
               "since the worker that is most behind asked who may ask");
    text_add_format(text, "shikaku_directory_age_seconds %.3f\n", (double)oldest_ms / 1e3);
}

void
metrics_write(struct text *text, const struct meters *meters)
{
    for (size_t i = 0; i < ARRAY_LEN(series_table); i++) {
        const struct series_row *row = &series_table[i];
        write_head(text, row->name, row->type, row->help);
        text_add_format(text, "%s %llu\n", row->name, (unsigned long long)sum(meters, row->offset));
    }
    write_directory_age(text, meters);
    write_requests(text, meters);
    write_latency(text, meters);
    write_reasons(text, meters);
}
