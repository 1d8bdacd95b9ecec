/* lessons.c - finds the lesson of a message (see lessons.h). */
#include "analysis/lessons.h"

#include <glib.h>
#include <string.h>

static const struct lesson lessons[] = {
#define LESSON(iface, message, plain, engineer) {iface, message, plain, engineer},
#include "analysis/lessons.def"
#undef LESSON
};

static const struct lesson *find(const char *iface, const char *message, size_t length)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lessons); i++)
        if (strncmp(lessons[i].message, message, length) == 0 && !lessons[i].message[length] && strcmp(lessons[i].iface, iface) == 0)
            return &lessons[i];
    return NULL;
}

const struct lesson *lesson_of(const char *iface, const char *message)
{
    const char *method = g_ascii_isdigit(message[0]) ? strstr(message, " (") : NULL;
    size_t whole = strlen(message);
    const struct lesson *l = find(iface, message, whole);
    if (!l)
        l = find("", message, whole);
    if (!l && method)
        l = find("", message, (size_t)(method - message));
    return l;
}
