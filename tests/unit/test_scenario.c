/* test_scenario.c - scenario files: what is in bind.def and scenario.xsd, loading, --set, listings. */
#include "scenarios/load/load.h"
#include "scenarios/load/load_int.h"
#include "tests/unit/scenario_help.h"

#include <CUnit/CUnit.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the table and the schema say the same ------------------------------------------------------------- */

static xmlDocPtr xsd;

static xmlDocPtr open_xsd(void)
{
    char *path = g_build_filename(scn_data_dirs()[0], "scenario.xsd", NULL);

    xsd = xmlReadFile(path, NULL, XML_PARSE_NOBLANKS | XML_PARSE_NONET);
    g_free(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(xsd);
    return xsd;
}

/* The top-level declaration <xs:sort name="name">. */
static xmlNodePtr declared(const char *sort, const char *name)
{
    for (xmlNodePtr node = scn_first(xmlDocGetRootElement(xsd)); node; node = scn_next(node)) {
        if (strcmp((const char *)node->name, sort) == 0 && strcmp(scn_get(node, "name"), name) == 0)
            return node;
    }
    return NULL;
}

/* Nodes <xs:sort> anywhere below. */
static void below(const xmlNode *node, const char *sort, GPtrArray *found)
{
    for (xmlNodePtr child = scn_first(node); child; child = scn_next(child)) {
        if (strcmp((const char *)child->name, sort) == 0)
            g_ptr_array_add(found, child);
        below(child, sort, found);
    }
}

/* What the schema says of an element's attributes: "name type use default", sorted, one a line. */
static char *attributes_in_schema(const char *type)
{
    GPtrArray *found = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    xmlNodePtr node = declared("complexType", type);

    if (node)
        below(node, "attribute", found);
    for (guint i = 0; i < found->len; i++) {
        xmlNodePtr a = g_ptr_array_index(found, i);
        const char *use = scn_get(a, "use"), *dflt = scn_get(a, "default");
        g_string_append_printf(text, "%s %s %s %s\n", scn_get(a, "name"), scn_get(a, "type"),
                               use ? use : "optional", dflt ? dflt : "-");
    }
    g_ptr_array_free(found, TRUE);
    return g_string_free(text, FALSE);
}

static char *attributes_in_table(int element)
{
    GString *text = g_string_new(NULL);

    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        bool required = row->mode == SCN_M_KEY || row->mode == SCN_M_REQ;
        if ((int)row->element == element && *row->name)
            g_string_append_printf(text, "%s %s %s %s\n", row->name, scn_types[row->type].xsd,
                                   required ? "required" : "optional",
                                   row->mode == SCN_M_DEF ? row->dflt : "-");
    }
    return g_string_free(text, FALSE);
}

static char *children_in_schema(const char *type)
{
    GPtrArray *found = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    xmlNodePtr node = declared("complexType", type);

    if (node)
        below(node, "element", found);
    for (int e = 0; e < SCN_ELEMENTS; e++) { /* in the table's order */
        for (guint i = 0; i < found->len; i++) {
            xmlNodePtr a = g_ptr_array_index(found, i);
            if (strcmp(scn_get(a, "name"), scn_elements[e].name) == 0 &&
                strcmp(scn_get(a, "type"), scn_elements[e].xsd) == 0) {
                g_string_append_printf(text, "%s %s\n", scn_get(a, "name"), scn_get(a, "type"));
                g_ptr_array_remove_index(found, i--);
            }
        }
    }
    for (guint i = 0; i < found->len; i++)
        g_string_append_printf(text, "%s that the table does not have\n",
                               scn_get(g_ptr_array_index(found, i), "name"));
    g_ptr_array_free(found, TRUE);
    return g_string_free(text, FALSE);
}

static char *children_in_table(int element)
{
    GString *text = g_string_new(NULL);

    for (int e = 0; e < SCN_ELEMENTS; e++) {
        if (scn_elements[e].parents >> element & 1)
            g_string_append_printf(text, "%s %s\n", scn_elements[e].name, scn_elements[e].xsd);
    }
    return g_string_free(text, FALSE);
}

void test_scenario_table_is_schema(void)
{
    GHashTable *types = g_hash_table_new(g_str_hash, g_str_equal);

    open_xsd();
    for (int e = 0; e < SCN_ELEMENTS; e++) {
        char *a = attributes_in_schema(scn_elements[e].xsd), *b = attributes_in_table(e);
        assert_text(a, b, scn_elements[e].name);
        g_free(a);
        g_free(b);
        a = children_in_schema(scn_elements[e].xsd);
        b = children_in_table(e);
        assert_text(a, b, scn_elements[e].name);
        g_free(a);
        g_free(b);
        g_hash_table_add(types, (char *)scn_elements[e].xsd);
        /* Roots are elements of their own. */
        if (!scn_elements[e].parents)
            CU_ASSERT_PTR_NOT_NULL(declared("element", scn_elements[e].name));
    }
    /* And the schema has no element or type besides. */
    for (int t = 0; t < SCN_TYPES; t++) {
        CU_ASSERT_PTR_NOT_NULL(declared("simpleType", scn_types[t].xsd));
        g_hash_table_add(types, (char *)scn_types[t].xsd);
    }
    for (xmlNodePtr node = scn_first(xmlDocGetRootElement(xsd)); node; node = scn_next(node)) {
        const char *name = scn_get(node, "name");
        bool type = g_str_has_suffix((const char *)node->name, "Type");
        if (type && strcmp(name, "role") != 0 && !g_hash_table_contains(types, name))
            printf("\nscenario.xsd: type %s is not in bind.def\n", name);
        CU_ASSERT_TRUE(!type || strcmp(name, "role") == 0 || g_hash_table_contains(types, name));
    }
    g_hash_table_destroy(types);
    xmlFreeDoc(xsd);
}

void test_scenario_enumerations_are_schema(void)
{
    open_xsd();
    for (int t = 0; t < SCN_TYPES; t++) {
        GPtrArray *found = g_ptr_array_new();
        GString *a = g_string_new(NULL), *b = g_string_new(NULL);

        below(declared("simpleType", scn_types[t].xsd), "enumeration", found);
        for (guint i = 0; i < found->len; i++)
            g_string_append_printf(a, "%s ", scn_get(g_ptr_array_index(found, i), "value"));
        for (const struct scn_value_row *row = scn_values; row->text; row++) {
            if ((int)row->type == t)
                g_string_append_printf(b, "%s ", row->text);
        }
        assert_text(a->str, b->str, scn_types[t].xsd);
        /* A type without words of its own is an enumeration. */
        CU_ASSERT_TRUE(scn_types[t].accepts || found->len);
        g_string_free(a, TRUE);
        g_string_free(b, TRUE);
        g_ptr_array_free(found, TRUE);
    }
    /* The words for roles list the schema's. */
    GPtrArray *roles = g_ptr_array_new();
    below(declared("simpleType", "role"), "enumeration", roles);
    CU_ASSERT_EQUAL(roles->len, 11);
    for (guint i = 0; i < roles->len; i++)
        assert_has(scn_accepts(SCN_T_ROLES), scn_get(g_ptr_array_index(roles, i), "value"));
    g_ptr_array_free(roles, TRUE);
    xmlFreeDoc(xsd);
}

/* What is needed after the merge is a key of <merged>, field by field. */
void test_scenario_needs_are_keys(void)
{
    open_xsd();
    for (int e = 0; e < SCN_ELEMENTS; e++) {
        GString *table = g_string_new(NULL), *schema = g_string_new(NULL);
        char *name = g_strdup_printf("needs-of-%s", scn_elements[e].name);
        GPtrArray *keys = g_ptr_array_new();

        for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
            if ((int)row->element == e && row->mode == SCN_M_NEED)
                g_string_append_printf(table, "@%s ", row->name);
        }
        below(declared("element", "merged"), "key", keys);
        for (guint i = 0; i < keys->len; i++) {
            xmlNodePtr key = g_ptr_array_index(keys, i);
            GPtrArray *fields = g_ptr_array_new();
            below(key, "field", fields);
            for (guint k = 1; k < fields->len && strcmp(scn_get(key, "name"), name) == 0;
                 k++) /* 0 is the id */
                g_string_append_printf(schema, "%s ", scn_get(g_ptr_array_index(fields, k), "xpath"));
            g_ptr_array_free(fields, TRUE);
        }
        assert_text(schema->str, table->str, scn_elements[e].name);
        g_ptr_array_free(keys, TRUE);
        g_string_free(table, TRUE);
        g_string_free(schema, TRUE);
        g_free(name);
    }
    xmlFreeDoc(xsd);
}

void test_scenario_defaults_convert(void)
{
    int defaults = 0;

    for (const struct scn_attr_row *row = scn_attrs; row->name; row++) {
        void *field = g_malloc0(sizeof(struct dist));
        GError *error = NULL;
        if (row->mode != SCN_M_DEF) {
            CU_ASSERT_PTR_NULL(row->dflt);
        } else if (scn_convert(row->type, row->dflt, NULL, field, &error)) {
            scn_convert_clear(row->type, field);
            defaults++;
        } else {
            CU_FAIL("a default of bind.def is not valid");
            g_clear_error(&error);
        }
        /* What a default rests on is said. */
        CU_ASSERT_TRUE(*row->about && *row->acts && *row->source);
        g_free(field);
    }
    CU_ASSERT_TRUE(defaults > 30);
}

/* ---- loading ------------------------------------------------------------------------------------------- */

void test_scenario_base(void)
{
    struct loaded l = load_file(IMSSIM_TEST_SRCDIR "/tests/data/scenario/base.xml", NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(l.scn);
    CU_ASSERT_STRING_EQUAL(l.scn->name, "base");
    CU_ASSERT_STRING_EQUAL(l.scn->title, "Two phones, two boxes");
    CU_ASSERT_EQUAL(l.scn->networks->len, 1);
    CU_ASSERT_STRING_EQUAL(g_array_index(l.scn->networks, struct scn_network, 0).domain, "domain1.example");
    CU_ASSERT_EQUAL_FATAL(l.scn->nodes->len, 2);
    const struct scn_node *node = &g_array_index(l.scn->nodes, struct scn_node, 0);
    CU_ASSERT_STRING_EQUAL(node->id, "P-CSCF1");
    CU_ASSERT_STRING_EQUAL(node->network, "home1");
    CU_ASSERT_EQUAL(node->gm_port, 7531);
    CU_ASSERT_TRUE(node->gm_sigcomp);
    CU_ASSERT_EQUAL(node->servers, 4);
    CU_ASSERT_EQUAL(node->queue, -1);
    CU_ASSERT_EQUAL(node->discipline, SCN_PRIORITY);
    CU_ASSERT_EQUAL(node->overload, SCN_OVERLOAD_DROP);
    CU_ASSERT_EQUAL(node->pos.line, 5);
    CU_ASSERT_EQUAL_FATAL(node->services->len, 2);
    const struct scn_service *service = &g_array_index(node->services, struct scn_service, 0);
    CU_ASSERT_STRING_EQUAL(service->message, "INVITE");
    CU_ASSERT_EQUAL(service->time.kind, DIST_EXP);
    CU_ASSERT_EQUAL(service->priority, 1);
    CU_ASSERT_PTR_NULL(g_array_index(node->services, struct scn_service, 1).protocol);
    node = &g_array_index(l.scn->nodes, struct scn_node, 1);
    CU_ASSERT_EQUAL(g_strv_length(node->roles), 2);
    CU_ASSERT_STRING_EQUAL(node->roles[1], "S-CSCF");
    CU_ASSERT_EQUAL(node->servers, 0);

    CU_ASSERT_EQUAL_FATAL(l.scn->links->len, 2);
    const struct scn_link *link = &g_array_index(l.scn->links, struct scn_link, 0);
    CU_ASSERT_STRING_EQUAL(link->network, "home1");
    CU_ASSERT_EQUAL(link->set,
                    SCN_LINK_LATENCY | SCN_LINK_RATE | SCN_LINK_QUEUE | SCN_LINK_LOSS | SCN_LINK_TRANSPORT);
    CU_ASSERT_EQUAL(link->latency.fixed, 5 * SIM_MS);
    CU_ASSERT_EQUAL(link->rate, 100e6);
    CU_ASSERT_EQUAL(link->queue, 64000);
    CU_ASSERT_DOUBLE_EQUAL(link->loss, 0.01, 1e-15);
    CU_ASSERT_TRUE(link->up);
    CU_ASSERT_EQUAL(link->ge_r, 1);
    link = &g_array_index(l.scn->links, struct scn_link, 1);
    CU_ASSERT_PTR_NULL(link->network);
    CU_ASSERT_STRING_EQUAL(link->from, "UE-1");
    CU_ASSERT_EQUAL(link->set, SCN_LINK_LATENCY);

    CU_ASSERT_EQUAL_FATAL(l.scn->groups->len, 2);
    const struct scn_group *group = &g_array_index(l.scn->groups, struct scn_group, 0);
    CU_ASSERT_EQUAL(group->port, 1357);
    CU_ASSERT_TRUE(group->security.present);
    CU_ASSERT_EQUAL(group->security.port_c, 13579);
    CU_ASSERT_EQUAL_FATAL(group->media->len, 2);
    const struct scn_media *media = &g_array_index(group->media, struct scn_media, 0);
    CU_ASSERT_EQUAL(media->bandwidth, 25);
    CU_ASSERT_EQUAL(media->codecs->len, 2);
    CU_ASSERT_EQUAL(g_array_index(media->codecs, struct scn_codec, 1).payload_type, 99);
    group = &g_array_index(l.scn->groups, struct scn_group, 1);
    CU_ASSERT_EQUAL(group->count, 3);
    CU_ASSERT_FALSE(group->security.present);
    CU_ASSERT_EQUAL(group->des_local, SCN_STRENGTH_OPTIONAL);
    CU_ASSERT_TRUE(group->reliable && group->preconditions && group->progress && group->inactive_until_ready);

    CU_ASSERT_EQUAL_FATAL(l.scn->calls->len, 1);
    const struct scn_call *call = &g_array_index(l.scn->calls, struct scn_call, 0);
    CU_ASSERT_EQUAL(call->at, SIM_S);
    CU_ASSERT_TRUE(call->has_hold);
    CU_ASSERT_FALSE(call->has_cancel);
    CU_ASSERT_EQUAL(call->hold.fixed, 10 * SIM_S);
    CU_ASSERT_EQUAL(g_array_index(l.scn->timers, struct scn_timer, 0).value, 400 * SIM_MS);
    const struct scn_fault *fault = &g_array_index(l.scn->faults, struct scn_fault, 0);
    CU_ASSERT_EQUAL(fault->kind, SCN_DROP);
    CU_ASSERT_EQUAL(fault->nth, 2);
    CU_ASSERT_EQUAL(fault->count, 1);
    CU_ASSERT_EQUAL(l.scn->run.until, 3600 * SIM_S);
    CU_ASSERT_EQUAL(l.scn->run.seed, 7);
    CU_ASSERT_EQUAL(l.scn->run.replications, 1);
    CU_ASSERT_EQUAL(g_strv_length(l.scn->view.hide), 2);
    CU_ASSERT_STRING_EQUAL(l.scn->view.hide[1], "200 OK (BYE)");
    CU_ASSERT_EQUAL(g_strv_length(l.scn->view.protocol), 0);
    CU_ASSERT_EQUAL(l.scn->view.order, SCN_ORDER_MESSAGE);
    loaded_clear(&l);
}

void test_scenario_least(void)
{
    struct loaded l = load_text("least.xml", "<scenario xmlns='urn:imssim:scenario:1' name='x'/>", NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(l.scn);
    CU_ASSERT_EQUAL(l.scn->run.until, SIM_NEVER);
    CU_ASSERT_EQUAL(l.scn->run.seed, 1);
    CU_ASSERT_EQUAL(l.scn->run.replications, 1);
    CU_ASSERT_EQUAL(l.scn->run.max_memory, 0);
    CU_ASSERT_EQUAL(l.scn->nodes->len + l.scn->links->len + l.scn->calls->len, 0);
    CU_ASSERT_PTR_NULL(l.scn->title);
    loaded_clear(&l);
}

/* ---- --set --------------------------------------------------------------------------------------------- */

static void check_set(const char *set, const char *parameter, const char *wanted)
{
    char *base = base_text();
    struct loaded l = load_text("base.xml", base, set, NULL);
    char *got = effective_of(&l, parameter), *errors = errors_of(&l);

    if (l.errors->len)
        printf("\n%s\n", errors);
    assert_text(got, wanted, set);
    g_free(got);
    g_free(errors);
    g_free(base);
    loaded_clear(&l);
}

void test_scenario_sets(void)
{
    check_set("run.seed=9", "run.seed", "9 @ --set run.seed=9");
    check_set("run.max-events=9", "run.max-events", "9 @ --set run.max-events=9");
    check_set("node[P-CSCF1].servers=unlimited", "node[P-CSCF1].servers",
              "unlimited @ --set node[P-CSCF1].servers=unlimited");
    check_set("node[*].queue=3", "node[I/S-CSCF1].queue", "3 @ --set node[*].queue=3");
    check_set("node[P-CSCF1].service[BYE].time=exp(3ms)", "node[P-CSCF1].service[BYE].time",
              "exp(3ms) @ --set node[P-CSCF1].service[BYE].time=exp(3ms)");
    check_set("group[*].think=1ms", "group[B].think", "1ms @ --set group[*].think=1ms");
    check_set("group[UE-?].think=1ms", "group[B].think", "0ms @ default");
    check_set("group[UE-1].media[audio].codec[2].name=AMR", "group[UE-1].media[audio].codec[2].name",
              "AMR @ --set group[UE-1].media[audio].codec[2].name=AMR");
    check_set("group[UE-1].security.spi-c=1", "group[UE-1].security.spi-c",
              "1 @ --set group[UE-1].security.spi-c=1");
    check_set("call[1].answer=3s", "call[1].answer", "3s @ --set call[1].answer=3s");
    check_set("drop[1].nth=3", "drop[1].nth", "3 @ --set drop[1].nth=3");
    check_set("sip.core.T1=1s", "timer[sip.core.T1].value", "1s @ --set sip.core.T1=1s");
    check_set("sip.core.T2=1s", "timer[sip.core.T2].value", "1s @ --set sip.core.T2=1s");
    check_set("timer[sip.core.B].value=1s", "timer[sip.core.B].value",
              "1s @ --set timer[sip.core.B].value=1s");
    check_set("title=New = title", "title", "New = title @ --set title=New = title");
    check_set("view.order=time", "view.order", "time @ --set view.order=time");
    /* Every link of the interface, and the interface as a whole. */
    check_set("link[Mw].latency=1ms", "link[Mw,network=home1].latency", "1ms @ --set link[Mw].latency=1ms");
    check_set("link[Mw].latency=1ms", "link[Mw].latency", "1ms @ --set link[Mw].latency=1ms");
    check_set("link[Gm].latency=1ms", "link[Gm,from=UE-1,to=P-CSCF1].latency",
              "1ms @ --set link[Gm].latency=1ms");
    check_set("link[Cx].latency=1ms", "link[Cx].latency", "1ms @ --set link[Cx].latency=1ms");
    check_set("link[from=UE-1].loss=1%", "link[Gm,from=UE-1,to=P-CSCF1].loss",
              "1% @ --set link[from=UE-1].loss=1%");
    check_set("link.latency=1ms", "link.latency", "1ms @ --set link.latency=1ms");
    check_set("link[].latency=1ms", "link[Gm,from=UE-1,to=P-CSCF1].latency", "10ms @ base.xml:14");
    /* XPath, with and without the prefix. */
    check_set("//link[@interface='Mw']/@loss=2%", "link[Mw,network=home1].loss",
              "2% @ --set //link[@interface='Mw']/@loss=2%");
    check_set("/s:scenario/s:run/@seed=3", "run.seed", "3 @ --set /s:scenario/s:run/@seed=3");
    check_set("//group[@id='B' and not(@x) or @y]/child::media/attribute::port=3",
              "group[B].media[audio].port",
              "3 @ --set //group[@id='B' and not(@x) or @y]/child::media/attribute::port=3");
    check_set("//title=Hello", "title", "Hello @ --set //title=Hello");
    check_set("//node[position() mod 2 = 0]/@host=h.example", "node[I/S-CSCF1].host",
              "h.example @ --set //node[position() mod 2 = 0]/@host=h.example");

    /* The last of several wins. */
    char *base = base_text();
    struct loaded l = load_text("base.xml", base, "run.seed=5", "run.seed=6", NULL);
    CU_ASSERT_TRUE(l.scn && l.scn->run.seed == 6);
    loaded_clear(&l);
    /* Bytes that are no text. */
    l = load_text("base.xml", base, "title=\xff\xfe", NULL);
    CU_ASSERT_EQUAL(l.errors->len, 1);
    loaded_clear(&l);
    g_free(base);
}

/* ---- listings ------------------------------------------------------------------------------------------ */

static void name_and_value(const struct scn_param *param, void *user)
{
    g_string_append_printf(user, "%s=%s\n", param->name, param->value ? param->value : "");
}

void test_scenario_effective_reloads(void)
{
    char *base = base_text();
    struct loaded first = load_text("base.xml", base, "link[Gm].latency=7ms", "view.protocol=SIP", NULL);
    GString *xml = g_string_new(NULL), *a = g_string_new(NULL), *b = g_string_new(NULL),
            *table = g_string_new(NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(first.doc);
    scn_effective_xml(first.doc, xml);
    assert_has(xml->str, "base.xml:12: interface latency");
    assert_has(xml->str, "- -set link[Gm].latency=7ms");
    struct loaded second = load_text("again.xml", xml->str, NULL);
    char *errors = errors_of(&second);
    assert_text(errors, "", "the effective scenario loads");
    g_free(errors);
    CU_ASSERT_PTR_NOT_NULL_FATAL(second.doc);
    scn_each_value(first.doc, name_and_value, a);
    scn_each_value(second.doc, name_and_value, b);
    /* A timer is listed by its bare name until a file gives it. */
    char **parts = g_strsplit(b->str, "timer[sip.core.T2].value=4s\n", 2);
    CU_ASSERT_EQUAL(g_strv_length(parts), 2);
    GString *without = g_string_new(NULL);
    g_string_append_printf(without, "%s%s", parts[0], parts[1] ? parts[1] : "");
    char **others = g_strsplit(a->str, "sip.core.T2=4s\n", 2);
    GString *expected = g_string_new(NULL);
    g_string_append_printf(expected, "%s%s", others[0], others[1] ? others[1] : "");
    /* Links that say everything come where they stand in the one, last in the other: compare as sets. */
    char **x = g_strsplit(without->str, "\n", -1), **y = g_strsplit(expected->str, "\n", -1);
    CU_ASSERT_EQUAL(g_strv_length(x), g_strv_length(y));
    for (char **line = x; *line; line++) {
        if (!g_strv_contains((const char *const *)y, *line))
            printf("\nonly after reloading: %s\n", *line);
        CU_ASSERT_TRUE(g_strv_contains((const char *const *)y, *line));
    }
    scn_effective(first.doc, table);
    assert_has(table->str, "node[P-CSCF1].servers");
    assert_has(table->str, "base.xml:6\n");
    assert_has(table->str, "default\n");
    g_strfreev(x);
    g_strfreev(y);
    g_strfreev(parts);
    g_strfreev(others);
    g_string_free(without, TRUE);
    g_string_free(expected, TRUE);
    g_string_free(xml, TRUE);
    g_string_free(table, TRUE);
    g_string_free(a, TRUE);
    g_string_free(b, TRUE);
    g_free(base);
    loaded_clear(&first);
    loaded_clear(&second);
}

static void complete(const struct scn_param *param, void *user)
{
    GHashTable *seen = user;

    CU_ASSERT_TRUE(param->unit && *param->about && *param->source && *param->acts);
    CU_ASSERT_TRUE(g_hash_table_add(seen, g_strdup(param->name))); /* each name once */
}

void test_scenario_parameters(void)
{
    GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GString *text = g_string_new(NULL);

    scn_each_parameter(&test_names, complete, seen);
    CU_ASSERT_TRUE(g_hash_table_contains(seen, "run.seed"));
    CU_ASSERT_TRUE(g_hash_table_contains(seen, "node[ID].servers"));
    CU_ASSERT_TRUE(g_hash_table_contains(seen, "group[ID].media[TYPE].port"));
    CU_ASSERT_TRUE(g_hash_table_contains(seen, "link[INTERFACE].latency"));
    CU_ASSERT_TRUE(g_hash_table_contains(seen, "sip.core.B"));
    scn_list_parameters(&test_names, text);
    assert_has(text->str, "64 * sip.core.T1");
    g_string_free(text, TRUE);
    g_hash_table_destroy(seen);
}
