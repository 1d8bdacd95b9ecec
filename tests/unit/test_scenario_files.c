/* test_scenario_files.c - scenario files that are wrong, several files that make one scenario, and files
 * that nobody should have to read. */
#include "scenarios/load/load.h"
#include "tests/unit/scenario_help.h"

#include <CUnit/CUnit.h>
#include <glib/gstdio.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one error after the other --------------------------------------------------------------------------
 */

struct one_case {
    char *name, *from;
    GString *text;
    GPtrArray *sets, *wanted;
};

static void replace_first(GString *text, const char *from, const char *to)
{
    char *at = strstr(text->str, from);

    if (!at) {
        printf("\ncases.txt: base.xml has no \"%s\"\n", from);
        CU_FAIL("a case changes what is not there");
        return;
    }
    gssize offset = at - text->str;
    g_string_erase(text, offset, (gssize)strlen(from));
    g_string_insert(text, offset, to);
}

/* "LINE: fragment" against "base.xml:LINE: ... fragment ..." or "--set ...: ... fragment ...". */
static bool is_wanted(const char *error, const char *wanted)
{
    int line = atoi(wanted);
    const char *fragment = strstr(wanted, ": ") + 2;
    char *start = line ? g_strdup_printf("base.xml:%d: ", line) : g_strdup("--set ");
    bool ok = g_str_has_prefix(error, start) && strstr(error, fragment);

    g_free(start);
    return ok;
}

static void run_case(struct one_case *c)
{
    if (!c->name)
        return;
    g_ptr_array_add(c->sets, NULL);
    struct loaded l = load_with_sets("base.xml", c->text->str, c->text->len, (char **)c->sets->pdata);
    bool ok = l.errors->len == c->wanted->len && c->wanted->len > 0;

    /* Errors of one line keep the order of their finding, which is nobody's promise. */
    for (guint i = 0; i < c->wanted->len && ok; i++) {
        bool found = false;
        for (guint k = 0; k < l.errors->len; k++)
            found = found || is_wanted(g_ptr_array_index(l.errors, k), g_ptr_array_index(c->wanted, i));
        ok = found;
    }
    if (!ok) {
        char *errors = errors_of(&l);
        printf("\ncase \"%s\" gives\n%s", c->name, errors);
        g_free(errors);
    }
    CU_ASSERT_TRUE(ok);
    for (guint k = 0; k < l.errors->len; k++)
        CU_ASSERT_PTR_NULL(strstr(g_ptr_array_index(l.errors, k), "{urn:"));
    loaded_clear(&l);
}

static void case_reset(struct one_case *c, const char *base)
{
    g_free(c->name);
    g_free(c->from);
    c->name = c->from = NULL;
    if (c->text)
        g_string_free(c->text, TRUE);
    if (c->sets)
        g_ptr_array_free(c->sets, TRUE);
    if (c->wanted)
        g_ptr_array_free(c->wanted, TRUE);
    c->text = g_string_new(base);
    c->sets = g_ptr_array_new();
    c->wanted = g_ptr_array_new();
}

/* Line of a case: its first character says what it is, the text begins after a blank. */
static void case_line(struct one_case *c, char *line)
{
    char *text = line[1] ? line + 2 : line + 1;

    switch (line[0]) {
    case '#':
        g_free(c->name);
        c->name = g_strdup(text);
        break;
    case '-':
        g_free(c->from);
        c->from = g_strdup(text);
        break;
    case '+': {
        char **lines = g_strsplit(text, "\\n", -1);
        char *to = g_strjoinv("\n", lines);
        replace_first(c->text, c->from, to);
        g_free(to);
        g_strfreev(lines);
        break;
    }
    case '$':
        g_ptr_array_add(c->sets, text);
        break;
    case '!':
        g_ptr_array_add(c->wanted, text);
        break;
    default:
        CU_FAIL("cases.txt has a line of no known kind");
    }
}

void test_scenario_cases(void)
{
    char *base = base_text(), *all = NULL;
    int cases = 0;

    CU_ASSERT_TRUE_FATAL(
        g_file_get_contents(IMSSIM_TEST_SRCDIR "/tests/data/scenario/cases.txt", &all, NULL, NULL));
    char **blocks = g_strsplit(all, "\n\n", -1);
    for (char **block = blocks + 1; *block; block++) { /* the first explains the format */
        struct one_case c = {0};
        char **lines = g_strsplit(*block, "\n", -1);
        case_reset(&c, base);
        for (char **line = lines; *line; line++) {
            if (**line && !(c.name && **line == '#'))
                case_line(&c, *line);
        }
        cases += c.name != NULL;
        run_case(&c);
        case_reset(&c, "");
        g_string_free(c.text, TRUE);
        g_ptr_array_free(c.sets, TRUE);
        g_ptr_array_free(c.wanted, TRUE);
        g_strfreev(lines);
    }
    CU_ASSERT_TRUE(cases >= 80);
    g_strfreev(blocks);
    g_free(all);
    g_free(base);
}

/* ---- several files --------------------------------------------------------------------------------------
 */

#define PROFILE(body)  "<profile xmlns='urn:imssim:scenario:1' name='p'>" body "</profile>\n"
#define SCENARIO(body) "<scenario xmlns='urn:imssim:scenario:1' name='s'>\n" body "</scenario>\n"
#define XI             " xmlns:xi='http://www.w3.org/2001/XInclude' "

/* The value in effect with its origin; the folder's own path is left out. */
static void check_value(const struct loaded *l, const char *dir, const char *parameter, const char *wanted)
{
    char *got = effective_of(l, parameter), *at = strstr(got, dir);

    if (at)
        memmove(at, at + strlen(dir) + 1, strlen(at + strlen(dir) + 1) + 1);
    assert_text(got, wanted, parameter);
    g_free(got);
}

void test_scenario_precedence(void)
{
    char *dir = tmp_new();

    tmp_put(dir, "profiles/a.xml",
            PROFILE("<run seed='2' replications='2' warmup='2s' until='2h'/>"
                    "<link interface='Mw' latency='2ms' loss='2%' rate='2kbit/s'/>\n"
                    "<timers><timer name='sip.core.T1' value='2s'/></timers>"));
    tmp_put(dir, "profiles/b.xml",
            PROFILE("\n<run seed='3' replications='3' warmup='3s'/>"
                    "<link interface='Mw' latency='3ms' loss='3%'/>"
                    "\n<set parameter='link[*].loss' value='6%'/><set parameter='node[*].service[*].time' value='1s'/>"
                    "<set parameter='run.until' value='6h'/><set parameter='run.seed' value='6'/>"));
    const char *path =
        tmp_put(dir, "s.xml",
                SCENARIO("<profile href='profiles/a.xml'/>\n<profile href='profiles/b.xml'/>\n"
                         "<run seed='4'\n replications='4'/>\n<link interface='Mw' latency='4ms' loss='4%'/>\n"
                         "<timers><timer name='sip.core.T1' value='4s'/></timers>\n"));
    struct loaded l = load_file(path, "run.seed=5", NULL);

    CU_ASSERT_PTR_NOT_NULL(l.scn);
    check_value(&l, dir, "run.seed", "5 @ --set run.seed=5");
    check_value(&l, dir, "run.replications", "4 @ s.xml:5");
    check_value(&l, dir, "run.warmup", "3s @ profiles/b.xml:2");
    check_value(&l, dir, "run.until", "6h @ profiles/b.xml:3");
    check_value(&l, dir, "run.max-wall", "unlimited @ default");
    check_value(&l, dir, "link[Mw].latency", "4ms @ s.xml:6");
    check_value(&l, dir, "link[Mw].loss", "6% @ profiles/b.xml:3");
    check_value(&l, dir, "link[Mw].rate", "2kbit/s @ profiles/a.xml:1");
    check_value(&l, dir, "timer[sip.core.T1].value", "4s @ s.xml:7");
    check_value(&l, dir, "sip.core.T2", "4s @ default");
    loaded_clear(&l);
    tmp_clear(dir);
}

void test_scenario_profiles(void)
{
    char *dir = tmp_new();

    /* Two profiles share a third; nested ones come before what names them; codecs are one value; what a
     * node lacks in one file another gives. */
    tmp_put(
        dir, "p/base.xml",
        PROFILE("<network id='n' domain='d.example'><node id='P' host='p.d.example' servers='1'/></network>"
                "<run seed='1'/><faults><drop message='BYE'/></faults>"));
    tmp_put(dir, "p/x.xml",
            PROFILE("<profile href='base.xml'/><run seed='2' replications='2'/>"
                    "<subscribers><group id='A'><media type='audio' port='5000'>"
                    "<codec payload-type='0' name='PCMU' clock-rate='8000'/>"
                    "<codec payload-type='8' name='PCMA' clock-rate='8000'/></media></group></subscribers>"));
    tmp_put(dir, "p/y.xml", PROFILE("<profile href='base.xml'/><run replications='3'/>"));
    const char *path =
        tmp_put(dir, "s.xml",
                SCENARIO("<profile href='p/x.xml'/><profile href='p/y.xml'/>"
                         "<network id='n'><node id='P' roles='P-CSCF S-CSCF' "
                         "queue='7'/></network><faults><drop message='PRACK'/></faults>"
                         "<subscribers><group id='A' network='n' p-cscf='P' s-cscf='P' address='10.0.0.1'>"
                         "<media type='audio'><codec payload-type='97' name='EVRC' "
                         "clock-rate='8000'/></media></group></subscribers>"));
    struct loaded l = load_file(path, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(l.scn);
    CU_ASSERT_EQUAL(l.scn->run.seed, 2);
    CU_ASSERT_EQUAL(l.scn->run.replications, 3);
    CU_ASSERT_EQUAL(l.scn->faults->len, 2); /* base.xml counts once */
    CU_ASSERT_EQUAL_FATAL(l.scn->nodes->len, 1);
    const struct scn_node *node = &g_array_index(l.scn->nodes, struct scn_node, 0);
    CU_ASSERT_TRUE(node->servers == 1 && node->queue == 7 && g_strv_length(node->roles) == 2);
    const struct scn_group *group = &g_array_index(l.scn->groups, struct scn_group, 0);
    const struct scn_media *media = &g_array_index(group->media, struct scn_media, 0);
    CU_ASSERT_EQUAL(media->port, 5000);
    CU_ASSERT_EQUAL_FATAL(media->codecs->len, 1);
    CU_ASSERT_EQUAL(g_array_index(media->codecs, struct scn_codec, 0).payload_type, 97);
    loaded_clear(&l);
    tmp_clear(dir);
}

/* Whatever a scenario says of links, nodes and phones: with zero.xml as its last profile, nothing takes time. */
static void takes_no_time(const char *name)
{
    char *path = g_strdup_printf("%s/scenarios/%s", IMSSIM_TEST_SRCDIR, name), *text = NULL;
    CU_ASSERT_TRUE_FATAL(g_file_get_contents(path, &text, NULL, NULL));
    char **parts = g_strsplit(text, "</scenario>", 2);
    char *longer = g_strconcat(parts[0], "<profile href='profiles/zero.xml'/></scenario>", NULL);
    struct scn_load_opts opts = {.sets = NULL};
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn *scn = scn_load_text(path, longer, strlen(longer), &opts, NULL, errors);

    CU_ASSERT_PTR_NOT_NULL_FATAL(scn);
    CU_ASSERT_TRUE(scn->links->len > 0 && scn->nodes->len > 0 && scn->groups->len > 0);
    for (guint i = 0; i < scn->links->len; i++) {
        const struct scn_link *l = &g_array_index(scn->links, struct scn_link, i);
        CU_ASSERT_TRUE(dist_is_const(&l->latency) && l->latency.fixed == 0 && l->rate == 0);
    }
    for (guint i = 0; i < scn->nodes->len; i++) {
        const GArray *services = g_array_index(scn->nodes, struct scn_node, i).services;
        for (guint k = 0; k < services->len; k++) {
            const struct dist *time = &g_array_index(services, struct scn_service, k).time;
            CU_ASSERT_TRUE(dist_is_const(time) && time->fixed == 0);
        }
    }
    for (guint i = 0; i < scn->groups->len; i++) {
        const struct dist *think = &g_array_index(scn->groups, struct scn_group, i).think;
        CU_ASSERT_TRUE(dist_is_const(think) && think->fixed == 0);
    }
    scn_free(scn);
    g_ptr_array_free(errors, TRUE);
    g_strfreev(parts);
    g_free(longer);
    g_free(text);
    g_free(path);
}

void test_scenario_zero(void)
{
    char *path = g_build_filename(IMSSIM_TEST_SRCDIR, "scenarios", NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;
    const char *name;

    CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".xml") && !g_str_has_suffix(name, ".sweep.xml")) {
            takes_no_time(name);
            n++;
        }
    CU_ASSERT_TRUE(n > 10);
    g_dir_close(dir);
    g_free(path);
}

static void check_error(const char *path, const char *wanted)
{
    struct loaded l = load_file(path, NULL);
    char *errors = errors_of(&l);

    CU_ASSERT_PTR_NULL(l.scn);
    assert_has(errors, wanted);
    g_free(errors);
    loaded_clear(&l);
}

void test_scenario_profile_errors(void)
{
    char *dir = tmp_new(), *outside = tmp_new();
    char *link = g_build_filename(dir, "link.xml", NULL);
    const char *path;

    tmp_put(dir, "a.xml", PROFILE("<profile href='b.xml'/>"));
    tmp_put(dir, "b.xml", PROFILE("\n<profile href='a.xml'/>"));
    tmp_put(dir, "self.xml", PROFILE("<profile href='self.xml'/>"));
    tmp_put(dir, "bad.xml", PROFILE("\n\n<link interface='Mw' latency='5'/>"));
    tmp_put(dir, "twice.xml", PROFILE("<link interface='Mw'/>\n<link interface='Mw'/>"));
    tmp_put(dir, "script.xml", PROFILE("<script/>"));
    tmp_put(dir, "elsewhere.xml",
            PROFILE("<network id='m' domain='m'><node id='X' roles='HSS' host='x.m'/></network>"));
    tmp_put(outside, "p.xml", PROFILE(""));
    char *target = g_build_filename(outside, "p.xml", NULL);
    CU_ASSERT_EQUAL(symlink(target, link), 0);

    path = tmp_put(dir, "s1.xml", SCENARIO("<profile href='a.xml'/>"));
    check_error(path, "b.xml:2: \"");
    check_error(path, "leads back to itself");
    path = tmp_put(dir, "s2.xml", SCENARIO("<profile href='self.xml'/>"));
    check_error(path, "self.xml:1: ");
    path = tmp_put(dir, "s3.xml", SCENARIO("<profile href='bad.xml'/>"));
    check_error(path, "bad.xml:3: <link> latency: '5' is not a time: the unit is missing");
    path = tmp_put(dir, "s4.xml", SCENARIO("<profile href='twice.xml'/>"));
    check_error(path, "twice.xml:2: link[Mw] is already given at ");
    path = tmp_put(dir, "s5.xml", SCENARIO("<profile href='script.xml'/>"));
    check_error(path, "script.xml:1: <script> has no place in <profile>");
    path = tmp_put(dir, "s6.xml", SCENARIO("<profile href='link.xml'/>"));
    check_error(path, "s6.xml:2: \"link.xml\" lies outside of the scenario's folder");
    path = tmp_put(dir, "s7.xml", SCENARIO("<profile href='s1.xml'/>"));
    check_error(path, "s1.xml:1: the root element is <scenario>, not <profile>");
    check_error(tmp_put(dir, "a.xml", PROFILE("")),
                "a.xml:1: the root element is <profile>, not <scenario>; a profile is used");
    path = tmp_put(dir, "s8.xml", SCENARIO("<profile href='a.xml'/>\n<profile href='a.xml'/>"));
    check_error(path, "s8.xml:3: the profile \"a.xml\" is already used at ");
    /* A node of a profile is in one network and of the scenario in another. */
    path = tmp_put(dir, "s9.xml",
                   SCENARIO("<profile href='elsewhere.xml'/>\n<network id='n' domain='n'>"
                            "<node id='X' roles='HSS' host='y.n'/></network>"));
    check_error(path, "s9.xml:3: the id \"X\" of this <node> is already taken by the <node> at ");
    check_error(path, "in another network");
    g_free(target);
    g_free(link);
    tmp_clear(dir);
    tmp_clear(outside);
}

void test_scenario_includes(void)
{
    char *dir = tmp_new();

    tmp_put(dir, "parts/net.xml",
            "<network xmlns='urn:imssim:scenario:1'" XI "id='n' domain='d.example'>\n"
            "<xi:include href='link.xml'/></network>");
    tmp_put(dir, "parts/link.xml",
            "<!-- one -->\n<link xmlns='urn:imssim:scenario:1' interface='Mw'\n latency='9ms'/>");
    tmp_put(dir, "parts/broken.xml", "<link xmlns='urn:imssim:scenario:1' interface='Mw'\n latency='9'/>");
    tmp_put(dir, "parts/loop.xml",
            "<network xmlns='urn:imssim:scenario:1'" XI "id='n'>\n<xi:include href='loop.xml'/></network>");
    tmp_put(dir, "parts/bomb.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x/>");
    const char *path =
        tmp_put(dir, "s.xml",
                SCENARIO("<xi:include" XI "href='parts/net.xml'/>\n"
                         "<xi:include" XI "href='no.xml'><xi:fallback><run seed='8'/></xi:fallback>"
                         "</xi:include>"));
    struct loaded l = load_file(path, NULL);

    CU_ASSERT_PTR_NOT_NULL(l.scn);
    check_value(&l, dir, "link[Mw,network=n].latency", "9ms @ parts/link.xml:3");
    check_value(&l, dir, "network[n].domain", "d.example @ parts/net.xml:1");
    check_value(&l, dir, "run.seed", "8 @ s.xml:3");
    loaded_clear(&l);
    check_error(tmp_put(dir, "t.xml", SCENARIO("<xi:include" XI "href='parts/broken.xml'/>")),
                "parts/broken.xml:2: <link> latency: '9' is not a time");
    check_error(tmp_put(dir, "u.xml", SCENARIO("<xi:include" XI "href='parts/loop.xml'/>")),
                "parts/loop.xml:2: ");
    check_error(tmp_put(dir, "v.xml", SCENARIO("<xi:include" XI "href='parts/bomb.xml'/>")),
                "parts/bomb.xml:1: DOCTYPE is not accepted");
    check_error(tmp_put(dir, "w.xml", SCENARIO("<xi:include" XI "href='/etc/passwd'/>")),
                "w.xml:2: \"/etc/passwd\" lies outside");
    check_error(tmp_put(dir, "x.xml", SCENARIO("<xi:include" XI "href='.'/>")),
                "x.xml:2: \".\" lies outside");
    check_error(tmp_put(dir, "y.xml", SCENARIO("<xi:include" XI "href='parts'/>")), "is a directory");
    check_error(tmp_put(dir, "z.xml", SCENARIO("<xi:include" XI "href='s.xml' xpointer='x'/>")),
                "with xpointer is not accepted");
    tmp_clear(dir);
}

/* What a scenario says of links comes after what its profiles say, whichever network it says it in. */
void test_scenario_links_in_order(void)
{
    char *dir = tmp_new();

    tmp_put(dir, "p.xml",
            PROFILE("<link interface='Mw' latency='2ms'/><link interface='Cx' latency='2ms'/>"));
    const char *path = tmp_put(dir, "s.xml",
                               SCENARIO("<profile href='p.xml'/><network id='n' domain='d'>"
                                        "<link interface='Mw' latency='3ms'/></network>"
                                        "<link interface='Cx' loss='1%'/>"));
    struct loaded l = load_file(path, NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(l.scn);
    CU_ASSERT_EQUAL_FATAL(l.scn->links->len, 3);
    for (guint i = 1; i < 3; i++)
        CU_ASSERT_TRUE(g_array_index(l.scn->links, struct scn_link, i - 1).rank <=
                       g_array_index(l.scn->links, struct scn_link, i).rank);
    CU_ASSERT_PTR_NULL(g_array_index(l.scn->links, struct scn_link, 0).network);
    CU_ASSERT_STRING_EQUAL(g_array_index(l.scn->links, struct scn_link, 0).interface, "Mw");
    loaded_clear(&l);
    tmp_clear(dir);
}

void test_scenario_check_profile(void)
{
    char *dir = tmp_new();
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);

    CU_ASSERT_TRUE(scn_check_profile(tmp_put(dir, "p.xml", PROFILE("<run seed='2'/>")), NULL, errors));
    CU_ASSERT_EQUAL(errors->len, 0);
    CU_ASSERT_TRUE(scn_check_profile(tmp_put(dir, "q.xml", PROFILE("<run seed='x'/><run/>")), NULL, errors));
    CU_ASSERT_EQUAL(errors->len, 2);
    CU_ASSERT_FALSE(scn_check_profile(tmp_put(dir, "s.xml", SCENARIO("")), NULL, errors));
    CU_ASSERT_FALSE(scn_check_profile("/nowhere.xml", NULL, errors));
    CU_ASSERT_EQUAL(errors->len, 2);
    g_ptr_array_free(errors, TRUE);
    tmp_clear(dir);
}

/* ---- hard input -----------------------------------------------------------------------------------------
 */

static void check_text_error(const char *text, gsize size, const char *wanted)
{
    struct loaded l = load_with_sets("x.xml", text, size, NULL);
    char *errors = errors_of(&l);

    CU_ASSERT_PTR_NULL(l.scn);
    assert_has(errors, wanted);
    g_free(errors);
    loaded_clear(&l);
}

void test_scenario_bad_files(void)
{
    char *dir = tmp_new();

    check_error("/nowhere/at/all.xml", "/nowhere/at/all.xml: there is no such file");
    check_error(dir, "is a directory; a scenario is an XML file");
    check_error(tmp_put(dir, "empty.xml", ""), "empty.xml: is empty");
    check_error(tmp_put(dir, "blank.xml", " \n\n "), "blank.xml: is empty");
    check_error(tmp_put(dir, "text.xml", "\nHello, world\n"), "text.xml:2: is not XML");
    check_error(tmp_put(dir, "half.xml", "<scenario"), "half.xml:1: not well-formed XML");
    check_error(tmp_put(dir, "html.xml", "<html><body/></html>"),
                "html.xml:1: the root element is <html>, not <scenario>");
    check_error("/dev/zero", "is larger than 64 MiB");
    const char *path = tmp_put(dir, "secret.xml", SCENARIO(""));
    if (g_chmod(path, 0) == 0 && geteuid() != 0) /* root may read anything */
        check_error(path, "secret.xml: Permission denied");

    check_text_error("<\xff>", 3, "x.xml:1: ");
    check_text_error("<?xml version='1.0'?><scenario xmlns='urn:imssim:scenario:1' "
                     "name='x'><title>\xe9t\xe9</title></scenario>",
                     98, "the file's encoding does not have");
    check_text_error("\0\0\0\0", 4, "x.xml:1: ");
    check_text_error("<a>\0</a>", 8, "x.xml:1: ");

    /* Latin-1 and UTF-16 that say what they are are read. */
    struct loaded l =
        load_text("x.xml",
                  "<?xml version='1.0' encoding='ISO-8859-1'?>"
                  "<scenario xmlns='urn:imssim:scenario:1' name='x'><title>\xe9t\xe9</title></scenario>",
                  NULL);
    CU_ASSERT_TRUE(l.scn && strcmp(l.scn->title, "\xc3\xa9t\xc3\xa9") == 0);
    loaded_clear(&l);
    gsize size = 0;
    char *wide =
        g_convert("\xef\xbb\xbf<scenario xmlns='urn:imssim:scenario:1' name='x'>\n<run sead='1'/></scenario>",
                  -1, "UTF-16LE", "UTF-8", NULL, &size, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(wide);
    check_text_error(wide, size, "x.xml:2: <run> has no attribute sead");
    g_free(wide);
    tmp_clear(dir);
}

static GString *repeat(const char *start, const char *part, int times, const char *end)
{
    GString *text = g_string_new(start);

    for (int i = 0; i < times; i++)
        g_string_append(text, part);
    return g_string_append(text, end);
}

void test_scenario_bounds(void)
{
    GString *text = repeat("", "<scenario xmlns='urn:imssim:scenario:1'>", 1000, "");
    check_text_error(text->str, text->len, "nested too deeply; a scenario file may have 32 levels");
    g_string_free(text, TRUE);

    text = repeat("<scenario xmlns='urn:imssim:scenario:1' name='x'><script>", "<call/>", 100000, "");
    check_text_error(text->str, text->len, "too many elements; a scenario may have 100000");
    g_string_free(text, TRUE);

    /* A tag with attributes without end, which a parser would compare pairwise. */
    text = repeat("<scenario", " a='1'", 100000, "/>");
    check_text_error(text->str, text->len, "x.xml:1: more than 256 KiB without a new tag");
    g_string_free(text, TRUE);

    /* As many errors as one likes: a hundred are told, the others counted. */
    text = repeat("<scenario xmlns='urn:imssim:scenario:1' name='x'><script>\n", "<call frm='x'/>\n", 500,
                  "</script></scenario>");
    struct loaded l = load_with_sets("x.xml", text->str, text->len, NULL);
    CU_ASSERT_EQUAL(l.errors->len, 101);
    CU_ASSERT_PTR_NOT_NULL(strstr(g_ptr_array_index(l.errors, 100), " more errors"));
    loaded_clear(&l);
    g_string_free(text, TRUE);

    /* Many elements are no problem. */
    text = repeat("<scenario xmlns='urn:imssim:scenario:1' name='x'><timers>", "", 0, "");
    for (int i = 0; i < 50000; i++)
        g_string_append_printf(text, "<timer name='t%d' value='1s'/>", i);
    g_string_append(text, "</timers></scenario>");
    GPtrArray *errors = g_ptr_array_new_with_free_func(g_free);
    struct scn *scn = scn_load_text("x.xml", text->str, text->len, NULL, NULL, errors);
    CU_ASSERT_TRUE(scn && scn->timers->len == 50000);
    scn_free(scn);
    g_ptr_array_free(errors, TRUE);
    g_string_free(text, TRUE);
}

void test_scenario_lines_beyond_65535(void)
{
    GString *text = repeat("<scenario xmlns='urn:imssim:scenario:1' name='x'>", "\n", 70000, "");

    g_string_append(text, "<run\n\n seed='x'\n until='y'/>\n<nonsense/></scenario>");
    struct loaded l = load_with_sets("x.xml", text->str, text->len, NULL);
    char *errors = errors_of(&l);
    assert_has(errors, "x.xml:70003: <run> seed: \"x\"");
    assert_has(errors, "x.xml:70004: <run> until: 'y'");
    assert_has(errors, "x.xml:70005: <nonsense> has no place");
    g_free(errors);
    loaded_clear(&l);
    g_string_free(text, TRUE);
}

/* Every beginning of a scenario, and every scenario with one byte spoilt, gives errors or a scenario. */
void test_scenario_truncated(void)
{
    char *base = base_text();
    size_t size = strlen(base);
    int loaded = 0;

    for (size_t cut = 0; cut < size - 1; cut += 7) {
        struct loaded l = load_with_sets("x.xml", base, cut, NULL);
        CU_ASSERT_PTR_NULL(l.scn);
        loaded_clear(&l);
    }
    for (size_t at = 0; at < size; at += 5) {
        static const char spoil[] = "\0<&\"\xff >";
        char old = base[at];
        base[at] = spoil[at / 5 % 7];
        struct loaded l = load_with_sets("x.xml", base, size, NULL);
        loaded += l.scn != NULL;
        loaded_clear(&l);
        base[at] = old;
    }
    CU_ASSERT_TRUE(loaded > 0);
    g_free(base);
}
