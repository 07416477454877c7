#include "command/harden.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

bool
harden_process(void)
{
    static const struct rlimit none = { .rlim_cur = 0, .rlim_max = 0 };
    const char                *allowed = getenv("SHIKAKU_ALLOW_DUMP");

    umask(077);
    if (allowed != NULL && strcmp(allowed, "1") == 0) {
        log_say(LOG_WARN, "dump_allowed", LOG_TEXT("by", "SHIKAKU_ALLOW_DUMP"));
        return true;
    }
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
}
