/* load.h - from scenario files to a checked scenario: read, validate, merge, override, bind.
 *
 *   read      one file, its xi:includes and its profiles, as untrusted input (xml.c, include.c)
 *   validate  each file alone against scenarios/scenario.xsd (schema.c)
 *   merge     default < profiles in order < scenario < --set, by key, attribute by attribute (merge.c,
 *             set.c); every value remembers which file and line it came from
 *   validate  the result again, and what no schema can say: references, names, sense (check.c)
 *   bind      to the structs of scn.h through one table (bind.def, bind.c)
 *
 * What a scenario file may do to the machine that reads it is bounded: no DOCTYPE and so no entities, no
 * network, files only from the scenario's folder tree and the data folders, at most 64 MiB, 100000
 * elements, 32 levels and 256 files.
 *
 * Everything in here runs in the main thread, before any worker starts. */
#ifndef SCENARIOS_LOAD_LOAD_H
#define SCENARIOS_LOAD_LOAD_H

#include "scenarios/load/scn.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- names that only the models know ----------------------------------------------------------- */

/* Names of one sort. `known` says whether a name is one; `nth` returns the names in order and NULL after
 * the last: for "did you mean". A NULL `known` leaves names of this sort unchecked; a NULL `nth` leaves
 * out suggestions. */
struct scn_name_list {
    bool (*known)(const char *name);
    const char *(*nth)(size_t i);
};

/* A parameter that is declared outside of bind.def: a protocol timer of models/timers.def. */
struct scn_timer_row {
    const char *name;    /* sip.core.T1                              */
    const char *value;   /* its default with unit: "500ms"           */
    const char *clause;  /* "RFC 3261 17.1.1.1"                      */
    const char *about;   /* one line                                 */
    const char *acts_at; /* where it acts: "SIP transactions ..."    */
};

struct scn_names {
    struct scn_name_list interface;     /* "Gm": models/interfaces.def                             */
    struct scn_name_list message;       /* "200 OK (PRACK)" as the ladder spells it; "*" is ours    */
    struct scn_name_list protocol;      /* "SIP"                                                   */
    const struct scn_timer_row *timers; /* NULL: timer names are not checked                      */
    size_t n_timers;
};

/* ---- loading ------------------------------------------------------------------------------------- */

struct scn_load_opts {
    char **profiles;               /* hrefs of profiles that are laid over the scenario, below `sets`; or NULL */
    char **sets;                   /* the --set NAME=VALUE in order, NULL-terminated; or NULL            */
    char **dirs;                   /* more data folders, searched first, NULL-terminated; or NULL        */
    const struct scn_names *names; /* or NULL                                                            */
};

/* The merged XML with the origin of every value. Outlives the scn made from it or not, as you like. */
struct scn_doc;

/* Loads the scenario file `path` (see scn_find() for names without a path). `opts` may be NULL. Every
 * problem found is appended to `errors` as a string "file:line: what is wrong; what is accepted" (g_free
 * each, or give the array g_free as its free function), ordered by file and line. Returns the scenario
 * (scn_free), or NULL if there was a problem. *doc, when doc is not NULL, receives the merged document
 * (scn_doc_free), or NULL. */
struct scn *scn_load(const char *path, const struct scn_load_opts *opts, struct scn_doc **doc,
                     GPtrArray *errors);

/* The same for text in memory; `path` only says where relative hrefs start and what errors are called. */
struct scn *scn_load_text(const char *path, const char *text, size_t size, const struct scn_load_opts *opts,
                          struct scn_doc **doc, GPtrArray *errors);

void scn_doc_free(struct scn_doc *doc);

/* Checks a profile file alone: `imssim check profiles/x.xml`. True if the root element of `path` is
 * <profile>; then its problems were appended to `errors`. False: not a profile, errors untouched. */
bool scn_check_profile(const char *path, const struct scn_load_opts *opts, GPtrArray *errors);

/* The folders that hold scenario.xsd, the shipped scenarios and profiles/: $IMSSIM_DATADIR/scenarios
 * alone when that variable is set, else the installed one and the source tree's, those that exist. The
 * array is owned by the loader. */
char **scn_data_dirs(void);

/* What the user calls a scenario -> a path: `name` itself if it is a file or begins like a path, else
 * name or name.xml in a data folder ("mmd-3", "validation/node"). Never NULL: a name that is found nowhere
 * comes back as it is, for scn_load() to complain of. g_free. */
char *scn_find(const char *name);

/* Frees what is kept between loads (the parsed schema) and libxml2's globals. At exit. */
void scn_cleanup(void);

/* ---- parameters ---------------------------------------------------------------------------------- */

struct scn_param {
    const char *name;   /* "node[P-CSCF1].servers", or in lists "node[ID].servers"                  */
    const char *value;  /* in effect, or the default in lists; NULL = none; "(required)" in lists    */
    const char *unit;   /* "time", "bit/s", "" ...                                                   */
    const char *about;  /* one line: what it is                                                      */
    const char *source; /* of the default: a clause, or why it is so                                 */
    const char *acts;   /* where it acts                                                             */
    const char *origin; /* in effect: "file:line", "default", "--set ..."; NULL in lists             */
};
/* All strings live until the call returns. */
typedef void (*scn_param_fn)(const struct scn_param *param, void *user);

/* Every parameter there is, in the order of bind.def, then the timers of `names` (may be NULL). */
void scn_each_parameter(const struct scn_names *names, scn_param_fn fn, void *user);
/* Every value of this scenario, defaults included, in the order of the merged document. */
void scn_each_value(const struct scn_doc *doc, scn_param_fn fn, void *user);

/* `imssim list parameters`: a table. */
void scn_list_parameters(const struct scn_names *names, GString *out);
/* `check --effective`: a table of parameter, value, origin. */
void scn_effective(const struct scn_doc *doc, GString *out);
/* `check --effective=xml`: the same as one scenario file that needs no profile and loads to the same
 * scenario; comments name the origins. */
void scn_effective_xml(const struct scn_doc *doc, GString *out);

#endif
