/* check_int.h - what the files of the invariants share. */
#ifndef MODELS_CHECK_CHECK_INT_H
#define MODELS_CHECK_CHECK_INT_H

#include "models/check/check.h"
#include "models/names.h"

struct check_answers;

/* Who may serve a phone. */
enum check_role { ROLE_ENB, ROLE_MME, ROLE_SGW, ROLE_PGW, ROLE_PCRF, ROLE_COUNT };

struct check {
    struct net *net;
    const struct sip_stack *sip;
    GPtrArray *broken;              /* char *                                */
    GPtrArray *phones;              /* struct node *, with an access side    */
    GPtrArray *serving[ROLE_COUNT]; /* struct node *                         */
    guint next;                     /* phone to compare                      */
    uint64_t compared;
    struct check_answers *answers; /* NULL: messages are not watched */
};

/* Something does not hold. The virtual time is put in front. */
void check_say(struct check *c, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* check_phones.c */
void check_find_servers(struct check *c);
/* Compares one phone. */
void check_phone(struct check *c, const struct node *phone);

/* check_answers.c */
struct check_answers *check_answers_new(struct net *net);
void check_answers_free(struct check_answers *a);
/* Says of every request that got there and was not answered. */
void check_answers_end(struct check *c, bool idle);

#endif
