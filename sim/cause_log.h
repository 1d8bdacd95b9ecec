/* cause_log.h - inside of the cause log, for the kernel only: who owns it and how it is kept. */
#ifndef SIM_CAUSE_LOG_H
#define SIM_CAUSE_LOG_H

#include "sim/cause.h"

struct cause_log {
    struct cause *part; /* part[0] is never used */
    uint32_t count;     /* part[0] included */
    uint32_t room;
};

struct cause_log *cause_log_new(void);
void cause_log_free(struct cause_log *log);

#endif
