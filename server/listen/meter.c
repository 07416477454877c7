#include "listen/meter.h"

/* clang-format off */
const uint32_t meter_bounds_us[METER_BOUNDS] = {
    250, 500, 1000, 2000, 3000, 5000, 7500, 10000, 15000, 25000, 50000, 100000, 500000, 2000000
};
/* clang-format on */

void
meter_request(struct meter *meter, int route, enum fault fault, int kind, int reason,
              int64_t microseconds)
{
    int bound = 0;

    if (route < 0 || route >= METER_ROUTES)
        route = 0;
    if (kind < 0 || kind >= METER_KINDS)
        kind = 0;
    while (bound < METER_BOUNDS && microseconds > meter_bounds_us[bound])
        bound++;
    meter_add(&meter->requests[route][fault], 1);
    meter_add(&meter->by_kind[route][kind], 1);
    meter_add(&meter->latency[route][bound], 1);
    meter_add(&meter->latency_sum_us[route], (uint64_t)microseconds);
    if (reason > 0 && reason < (int)ARRAY_LEN(meter->reasons))
        meter_add(&meter->reasons[reason], 1);
}
