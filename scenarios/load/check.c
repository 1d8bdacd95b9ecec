/* check.c - what no schema can say about the merged document: that names lead somewhere, that nothing is
 * missing, that it makes sense. Works on the XML, so that it can go on after the first problem. */
#include "scenarios/load/load_int.h"

#include "sim/time.h"

#include <string.h>

struct checking {
    struct scn_loader *ld;
    GHashTable *ids;      /* id of a node or group -> its element */
    GHashTable *networks; /* id -> element */
    GHashTable *hosts;    /* host name -> element */
    GHashTable *talking;  /* group elements that take part in a call */
    GPtrArray *nodes, *groups;
    GPtrArray *node_ids, *group_ids, *network_ids, *all_ids; /* for suggestions */
};

int scn_count_of(const xmlNode *group)
{
    const char *text = scn_get(group, "count");
    int count = 1;

    if (text && !scn_convert(SCN_T_COUNT, text, NULL, &count, NULL))
        count = 1;
    return count;
}

/* ---- who there is ------------------------------------------------------------------------------------ */

static void add_id(struct checking *c, const xmlNode *node, GHashTable *to, GPtrArray *names)
{
    const char *id = scn_get(node, "id");

    if (!id)
        return;
    const xmlNode *other = g_hash_table_lookup(to, id);
    if (other) {
        char *where = scn_where(scn_tag_of(other));
        scn_complain_at(c->ld, node,
                        "the id \"%s\" of this <%s> is already taken by the <%s> at %s%s; ids of nodes and "
                        "groups are unique in the whole scenario",
                        id, (const char *)node->name, (const char *)other->name, where,
                        xmlStrEqual(node->name, other->name) && node->parent != other->parent
                            ? " in another network"
                            : "");
        g_free(where);
        return;
    }
    g_hash_table_insert(to, (char *)id, (xmlNodePtr)node);
    g_ptr_array_add(names, (char *)id);
}

static void gather(struct checking *c, const xmlNode *node, enum scn_element element)
{
    if (element == SCN_E_NETWORK)
        add_id(c, node, c->networks, c->network_ids);
    if (element == SCN_E_NODE) {
        add_id(c, node, c->ids, c->node_ids);
        g_ptr_array_add(c->nodes, (xmlNodePtr)node);
    }
    if (element == SCN_E_GROUP) {
        add_id(c, node, c->ids, c->group_ids);
        g_ptr_array_add(c->groups, (xmlNodePtr)node);
    }
    for (const xmlNode *child = scn_first(node); child; child = scn_next(child))
        gather(c, child, scn_element_find(element, (const char *)child->name));
}

/* "UE-7" -> group UE with at least 7 phones, or NULL. */
static const xmlNode *group_of_member(const struct checking *c, const char *name)
{
    const char *dash = strrchr(name, '-');
    char *end = NULL;

    if (!dash || !g_ascii_isdigit(dash[1]) || dash[1] == '0')
        return NULL;
    guint64 number = g_ascii_strtoull(dash + 1, &end, 10);
    char *stem = g_strndup(name, (size_t)(dash - name));
    const xmlNode *group = g_hash_table_lookup(c->ids, stem);
    g_free(stem);
    if (!group || *end || scn_element_of(group) != SCN_E_GROUP || scn_count_of(group) < 2 ||
        number > (guint64)scn_count_of(group))
        return NULL;
    return group;
}

static void phones_do_not_clash(struct checking *c)
{
    for (guint i = 0; i < c->all_ids->len; i++) {
        const char *id = g_ptr_array_index(c->all_ids, i);
        const xmlNode *group = group_of_member(c, id);
        if (!group)
            continue;
        char *where = scn_where(scn_tag_of(group));
        scn_complain_at(c->ld, g_hash_table_lookup(c->ids, id),
                        "the id \"%s\" is also the name of a phone of the group "
                        "\"%s\" (%s), whose phones are called %s-1 to %s-%d",
                        id, scn_get(group, "id"), where, scn_get(group, "id"), scn_get(group, "id"),
                        scn_count_of(group));
        g_free(where);
    }
}

/* ---- references -------------------------------------------------------------------------------------- */

static void dangling_id(struct checking *c, const xmlNode *node, const xmlAttr *attr, const char *id, const char *what,
                        GPtrArray *candidates)
{
    char *mean = scn_did_you_mean(id, candidates);
    GString *there = g_string_new(NULL);

    for (guint i = 0; i < candidates->len && i < 8 && !*mean; i++)
        g_string_append_printf(there, "%s%s", i ? ", " : "; there is ",
                               (const char *)g_ptr_array_index(candidates, i));
    scn_complain_at(c->ld, attr, "<%s> %s=\"%s\": there is no such %s%s%s", (const char *)node->name,
                    (const char *)attr->name, id, what, mean, there->str);
    g_string_free(there, TRUE);
    g_free(mean);
}

static void dangling(struct checking *c, const xmlNode *node, const xmlAttr *attr, const char *what,
                     GPtrArray *candidates)
{
    dangling_id(c, node, attr, scn_attr_text(attr), what, candidates);
}

static void refers_to_network(struct checking *c, const xmlNode *node, const char *name)
{
    const xmlAttr *attr = scn_get_attr(node, name);

    if (attr && !g_hash_table_contains(c->networks, scn_attr_text(attr)))
        dangling(c, node, attr, "network", c->network_ids);
}

bool scn_has_role(const xmlNode *node, const char *role)
{
    char **roles = NULL;
    bool found = false;

    scn_convert(SCN_T_ROLES, scn_get(node, "roles") ? scn_get(node, "roles") : "", NULL, &roles, NULL);
    found = g_strv_contains((const char *const *)roles, role);
    g_strfreev(roles);
    return found;
}

static void id_has_role(struct checking *c, const xmlNode *node, const xmlAttr *attr, const char *id, const char *role)
{
    const xmlNode *to = g_hash_table_lookup(c->ids, id);

    if (!to || scn_element_of(to) != SCN_E_NODE)
        dangling_id(c, node, attr, id, "node", c->node_ids);
    else if (scn_get(to, "roles") && !scn_tag_of(scn_get_attr(to, "roles"))->bad && !scn_has_role(to, role))
        scn_complain_at(c->ld, attr, "<%s> %s=\"%s\": that node is no %s; its roles are \"%s\"",
                        (const char *)node->name, (const char *)attr->name, id, role, scn_get(to, "roles"));
}

static char **ids_of(const xmlNode *node, const char *name)
{
    char **ids = NULL;
    scn_convert(SCN_T_IDS, scn_get(node, name) ? scn_get(node, name) : "", NULL, &ids, NULL);
    return ids;
}

/* One node or several. */
static void refers_to_role(struct checking *c, const xmlNode *node, const char *name, const char *role)
{
    const xmlAttr *attr = scn_get_attr(node, name);
    char **ids = ids_of(node, name);

    for (char **id = ids; attr && *id; id++)
        id_has_role(c, node, attr, *id, role);
    g_strfreev(ids);
}

/* A node works with those it cannot do without, and shares its box with CSCFs only if it is one. */
static void roles_go_together(struct checking *c, const xmlNode *node)
{
    static const struct {
        const char *role, *attribute, *to;
    } needs[] = {
        {"eNB",  "mme",  "MME" },
        {"MME",  "sgw",  "S-GW"},
        {"MME",  "pgw",  "P-GW"},
        {"P-GW", "pcrf", "PCRF"},
    };
    const xmlAttr *attr = scn_get_attr(node, "roles");
    char **roles = NULL;

    if (!attr || scn_tag_of(attr)->bad)
        return;
    scn_convert(SCN_T_ROLES, scn_attr_text(attr), NULL, &roles, NULL);
    for (char **r = roles; *r && roles[1]; r++)
        if (!g_str_has_suffix(*r, "-CSCF")) {
            scn_complain_at(c->ld, attr, "<node> roles=\"%s\": only P-CSCF, I-CSCF and S-CSCF share a node; %s needs one of its own",
                            scn_attr_text(attr), *r);
            break;
        }
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
        if (g_strv_contains((const char *const *)roles, needs[i].role) && !scn_get_attr(node, needs[i].attribute))
            scn_complain_at(c->ld, attr, "<node> roles=\"%s\": it needs to know its %s: %s=\"...\"", scn_attr_text(attr), needs[i].to,
                            needs[i].attribute);
    g_strfreev(roles);
}

/* Bearers come from an eNB, and because the P-CSCF asks a PCRF for them; or the phone asks, and the PCRF opens their gates for
 * the media that the P-CSCF tells it of. */
static void has_bearers(struct checking *c, const xmlNode *group)
{
    static const char *const by_bearers[] = {"bearers", "ue-requested", "existing-bearer", NULL};
    const xmlAttr *attr = scn_get_attr(group, "reservation");
    char **ids = ids_of(group, "p-cscf");
    bool needs = attr && g_strv_contains(by_bearers, scn_attr_text(attr));

    if (needs && !scn_get_attr(group, "enb"))
        scn_complain_at(c->ld, attr, "<group> reservation=\"%s\" needs an access network: enb=\"...\"", scn_attr_text(attr));
    for (char **id = ids; *id && needs; id++) {
        const xmlNode *p_cscf = g_hash_table_lookup(c->ids, *id);
        if (p_cscf && !scn_get_attr(p_cscf, "pcrf"))
            scn_complain_at(c->ld, attr, "<group> reservation=\"%s\": nobody %s; its P-CSCF needs pcrf=\"...\"", scn_attr_text(attr),
                            strcmp(scn_attr_text(attr), "bearers") == 0 ? "asks for bearers" : "opens the gates of its bearers");
    }
    g_strfreev(ids);
}

/* Where there is nobody to ask, the P-CSCF is configured. */
static void finds_p_cscf(struct checking *c, const xmlNode *group)
{
    if (scn_get(group, "id") && !scn_get_attr(group, "p-cscf") && !scn_get_attr(group, "enb"))
        scn_complain_at(c->ld, group,
                        "<group id=\"%s\"> lacks p-cscf (P-CSCFs the phones are configured with): without an access network none is "
                        "discovered; give it here or in a profile",
                        scn_get(group, "id"));
}

/* Who answers with a password needs one. */
static void can_authenticate(struct checking *c, const xmlNode *group)
{
    const xmlAttr *attr = scn_get_attr(group, "auth");

    if (attr && strcmp(scn_attr_text(attr), "aka") != 0 && !scn_get_attr(group, "password"))
        scn_complain_at(c->ld, attr, "<group> auth=\"%s\" needs a password=\"...\"; aka is accepted without", scn_attr_text(attr));
}

static void refers_to_end(struct checking *c, const xmlNode *node, const char *name)
{
    const xmlAttr *attr = scn_get_attr(node, name);

    if (attr && !g_hash_table_contains(c->ids, scn_attr_text(attr)) &&
        !group_of_member(c, scn_attr_text(attr)))
        dangling(c, node, attr, "node, group or phone", c->all_ids);
}

static void differ(struct checking *c, const xmlNode *node, const char *what)
{
    const char *from = scn_get(node, "from"), *to = scn_get(node, "to");

    if (from && to && strcmp(from, to) == 0)
        scn_complain_at(c->ld, scn_get_attr(node, "to"), "<%s> %s \"%s\" to itself", (const char *)node->name,
                        what, from);
}

static void refers_to_phone(struct checking *c, const xmlNode *node, const char *name, bool talks)
{
    const xmlAttr *attr = scn_get_attr(node, name);

    if (!attr)
        return;
    const char *id = scn_attr_text(attr);
    const xmlNode *group = g_hash_table_lookup(c->ids, id);
    if (group && scn_element_of(group) == SCN_E_NODE) {
        scn_complain_at(c->ld, attr, "<%s> %s=\"%s\": that is a node of the network, not a phone",
                        (const char *)node->name, name, id);
        return;
    }
    if (group && scn_count_of(group) > 1) {
        scn_complain_at(c->ld, attr,
                        "<%s> %s=\"%s\" is a group of %d phones; name one of them, %s-1 to %s-%d",
                        (const char *)node->name, name, id, scn_count_of(group), id, id, scn_count_of(group));
        return;
    }
    if (!group)
        group = group_of_member(c, id);
    if (!group)
        dangling(c, node, attr, "phone", c->group_ids);
    else if (talks)
        g_hash_table_add(c->talking, (xmlNodePtr)group);
}

static void refers_to_group(struct checking *c, const xmlNode *node, const char *name)
{
    const xmlAttr *attr = scn_get_attr(node, name);
    const xmlNode *group = attr ? g_hash_table_lookup(c->ids, scn_attr_text(attr)) : NULL;

    if (!attr)
        return;
    if (group && scn_element_of(group) == SCN_E_GROUP)
        g_hash_table_add(c->talking, (xmlNodePtr)group);
    else
        dangling(c, node, attr, "group of phones", c->group_ids);
}

/* One phone, or all of a group. */
static void refers_to_phones(struct checking *c, const xmlNode *node, const char *name)
{
    const xmlAttr *attr = scn_get_attr(node, name);
    const xmlNode *group = attr ? g_hash_table_lookup(c->ids, scn_attr_text(attr)) : NULL;

    if (!group || scn_element_of(group) != SCN_E_GROUP)
        refers_to_phone(c, node, name, false);
}

/* ---- names that the models know ----------------------------------------------------------------------- */

static GPtrArray *all_names(const struct scn_name_list *list)
{
    GPtrArray *names = g_ptr_array_new();

    for (size_t i = 0; list->nth && list->nth(i); i++)
        g_ptr_array_add(names, (char *)list->nth(i));
    return names;
}

static void known_name(struct checking *c, const xmlAttr *attr, const char *name,
                       const struct scn_name_list *list, const char *what, const char *where)
{
    if (!list->known || strcmp(name, "*") == 0 || list->known(name))
        return;
    GPtrArray *names = all_names(list);
    char *mean = scn_did_you_mean(name, names);
    scn_complain_at(c->ld, attr, "<%s> %s: \"%s\" is no %s%s; %s", (const char *)attr->parent->name,
                    (const char *)attr->name, name, what, mean, where);
    g_free(mean);
    g_ptr_array_free(names, TRUE);
}

static void known_timer(struct checking *c, const xmlAttr *attr, const struct scn_names *names)
{
    GPtrArray *all = g_ptr_array_new();
    bool found = !names->timers;

    for (size_t i = 0; i < names->n_timers; i++) {
        found = found || strcmp(names->timers[i].name, scn_attr_text(attr)) == 0;
        g_ptr_array_add(all, (char *)names->timers[i].name);
    }
    if (!found) {
        char *mean = scn_did_you_mean(scn_attr_text(attr), all);
        scn_complain_at(c->ld, attr, "<timer> name=\"%s\" is no timer%s; imssim list timers has them all",
                        scn_attr_text(attr), mean);
        g_free(mean);
    }
    g_ptr_array_free(all, TRUE);
}

static void names_are_known(struct checking *c, const xmlNode *node, enum scn_element element)
{
    const struct scn_names *names = c->ld->opts->names;

    for (const xmlAttr *attr = node->properties; names && attr; attr = attr->next) {
        const struct scn_attr_row *row = scn_attr_find(element, (const char *)attr->name);
        const char *text = scn_attr_text(attr);
        bool hide = row && row->element == SCN_E_VIEW && strcmp(row->name, "hide") == 0;

        if (!row || scn_tag_of(attr)->bad)
            continue;
        if (row->type == SCN_T_INTERFACE)
            known_name(c, attr, text, &names->interface, "reference point",
                       "imssim list interfaces has them all");
        else if (row->type == SCN_T_PROTOCOL)
            known_name(c, attr, text, &names->protocol, "protocol", "imssim list messages has them all");
        else if (row->type == SCN_T_MESSAGE)
            known_name(c, attr, text, &names->message, "message", "imssim list messages has them all");
        else if (row->type == SCN_T_TIMER)
            known_timer(c, attr, names);
        else if (row->type == SCN_T_NAMES) {
            char **parts = NULL;
            scn_convert(SCN_T_NAMES, text, NULL, &parts, NULL);
            for (char **part = parts; *part; part++)
                known_name(c, attr, *part, hide ? &names->message : &names->protocol,
                           hide ? "message" : "protocol", "imssim list messages has them all");
            g_strfreev(parts);
        }
    }
}

/* ---- one element after the other ------------------------------------------------------------------------
 */

static void nothing_is_missing(struct checking *c, const xmlNode *node, enum scn_element element)
{
    GString *lacks = g_string_new(NULL);
    const char *id = scn_get(node, "id"); /* every element with such attributes has one */

    for (const struct scn_attr_row *row = scn_attrs; row->name && id; row++) {
        if (row->element == element && row->mode == SCN_M_NEED && !scn_get_attr(node, row->name))
            g_string_append_printf(lacks, "%s%s (%s)", lacks->len ? ", " : "", row->name, row->about);
    }
    if (lacks->len)
        scn_complain_at(c->ld, node, "<%s id=\"%s\"> lacks %s; give it here or in a profile",
                        (const char *)node->name, id, lacks->str);
    g_string_free(lacks, TRUE);
}

static void host_is_its_own(struct checking *c, const xmlNode *node, const char *name)
{
    const char *host = scn_get(node, name);

    if (!host)
        return;
    char *folded = g_ascii_strdown(host, -1);
    const xmlNode *other = g_hash_table_lookup(c->hosts, folded);
    if (other && other != node) {
        char *where = scn_where(scn_tag_of(other));
        scn_complain_at(c->ld, scn_get_attr(node, name),
                        "<node> %s=\"%s\" is already the name of node \"%s\" (%s); requests "
                        "are routed by host name",
                        name, host, scn_get(other, "id"), where);
        g_free(where);
    }
    if (other)
        g_free(folded);
    else
        g_hash_table_insert(c->hosts, folded, (xmlNodePtr)node);
}

static void streams_are_sound(struct checking *c, const xmlNode *group)
{
    bool talks = g_hash_table_contains(c->talking, group), any = false;

    for (const xmlNode *media = scn_first(group); media; media = scn_next(media)) {
        if (scn_element_of(media) != SCN_E_MEDIA)
            continue;
        any = true;
        const char *port = scn_get(media, "port");
        if (!scn_first(media))
            scn_complain_at(c->ld, media, "<media type=\"%s\"> has no <codec>; it needs at least one",
                            scn_get(media, "type"));
        for (const xmlNode *other = scn_first(group); other != media; other = scn_next(other)) {
            if (scn_element_of(other) == SCN_E_MEDIA && g_strcmp0(scn_get(other, "port"), port) == 0)
                scn_complain_at(c->ld, media,
                                "<media type=\"%s\"> has the same port as the stream above it; give each "
                                "stream a port of its own",
                                scn_get(media, "type"));
        }
    }
    if (talks && !any)
        scn_complain_at(c->ld, group,
                        "<group id=\"%s\"> takes part in a call and has no <media>; it needs at least one",
                        scn_get(group, "id"));
}

static bool address_of(const xmlNode *group, guint64 *first, guint64 *last)
{
    const char *text = scn_get(group, "address");
    unsigned a, b, c, d;
    char rest;

    if (!text || sscanf(text, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &rest) != 4 ||
        MAX(MAX(a, b), MAX(c, d)) > 255)
        return false;
    *first = (guint64)a << 24 | b << 16 | c << 8 | d;
    *last = *first + (guint64)scn_count_of(group) - 1;
    return true;
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    guint64 x = 0, y = 0, end;

    address_of(*(xmlNodePtr const *)a, &x, &end);
    address_of(*(xmlNodePtr const *)b, &y, &end);
    return x < y ? -1 : x > y;
}

static void addresses_do_not_overlap(struct checking *c)
{
    const xmlNode *before = NULL;
    guint64 taken = 0, first, last;

    g_ptr_array_sort(c->groups, by_address);
    for (guint i = 0; i < c->groups->len; i++) {
        const xmlNode *group = g_ptr_array_index(c->groups, i);
        if (!address_of(group, &first, &last))
            continue;
        const xmlAttr *attr = scn_get_attr(group, "address");
        if (last > G_MAXUINT32)
            scn_complain_at(c->ld, attr,
                            "<group> address=\"%s\": %d phones do not fit before 255.255.255.255",
                            scn_attr_text(attr), scn_count_of(group));
        else if (before && first <= taken)
            scn_complain_at(
                c->ld, attr,
                "<group> address=\"%s\": the phones of group \"%s\" already have such addresses (it "
                "starts at %s and has %d phones)",
                scn_attr_text(attr), scn_get(before, "id"), scn_get(before, "address"), scn_count_of(before));
        if (!before || last > taken) {
            before = group;
            taken = last;
        }
    }
}

static void replications_make_sense(struct checking *c, const xmlNode *run)
{
    const char *level = scn_get(run, "confidence"), *least = scn_get(run, "min-replications"),
               *most = scn_get(run, "max-replications");
    double confidence = 0.95;
    int from = 10, to = 1000; /* the defaults */

    if ((level && !scn_convert(SCN_T_PROBABILITY, level, NULL, &confidence, NULL)) ||
        (least && !scn_convert(SCN_T_COUNT, least, NULL, &from, NULL)) ||
        (most && !scn_convert(SCN_T_COUNT, most, NULL, &to, NULL)))
        return;
    if (confidence < 0.5 || confidence > 0.9999)
        scn_complain_at(c->ld, scn_get_attr(run, "confidence"),
                        "<run> confidence=\"%s\" is no level for an interval: from 50%% to 99.99%%", level);
    if (from < 2 || from > to)
        scn_complain_at(c->ld, scn_get_attr(run, least ? "min-replications" : "max-replications"),
                        "<run> min-replications, %d, has to be from 2 to max-replications, %d", from, to);
}

static void run_makes_sense(struct checking *c, const xmlNode *run)
{
    sim_time until = SIM_NEVER, warmup = 0;
    const char *u = scn_get(run, "until"), *w = scn_get(run, "warmup");

    replications_make_sense(c, run);
    if (!u || !w || !scn_convert(SCN_T_END_TIME, u, NULL, &until, NULL) ||
        !scn_convert(SCN_T_WARMUP, w, NULL, &warmup, NULL))
        return;
    if (warmup >= until)
        scn_complain_at(c->ld, scn_get_attr(run, "warmup"),
                        "<run> warmup=\"%s\" leaves nothing to count: the run ends at %s", w, u);
}

/* The run's end as merged, or SIM_NEVER. */
static sim_time run_until(const struct checking *c)
{
    sim_time until = SIM_NEVER;
    const xmlNode *root = xmlDocGetRootElement(c->ld->doc->xml);
    for (const xmlNode *child = scn_first(root); child; child = scn_next(child))
        if (scn_element_of(child) == SCN_E_RUN && scn_get(child, "until"))
            scn_convert(SCN_T_END_TIME, scn_get(child, "until"), NULL, &until, NULL);
    return until;
}

/* ---- phones that never leave -------------------------------------------------------------------------------- */

static bool is_action(const xmlNode *at, const char *const *list)
{
    const char *what = scn_get(at, "do");
    for (; what && *list; list++)
        if (strcmp(what, *list) == 0)
            return true;
    return false;
}

/* A registered phone registers again before its time is over: without an end, such a run has none. */
static void everybody_leaves(struct checking *c, const xmlNode *root)
{
    static const char *const comes[] = {"attach", "register", NULL};
    static const char *const goes[] = {"detach", "power-off", "deregister", "deregister-by-network", NULL};
    GHashTable *there = g_hash_table_new(g_str_hash, g_str_equal);
    if (run_until(c) == SIM_NEVER) {
        for (guint i = 0; i < c->groups->len; i++) {
            xmlNode *group = g_ptr_array_index(c->groups, i);
            const char *state = scn_get(group, "state"), *id = scn_get(group, "id");
            if (id && scn_get(group, "enb") && state && strcmp(state, "off") != 0)
                g_hash_table_insert(there, (gpointer)id, group);
        }
        for (const xmlNode *script = scn_first(root); script; script = scn_next(script))
            for (xmlNode *at = (xmlNode *)scn_first(script); at; at = (xmlNode *)scn_next(at))
                if (scn_element_of(at) == SCN_E_AT && scn_get(at, "ue") && is_action(at, comes))
                    g_hash_table_insert(there, (gpointer)scn_get(at, "ue"), at);
        for (const xmlNode *script = scn_first(root); script; script = scn_next(script))
            for (const xmlNode *at = scn_first(script); at; at = scn_next(at))
                if (scn_element_of(at) == SCN_E_AT && scn_get(at, "ue") && is_action(at, goes))
                    g_hash_table_remove(there, scn_get(at, "ue"));
    }
    GList *ids = g_list_sort(g_hash_table_get_keys(there), (GCompareFunc)strcmp);
    for (GList *id = ids; id; id = id->next)
        scn_complain_at(c->ld, g_hash_table_lookup(there, id->data),
                        "phone \"%s\" stays registered and registers again for ever: let it leave, or give <run until>", (char *)id->data);
    g_list_free(ids);
    g_hash_table_destroy(there);
}

static double share(const xmlNode *node, const char *name)
{
    double value = 0;
    if (scn_get(node, name))
        scn_convert(SCN_T_PROBABILITY, scn_get(node, name), NULL, &value, NULL);
    return value;
}

/* Calls come to an end, take time to come, and the shares are shares of one whole. */
static void traffic_makes_sense(struct checking *c, const xmlNode *node)
{
    const char *count = scn_get(node, "count"), *until = scn_get(node, "until"), *arrivals = scn_get(node, "arrivals");
    struct dist d = {0};

    if ((!count || strcmp(count, "unlimited") == 0) && (!until || strcmp(until, "end") == 0) && run_until(c) == SIM_NEVER)
        scn_complain_at(c->ld, scn_get_attr(node, "arrivals"),
                        "<calls> never ends: give it until or count, or give <run> until");
    if (arrivals && scn_convert(SCN_T_ARRIVALS, arrivals, NULL, &d, NULL)) {
        if (dist_mean_ns(&d) < 1)
            scn_complain_at(c->ld, scn_get_attr(node, "arrivals"),
                            "<calls> arrivals=\"%s\" leaves no time between two calls; a rate above 0 and below one per ns is accepted", arrivals);
        dist_clear(&d);
    }
    if (share(node, "unanswered") + share(node, "busy") + share(node, "declined") > 1.0 + 1e-12)
        scn_complain_at(c->ld, scn_get_attr(node, "unanswered"),
                        "<calls> unanswered, busy and declined add up to more than all calls; at most 1 (100%%) is accepted");
}

static void check_element(struct checking *c, const xmlNode *node, enum scn_element element)
{
    nothing_is_missing(c, node, element);
    names_are_known(c, node, element);
    switch (element) {
    case SCN_E_NODE:
        roles_go_together(c, node);
        host_is_its_own(c, node, "host");
        host_is_its_own(c, node, "i-host");
        refers_to_role(c, node, "mme", "MME");
        refers_to_role(c, node, "sgw", "S-GW");
        refers_to_role(c, node, "pgw", "P-GW");
        refers_to_role(c, node, "pcrf", "PCRF");
        break;
    case SCN_E_GROUP:
        refers_to_network(c, node, "network");
        refers_to_role(c, node, "p-cscf", "P-CSCF");
        refers_to_role(c, node, "s-cscf", "S-CSCF");
        refers_to_role(c, node, "enb", "eNB");
        finds_p_cscf(c, node);
        has_bearers(c, node);
        can_authenticate(c, node);
        break;
    case SCN_E_CRITERION:
        refers_to_role(c, node, "as", "AS");
        break;
    case SCN_E_LINK:
    case SCN_E_DROP:
    case SCN_E_DUPLICATE:
        refers_to_end(c, node, "node");
        refers_to_end(c, node, "from");
        refers_to_end(c, node, "to");
        differ(c, node, "leads from");
        break;
    case SCN_E_RADIO:
        refers_to_role(c, node, "node", "eNB");
        scn_check_radio(c->ld, node);
        break;
    case SCN_E_CALL:
        refers_to_phone(c, node, "from", true);
        refers_to_phone(c, node, "to", true);
        differ(c, node, "goes from");
        break;
    case SCN_E_AT:
        refers_to_phones(c, node, "ue");
        break;
    case SCN_E_CALLS:
        refers_to_group(c, node, "from");
        refers_to_group(c, node, "to");
        traffic_makes_sense(c, node);
        break;
    case SCN_E_RUN:
        run_makes_sense(c, node);
        break;
    default:
        break;
    }
    for (const xmlNode *child = scn_first(node); child; child = scn_next(child))
        check_element(c, child, scn_element_find(element, (const char *)child->name));
}

void scn_check(struct scn_loader *ld)
{
    const xmlNode *root = xmlDocGetRootElement(ld->doc->xml);
    struct checking c = {
        .ld = ld,
        .ids = g_hash_table_new(g_str_hash, g_str_equal),
        .networks = g_hash_table_new(g_str_hash, g_str_equal),
        .hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .talking = g_hash_table_new(NULL, NULL),
        .nodes = g_ptr_array_new(),
        .groups = g_ptr_array_new(),
        .node_ids = g_ptr_array_new(),
        .group_ids = g_ptr_array_new(),
        .network_ids = g_ptr_array_new(),
        .all_ids = g_ptr_array_new(),
    };

    gather(&c, root, SCN_E_SCENARIO);
    g_ptr_array_extend(c.all_ids, c.node_ids, NULL, NULL);
    g_ptr_array_extend(c.all_ids, c.group_ids, NULL, NULL);
    phones_do_not_clash(&c);
    check_element(&c, root, SCN_E_SCENARIO);
    for (guint i = 0; i < c.groups->len; i++)
        streams_are_sound(&c, g_ptr_array_index(c.groups, i));
    addresses_do_not_overlap(&c);
    scn_check_numbers(ld, c.groups, c.nodes);
    everybody_leaves(&c, root);
    g_hash_table_destroy(c.ids);
    g_hash_table_destroy(c.networks);
    g_hash_table_destroy(c.hosts);
    g_hash_table_destroy(c.talking);
    g_ptr_array_free(c.nodes, TRUE);
    g_ptr_array_free(c.groups, TRUE);
    g_ptr_array_free(c.node_ids, TRUE);
    g_ptr_array_free(c.group_ids, TRUE);
    g_ptr_array_free(c.network_ids, TRUE);
    g_ptr_array_free(c.all_ids, TRUE);
}
