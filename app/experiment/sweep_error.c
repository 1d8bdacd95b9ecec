/* sweep_error.c - see sweep_error.h. */
#include "app/experiment/sweep_error.h"

bool sweep_fail(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, SWEEP_ERROR, 0, text);
    g_free(text);
    return false;
}
