/* services.h - what tests of services share: the scenario services.xml with filter criteria of their own,
 * and where messages went in it. */
#ifndef TESTS_FLOW_SERVICES_H
#define TESTS_FLOW_SERVICES_H

#include "tests/flow/play.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

#define GROUP(id, criteria)    "<group id='" id "'>" criteria "</group>"
#define SUBSCRIBERS(groups)    "<subscribers>" groups "</subscribers>"
#define CRITERION(n, as, rest) "<criterion priority='" n "' as='" as "' method='INVITE' " rest "/>"
#define CALL                   "<script><call from='UE-1' to='UE-2' hold='1s'/></script>"
#define CALL_CANCELLED(t)      "<script><call from='UE-1' to='UE-2' answer='20s' cancel='" t "'/></script>"
#define ORIGINATING(rest)      SUBSCRIBERS(GROUP("UE-1", CRITERION("1", "AS1", rest)))
#define BOTH                                                                                                 \
    SUBSCRIBERS(GROUP("UE-1", CRITERION("1", "AS1", ""))                                                     \
                    GROUP("UE-2", CRITERION("1", "AS3", "case='terminating'")))

/* The senders of the first transmissions of this message, in order, without phones. g_free. */
static inline char *path_of(const struct play *p, const char *type)
{
    GString *path = g_string_new(NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (hop_is(h, type, NULL, NULL) && !h->copy && h->nth == 1 && strncmp(h->from, "UE", 2) != 0)
            g_string_append_printf(path, "%s%s", path->len ? " " : "", h->from);
    }
    return g_string_free(path, FALSE);
}

static inline void assert_path(const struct play *p, const char *type, const char *wanted)
{
    char *path = path_of(p, type);
    if (strcmp(path, wanted) != 0)
        printf("\n%s went through %s, not %s", type, path, wanted);
    CU_ASSERT_STRING_EQUAL(path, wanted);
    g_free(path);
}

#define HOME1 "P-CSCF1 S-CSCF1"
#define HOME2 "I-CSCF2 S-CSCF2"

/* What the caller hears in the end: its status, or 200. */
static inline int64_t outcome(const struct play *p)
{
    return play_moments(p, MARK_CONNECTED) ? 200 : play_value(p, MARK_FAILED);
}

#endif
