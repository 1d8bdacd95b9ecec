/* sweep_error.h - errors of values, conditions and designs: sentences for people, told apart by nothing. */
#ifndef APP_EXPERIMENT_SWEEP_ERROR_H
#define APP_EXPERIMENT_SWEEP_ERROR_H

#include <glib.h>
#include <stdbool.h>

#define SWEEP_ERROR (g_quark_from_static_string("imssim-sweep-error"))

/* Sets the error; returns false. */
bool sweep_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
