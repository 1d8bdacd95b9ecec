/* cause_log.h - inside of the cause log, for the kernel only: who owns it and how it is kept. */
#ifndef SIM_CAUSE_LOG_H
#define SIM_CAUSE_LOG_H

#include "sim/cause.h"

struct cause_log {
    struct cause *part; /* index `first` and up; of 0, "none", there is none */
    uint32_t first;     /* lower ones are forgotten                          */
    uint32_t count;     /* the next index                                    */
    uint32_t room;      /* of `part`                                         */
};

struct cause_log *cause_log_new(void);
void cause_log_free(struct cause_log *log);

#endif
