/* read.c - one untrusted file -> a document whose elements and attributes know their lines.
 *
 * The parser's own line numbers stop at 65535 and name the end of a tag; the numbers here are taken while
 * parsing, for the tag's start and for each attribute. A DOCTYPE ends reading at once, before anything it
 * declares is looked at, so there are no entities to expand and no external subset to fetch. */
#include "scenarios/load/load_int.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAGS_PER_BLOCK = 512, MAX_TAG_BYTES = 256 << 10, MAX_SYNTAX_ERRORS = 5 };

struct scn_tag *scn_tag_new(struct scn_doc *doc, const char *file, int line, int layer, const char *dir)
{
    if (doc->arena->len == 0 || doc->used == TAGS_PER_BLOCK) {
        g_ptr_array_add(doc->arena, g_new(struct scn_tag, TAGS_PER_BLOCK));
        doc->used = 0;
    }
    struct scn_tag *block = g_ptr_array_index(doc->arena, doc->arena->len - 1);
    struct scn_tag *tag = &block[doc->used++];

    *tag = (struct scn_tag){.file = file, .line = line, .layer = layer, .dir = dir};
    return tag;
}

/* ---- bytes ------------------------------------------------------------------------------------------ */

static void complain_of_file(struct scn_loader *ld, const char *shown, const struct scn_tag *asked,
                             const char *what)
{
    if (asked)
        scn_complain(ld, asked->file, asked->line, "%s: %s", shown, what);
    else
        scn_complain(ld, shown, 0, "%s", what);
}

static char *read_all(int fd, size_t *size, const char **what)
{
    GByteArray *bytes = g_byte_array_new();
    guint8 chunk[65536];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            *what = g_strerror(errno);
            break;
        }
        if (bytes->len + (size_t)n > SCN_MAX_BYTES) {
            *what = "is larger than 64 MiB, the most a scenario file may have";
            break;
        }
        g_byte_array_append(bytes, chunk, (guint)n);
    }
    *size = bytes->len;
    if (n != 0) {
        g_byte_array_free(bytes, TRUE);
        return NULL;
    }
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(bytes, FALSE);
}

/* What the file holds, NUL-terminated (g_free), or NULL with a complaint: at `asked`, when some other file
 * asked for it. `regular`: nothing but a regular file will do (no pipe that never ends). */
char *scn_read_bytes(struct scn_loader *ld, const char *path, const char *shown, bool regular, size_t *size,
                     const struct scn_tag *asked)
{
    const char *what = NULL;
    char *data = NULL;
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (regular ? O_NONBLOCK : 0));

    if (fd < 0 || fstat(fd, &status) != 0)
        what = errno == ENOENT ? "there is no such file" : g_strerror(errno);
    else if (S_ISDIR(status.st_mode))
        what = "is a directory; a scenario is an XML file";
    else if (regular && !S_ISREG(status.st_mode))
        what = "is not a regular file";
    else if (S_ISREG(status.st_mode) && status.st_size > SCN_MAX_BYTES)
        what = "is larger than 64 MiB, the most a scenario file may have";
    else
        data = read_all(fd, size, &what);
    if (what)
        complain_of_file(ld, shown, asked, what);
    if (fd >= 0)
        close(fd);
    return data;
}

/* ---- parsing ---------------------------------------------------------------------------------------- */

struct reading {
    struct scn_loader *ld;
    const char *file, *dir; /* interned */
    int layer, errors;
    bool stopped; /* on purpose: what the parser says then is noise */
};

static void stop(xmlParserCtxtPtr parser, const char *what)
{
    struct reading *r = parser->_private;

    if (!r->stopped)
        scn_complain(r->ld, r->file, parser->input ? parser->input->line : 0, "%s", what);
    r->stopped = true;
    xmlStopParser(parser);
}

static int lines_between(const xmlChar *from, const xmlChar *to)
{
    int lines = 0;

    for (; from < to; from++)
        lines += *from == '\n';
    return lines;
}

/* Start of the attribute called `name` in the text of a tag from `at` on, or NULL. */
static const xmlChar *find_attr(const xmlChar *at, const xmlChar *end, const xmlChar *name, size_t length)
{
    while (at < end && *at != '>' && !g_ascii_isspace(*at)) /* the element's name */
        at++;
    while (at < end) {
        while (at < end && g_ascii_isspace(*at))
            at++;
        const xmlChar *start = at;
        while (at < end && *at != '=' && !g_ascii_isspace(*at))
            at++;
        bool found = (size_t)(at - start) == length && memcmp(start, name, length) == 0;
        while (at < end && *at != '"' && *at != '\'')
            at++;
        if (at >= end)
            return NULL;
        if (found)
            return start;
        const xmlChar *close = memchr(at + 1, *at, (size_t)(end - at - 1));
        if (!close)
            return NULL;
        at = close + 1;
    }
    return NULL;
}

/* Hangs tags on the element just opened. The parser stands at the end of its tag, and no "<" can stand
 * inside of a tag, so the last one is its start. */
static void tag_element(struct reading *r, xmlParserCtxtPtr parser, xmlNodePtr node)
{
    const xmlParserInput *in = parser->input;
    const xmlChar *start = in->cur;

    while (start > in->base && *start != '<')
        start--;
    int line = in->line - lines_between(start, in->cur);
    node->_private = scn_tag_new(r->ld->doc, r->file, line, r->layer, r->dir);
    for (xmlAttrPtr attr = node->properties; attr; attr = attr->next) {
        int at_line = line;
        if (*start == '<' && !attr->ns) {
            const xmlChar *at = find_attr(start + 1, in->cur, attr->name, strlen((const char *)attr->name));
            at_line += at ? lines_between(start, at) : 0;
        }
        attr->_private = scn_tag_new(r->ld->doc, r->file, at_line, r->layer, r->dir);
        /* One text node is all that the rest has to expect. */
        if (attr->children && (attr->children->next || attr->children->type != XML_TEXT_NODE)) {
            xmlChar *value = xmlNodeListGetString(node->doc, attr->children, 1);
            xmlFreeNodeList(attr->children);
            attr->children = attr->last = NULL;
            attr->children = attr->last = xmlNewDocText(node->doc, value ? value : SCN_X(""));
            attr->children->parent = (xmlNodePtr)attr;
            xmlFree(value);
        }
    }
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n_attributes, int n_defaulted,
                     const xmlChar **attributes)
{
    xmlParserCtxtPtr parser = data;
    struct reading *r = parser->_private;

    if (r->stopped)
        return;
    if (++r->ld->elements > SCN_MAX_ELEMENTS) {
        stop(parser, "too many elements; a scenario may have 100000");
        return;
    }
    if (parser->nodeNr >= SCN_MAX_DEPTH) {
        stop(parser, "elements are nested too deeply; a scenario file may have 32 levels");
        return;
    }
    xmlSAX2StartElementNs(parser, name, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted,
                          attributes);
    if (parser->node && !parser->node->_private)
        tag_element(r, parser, parser->node);
}

static void on_doctype(void *data, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    stop(data, "DOCTYPE is not accepted; a scenario file has none and needs no entities");
}

/* The parser's message without its habits: first line, no trailing dots or blanks. */
static char *plain_message(const xmlError *error)
{
    char *text = g_strdup(error->message ? error->message : "unknown error");

    text[strcspn(text, "\r\n")] = '\0';
    g_strstrip(text);
    return text;
}

#if LIBXML_VERSION >= 21200
static void on_error(void *data, const xmlError *error)
#else
static void on_error(void *data, xmlErrorPtr error)
#endif
{
    xmlParserCtxtPtr parser = data;
    struct reading *r = parser->_private;
    char *text = plain_message(error);

    if (r->stopped || error->level == XML_ERR_NONE ||
        (error->level == XML_ERR_WARNING && error->code != XML_WAR_UNDECLARED_ENTITY) ||
        r->errors++ >= MAX_SYNTAX_ERRORS) {
        g_free(text);
        return;
    }
    switch (error->code) {
    case XML_ERR_INVALID_CHAR:
    case XML_ERR_INVALID_ENCODING:
    case XML_I18N_CONV_FAILED:
        scn_complain(
            r->ld, r->file, error->line,
            "bytes that the file's encoding does not have (%s); save it as UTF-8 or declare the encoding "
            "it has in <?xml ... encoding=\"...\"?>",
            text);
        r->stopped = true;
        xmlStopParser(parser);
        break;
    case XML_ERR_UNKNOWN_ENCODING:
    case XML_ERR_UNSUPPORTED_ENCODING:
        scn_complain(r->ld, r->file, error->line, "unknown encoding (%s); save the file as UTF-8", text);
        r->stopped = true;
        xmlStopParser(parser);
        break;
    case XML_ERR_UNDECLARED_ENTITY:
    case XML_WAR_UNDECLARED_ENTITY:
        scn_complain(r->ld, r->file, error->line,
                     "%s; only &amp; &lt; &gt; &quot; &apos; and &#NUMBER; are accepted", text);
        break;
    case XML_NS_ERR_UNDEFINED_NAMESPACE:
        scn_complain(r->ld, r->file, error->line, "%s; declare it with xmlns:PREFIX=\"...\"", text);
        break;
    default:
        scn_complain(r->ld, r->file, error->line, "not well-formed XML: %s", text);
        r->stopped = error->level == XML_ERR_FATAL; /* what follows it is its consequence */
    }
    g_free(text);
}

/* No tag, text or comment may be endless: the parser compares the attributes of a tag pairwise. */
static bool has_endless_part(const char *data, size_t size, size_t *at)
{
    size_t last = 0;

    for (size_t i = 0; i < size;) {
        const char *next = memchr(data + i, '<', size - i);
        size_t here = next ? (size_t)(next - data) : size;
        if (here - last > MAX_TAG_BYTES) {
            *at = last;
            return true;
        }
        last = here;
        i = here + 1;
    }
    return false;
}

static bool looks_like_xml(struct scn_loader *ld, const char *file, const char *data, size_t size)
{
    size_t i = 0, at;

    if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        i = 3;
    while (i < size && g_ascii_isspace(data[i]))
        i++;
    if (i == size) {
        scn_complain(ld, file, 0, "is empty; a scenario is an XML file that starts with <scenario ...>");
        return false;
    }
    bool utf16 = size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0 ||
                               !data[0] || !data[1]);
    if (data[i] != '<' && !utf16) {
        scn_complain(ld, file, 1 + lines_between(SCN_X(data), SCN_X(data) + i),
                     "is not XML; a scenario is an XML file that starts with <scenario ...>");
        return false;
    }
    if (has_endless_part(data, size, &at)) {
        scn_complain(ld, file, 1 + lines_between(SCN_X(data), SCN_X(data) + at),
                     "more than 256 KiB without a new tag; no tag, text or comment may be that long");
        return false;
    }
    return true;
}

xmlDocPtr scn_read_xml(struct scn_loader *ld, const char *shown, const char *data, size_t size, int layer)
{
    char *dir = g_path_get_dirname(shown);
    struct reading r = {
        .ld = ld, .file = g_intern_string(shown), .dir = g_intern_string(dir), .layer = layer};

    g_free(dir);
    g_ptr_array_add(ld->files, (char *)r.file);
    if (size > SCN_MAX_BYTES) {
        scn_complain(ld, r.file, 0, "is larger than 64 MiB, the most a scenario file may have");
        return NULL;
    }
    if (!looks_like_xml(ld, r.file, data, size))
        return NULL;

    xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (!parser)
        g_error("out of memory");
    parser->_private = &r;
    parser->sax->startElementNs = on_start;
    parser->sax->internalSubset = on_doctype;
    parser->sax->serror = on_error;
    xmlDocPtr doc =
        xmlCtxtReadMemory(parser, data, (int)size, r.file, NULL,
                          XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOBASEFIX | XML_PARSE_BIG_LINES);
    /* Errors that leave the document usable (an undeclared prefix) still make it wrong. */
    if (doc && (r.stopped || r.errors)) {
        xmlFreeDoc(doc);
        doc = NULL;
    } else if (!doc && !r.stopped && !r.errors) {
        scn_complain(ld, r.file, 0, "is not XML");
    }
    if (parser->myDoc) /* what xmlCtxtReadMemory did not hand over */
        xmlFreeDoc(parser->myDoc);
    xmlFreeParserCtxt(parser);
    return doc;
}
