/* access.h - the parameters of a cell's radio, as access.def lists them. */
#ifndef MODELS_ACCESS_ACCESS_H
#define MODELS_ACCESS_ACCESS_H

#include "sim/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A subframe, which is the transmission time interval (TS 36.211 4.1), and a frame. */
#define ACCESS_TTI   (1 * SIM_MS)
#define ACCESS_FRAME (10 * SIM_MS)

#define ACCESS_PREAMBLES_MAX 64 /* of a cell, TS 36.211 5.7.2 */

enum access_value {
#define ACCESS_VALUE(type, id, text, value) id = value,
#include "models/access/access.def"
};

typedef sim_time access_TIME, access_FRAME_START;
typedef double access_PROBABILITY;
typedef bool access_YES_NO;
typedef int access_COUNT, access_OCTETS, access_UPLINK_GRANT;
typedef uint64_t access_COUNT_LIMIT;

struct access_params {
#define ACCESS_PARAM(type, field, ...) access_##type field;
#include "models/access/access.def"
};

/* Which of them somebody has given. */
struct access_given {
#define ACCESS_PARAM(type, field, ...) bool field;
#include "models/access/access.def"
};

struct access_decl {
    const char *type, *field, *name, *dflt, *about, *acts, *source;
    size_t offset; /* in struct access_params */
};
extern const struct access_decl access_decls[];
extern const size_t access_ndecls;

/* The defaults of access.def. */
void access_defaults(struct access_params *p);
/* Sets one by its name from a text as access.def writes it; false: there is no such parameter, or no such
 * value. */
bool access_set(struct access_params *p, const char *name, const char *text);
/* Takes over those of `from` that are given. */
void access_overlay(struct access_params *p, const struct access_params *from,
                    const struct access_given *given);
/* What is wrong with them together, or NULL. Static text. */
const char *access_check(const struct access_params *p);

#endif
