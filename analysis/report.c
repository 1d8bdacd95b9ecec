/* report.c - puts a page together from its template (see report.h). */
#include "analysis/report.h"

#include "analysis/report_resources.h"

#include <string.h>

struct report {
    GString *title, *body, *flows;
};

struct report *report_new(const char *title)
{
    struct report *r = g_new0(struct report, 1);
    r->title = g_string_new(NULL);
    r->body = g_string_new(NULL);
    r->flows = g_string_new(NULL);
    report_escape(title, r->title);
    return r;
}

void report_free(struct report *r)
{
    if (!r)
        return;
    g_string_free(r->title, TRUE);
    g_string_free(r->body, TRUE);
    g_string_free(r->flows, TRUE);
    g_free(r);
}

void report_escape(const char *text, GString *out)
{
    char *safe = g_markup_escape_text(text, -1);
    g_string_append(out, safe);
    g_free(safe);
}

void report_add_html(struct report *r, const char *html)
{
    g_string_append(r->body, html);
}

/* In a script element nothing may look like its end: "<" stands in strings only, and they may spell it otherwise. */
static void put_json(const GString *json, GString *out)
{
    for (gsize i = 0; i < json->len; i++)
        if (json->str[i] == '<')
            g_string_append(out, "\\u003c");
        else
            g_string_append_c(out, json->str[i]);
}

void report_add_flow(struct report *r, const struct flow_record *flow, const struct report_view *view)
{
    GString *json = g_string_new(NULL);
    struct json j = json_to(json);
    j.flat = true;
    report_flow_json(flow, view, &j, NULL);
    g_string_append(r->flows, "<script type=\"application/json\" class=\"flow\">");
    put_json(json, r->flows);
    g_string_append(r->flows, "</script>\n");
    g_string_free(json, TRUE);
}

static void put_resource(const char *name, GString *out)
{
    char *path = g_strdup_printf("/imssim/report/%s", name);
    GBytes *data = g_resource_lookup_data(report_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    gsize size;
    const char *text = g_bytes_get_data(data, &size);
    g_string_append_len(out, text, (gssize)size);
    g_bytes_unref(data);
    g_free(path);
}

/* What stands for @NAME@ in the template. */
static void put_place(const struct report *r, const char *name, GString *out)
{
    if (strcmp(name, "TITLE") == 0)
        g_string_append_len(out, r->title->str, (gssize)r->title->len);
    else if (strcmp(name, "PROGRAM") == 0)
        g_string_append(out, "imssim " PACKAGE_VERSION);
    else if (strcmp(name, "CSS") == 0)
        put_resource("report.css", out);
    else if (strcmp(name, "JS") == 0)
        put_resource("ladder.js", out);
    else if (strcmp(name, "BODY") == 0)
        g_string_append_len(out, r->body->str, (gssize)r->body->len);
    else if (strcmp(name, "FLOWS") == 0)
        g_string_append_len(out, r->flows->str, (gssize)r->flows->len);
}

void report_print(const struct report *r, GString *out)
{
    GString *page = g_string_new(NULL);
    put_resource("page.html", page);
    char **parts = g_strsplit(page->str, "@", -1); /* text, name, text, name ... */
    for (guint i = 0; parts[i]; i++)
        if (i % 2)
            put_place(r, parts[i], out);
        else
            g_string_append(out, parts[i]);
    g_strfreev(parts);
    g_string_free(page, TRUE);
}
