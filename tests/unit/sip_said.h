/* sip_said.h - the fields of a SIP message, written down from its struct as sofia_read.c writes down what it
 * finds in the text: a line per field. What the printers of models/proto/sip do is not used for it. */
#ifndef TESTS_UNIT_SIP_SAID_H
#define TESTS_UNIT_SIP_SAID_H

#include "models/proto/sip/sip.h"

/* Appends the fields of `m`, up to "= valid". `names` (strings, freed with g_free) numbers tokens in order of
 * first appearance. */
void sip_said(GString *out, GHashTable *names, const struct sip_stack *sip, const struct sip_msg *m);
/* Appends the body of a NOTIFY as RFC 3680 has it. */
void sip_said_reginfo(GString *out, const struct sip_stack *sip, const struct sip_reginfo *r);

#endif
