/* test_reginfo.c - the registration state that NOTIFY carries: its text against a schema, by libxml2, and
 * what it says against what the S-CSCF knows and has said before (RFC 3680). */
#include "tests/flow/play.h"

#include "models/hss/hss.h"
#include "models/proto/diameter/diameter.h"

#include <CUnit/CUnit.h>

#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the schema ----------------------------------------------------------------------------------- */

static void complain(void *user, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void complain(void *user, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (user) {
        printf("\n  ");
        vprintf(format, args);
    }
    va_end(args);
}

static xmlSchemaPtr read_schema(void)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(IMSSIM_TEST_SRCDIR "/tests/data/reginfo.xsd");
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    CU_ASSERT_PTR_NOT_NULL_FATAL(schema);
    return schema;
}

static xmlDocPtr parsed(const char *text)
{
    return xmlReadMemory(text, (int)strlen(text), "reginfo.xml", NULL,
                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
}

static bool is_valid(xmlSchemaPtr schema, xmlDocPtr doc, bool aloud)
{
    xmlSchemaValidCtxtPtr ctxt = xmlSchemaNewValidCtxt(schema);
    xmlSchemaSetValidErrors(ctxt, complain, complain, aloud ? ctxt : NULL);
    bool valid = doc && xmlSchemaValidateDoc(ctxt, doc) == 0;
    xmlSchemaFreeValidCtxt(ctxt);
    return valid;
}

/* ---- what it says ----------------------------------------------------------------------------------- */

/* The one child element of this name. */
static xmlNodePtr child(xmlNodePtr of, const char *name)
{
    xmlNodePtr found = NULL;
    for (xmlNodePtr n = of->children; n; n = n->next)
        if (n->type == XML_ELEMENT_NODE) {
            CU_ASSERT_PTR_NULL(found);
            CU_ASSERT_STRING_EQUAL((const char *)n->name, name);
            found = n;
        }
    CU_ASSERT_PTR_NOT_NULL_FATAL(found);
    return found;
}

/* An attribute, "" when it is absent; good until the next call but one. */
static const char *attribute(xmlNodePtr n, const char *name)
{
    static char texts[2][64];
    static unsigned next;
    char *text = texts[next++ % 2];
    xmlChar *value = xmlGetProp(n, (const xmlChar *)name);
    g_strlcpy(text, value ? (const char *)value : "", sizeof texts[0]);
    xmlFree(value);
    return text;
}

static void assert_attribute(xmlNodePtr n, const char *name, const char *wanted)
{
    if (strcmp(attribute(n, name), wanted) != 0)
        printf("\n  %s of %s is \"%s\", not \"%s\"", name, n->name, attribute(n, name), wanted);
    CU_ASSERT_STRING_EQUAL(attribute(n, name), wanted);
}

/* Whose NOTIFYs have been seen: "Call-ID" -> the version that is due. */
static void check_version(GHashTable *due, const struct sip_msg *m, xmlNodePtr reginfo)
{
    uint64_t *key = g_new(uint64_t, 1);
    *key = m->call_id;
    guint version = GPOINTER_TO_UINT(g_hash_table_lookup(due, key));
    char *text = g_strdup_printf("%u", version);
    assert_attribute(reginfo, "version", text);
    g_free(text);
    g_hash_table_insert(due, key, GUINT_TO_POINTER(version + 1));
}

/* When the registration that is in force at the time of the hop was granted, and for how long; false: none
 * is. */
static bool in_force(const struct play *p, const struct hop *notify, sim_time *since, uint32_t *expires)
{
    bool there = false;
    for (guint i = 0; play_hop(p, i) != notify; i++) {
        const struct hop *h = play_hop(p, i);
        if (!hop_is(h, "200 OK (REGISTER)", notify->from, NULL) || h->nth > 1)
            continue;
        *since = h->sent;
        *expires = h->sip->cold->contact_expires;
        there = *expires != 0;
    }
    return there;
}

/* RFC 3680 5.1, 5.2: an active registration has an active contact and says how long it lasts, one that is
 * over has none. */
static void check_contents(const struct play *p, const struct hop *h, xmlNodePtr reginfo, const char *event)
{
    xmlNodePtr registration = child(reginfo, "registration"), contact = child(registration, "contact"),
               uri = child(contact, "uri");
    const struct sip_party *party = sip_party(p->world->sip, h->sip->from.id);
    bool active = h->sip->cold->subscription == SIP_SUB_ACTIVE;
    char *aor = g_strdup_printf("sip:%s@%s", party->user, sip_host(p->world->sip, party->domain)->name);
    char *address = g_strdup_printf("sip:%s@%s:%u", party->user, party->address, party->port);
    xmlChar *text = xmlNodeGetContent(uri);
    assert_attribute(reginfo, "state", "full");
    assert_attribute(registration, "aor", aor);
    assert_attribute(registration, "state", active ? "active" : "terminated");
    assert_attribute(contact, "state", active ? "active" : "terminated");
    assert_attribute(contact, "event", event);
    CU_ASSERT_STRING_EQUAL((const char *)text, address);
    sim_time since = 0;
    uint32_t expires = 0;
    if (active) {
        CU_ASSERT_TRUE(in_force(p, h, &since, &expires));
        sim_time left = since + expires * SIM_S - h->sent;
        char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, (left + SIM_S - 1) / SIM_S);
        assert_attribute(contact, "expires", seconds);
        g_free(seconds);
    } else {
        assert_attribute(contact, "expires", "");
    }
    xmlFree(text);
    g_free(address);
    g_free(aor);
}

/* The NOTIFYs of the S-CSCF and the events they tell of, in order of sending. */
static void check_notifies(struct play *p, const char *const *events)
{
    xmlSchemaPtr schema = read_schema();
    GHashTable *due = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < p->hops->len; i++) {
        const struct hop *h = play_hop(p, i);
        if (strcmp(h->type, "NOTIFY") != 0 || h->nth > 1)
            continue;
        char *text = hop_text(p, h), *body = strstr(text, "\r\n\r\n");
        CU_ASSERT_PTR_NOT_NULL_FATAL(body);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "\r\nContent-Type: application/reginfo+xml\r\n"));
        xmlDocPtr doc = parsed(body + 4);
        CU_ASSERT_TRUE(is_valid(schema, doc, true));
        if (doc && strncmp(h->from, "S-CSCF", 6) == 0 && *events) {
            check_version(due, h->sip, xmlDocGetRootElement(doc));
            check_contents(p, h, xmlDocGetRootElement(doc), *events++);
        }
        xmlFreeDoc(doc);
        g_free(text);
    }
    CU_ASSERT_PTR_NULL(*events);
    g_hash_table_destroy(due);
    xmlSchemaFree(schema);
}

#define REGISTERED "registered", "registered"
#define REFRESHED  "refreshed", "refreshed"

static void play_notifies(const char *const *events, const char *a, const char *b)
{
    struct play *p = play("registration", a ? a : "run.seed=1", b, NULL);
    check_notifies(p, events);
    play_end(p);
}

void test_reginfo_of_registrations(void)
{
    static const char *const left[] = {REGISTERED, REFRESHED, "unregistered", "unregistered", NULL};
    static const char *const ended[] = {REGISTERED, "rejected", "rejected", NULL};
    static const char *const expired[] = {REGISTERED, "expired", "expired", NULL};
    play_notifies(left, NULL, NULL);
    play_notifies(ended, "<script><at time='10s' ue='UE' do='deregister-by-network'/></script>", NULL);
    play_notifies(expired, "<faults><drop message='REGISTER' from='UE' nth='3' count='1000'/></faults>",
                  "at[2].time=90s");
}

/* The phone is to register again, and does: a new subscription begins with version 0. */
void test_reginfo_of_a_deactivated_registration(void)
{
    static const char *const events[] = {REGISTERED, "deactivated",  "deactivated",  REGISTERED,
                                         REFRESHED,  "unregistered", "unregistered", NULL};
    struct play *p = play_ready("registration", NULL);
    play_until(p, 10 * SIM_S);
    CU_ASSERT_TRUE(hss_deregister(net_find_node(p->world->net, "HSS1"), 0, DEREG_SERVER_CHANGE));
    play_until(p, SIM_NEVER);
    check_notifies(p, events);
    play_end(p);
}

/* A subscription that is refreshed while the registration goes on: what is left, not what was granted.
 * SUBSCRIBE is lost at first. */
void test_reginfo_says_how_long_it_lasts(void)
{
    static const char *const events[] = {REGISTERED, "unregistered", "unregistered", NULL};
    struct play *p = play("registration", "group[UE].expires=1000s", "at[2].time=100s",
                          "<faults><drop message='SUBSCRIBE' from='UE' count='2'/></faults>", NULL);
    CU_ASSERT_EQUAL(play_nth(p, "NOTIFY", "S-CSCF2", 2)->sent / SIM_S, 6);
    CU_ASSERT_EQUAL(play_nth(p, "NOTIFY", "S-CSCF2", 2)->sip->cold->reginfo.expires, 1000 - 6);
    check_notifies(p, events);
    play_end(p);
}

/* The schema has teeth. */
void test_reginfo_schema(void)
{
    static const char good[] =
        "<reginfo xmlns='urn:ietf:params:xml:ns:reginfo' version='0' state='full'>"
        "<registration aor='sip:UE@home.example' id='a0' state='active'>"
        "<contact id='c0' state='active' event='registered' expires='60'><uri>sip:UE@10.0.0.1</uri></contact>"
        "</registration></reginfo>";
    static const struct {
        const char *from, *to;
    } broken[] = {
        {":reginfo' version",          ":reginf' version"          },
        {" version='0'",               ""                          },
        {"version='0'",                "version='-1'"              },
        {"state='full'",               "state='whole'"             },
        {"aor='sip:UE@home.example'",  ""                          },
        {"aor='sip:",                  "aor='"                     },
        {" id='a0'",                   ""                          },
        {"id='a0' state='active'",     "id='a0' state='registered'"},
        {"id='c0' state='active'",     "id='c0' state='init'"      },
        {"event='registered'",         "event='left'"              },
        {" event='registered'",        ""                          },
        {"expires='60'",               "expires='soon'"            },
        {"<uri>sip:UE@10.0.0.1</uri>", ""                          },
        {"<uri>",                      "<url/><uri>"               },
        {"</contact>",                 "</contact><uri/>"          },
    };
    xmlSchemaPtr schema = read_schema();
    xmlDocPtr doc = parsed(good);
    CU_ASSERT_TRUE(is_valid(schema, doc, true));
    xmlFreeDoc(doc);
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        char **around = g_strsplit(good, broken[i].from, 2);
        CU_ASSERT_EQUAL_FATAL(g_strv_length(around), 2);
        char *text = g_strconcat(around[0], broken[i].to, around[1], NULL);
        doc = parsed(text);
        if (is_valid(schema, doc, false))
            printf("\n  \"%s\" instead of \"%s\" goes unseen", broken[i].to, broken[i].from);
        CU_ASSERT_FALSE(is_valid(schema, doc, false));
        xmlFreeDoc(doc);
        g_free(text);
        g_strfreev(around);
    }
    xmlSchemaFree(schema);
}
