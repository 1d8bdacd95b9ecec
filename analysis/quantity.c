/* quantity.c - values of parameters as numbers (see quantity.h). */
#include "analysis/quantity.h"

#include "sim/dist.h"
#include "sim/units.h"

#include <math.h>
#include <string.h>

bool quantity_number(const char *text, double *value, const char **unit)
{
    struct dist dist;
    uint64_t whole;
    char *inner = NULL;
    bool known = true;

    *unit = "";
    if (g_str_has_prefix(text, "poisson(") && g_str_has_suffix(text, ")"))
        text = inner = g_strndup(text + strlen("poisson("), strlen(text) - strlen("poisson()"));
    if (units_parse_number(text, value, NULL)) {
        *unit = "";
    } else if (units_parse_rate(text, value, NULL)) {
        *unit = "1/s";
    } else if (units_parse_probability(text, value, NULL)) {
        *value *= 100;
        *unit = "%";
    } else if (units_parse_bitrate(text, &whole, NULL)) {
        *value = (double)whole / 1000;
        *unit = "kbit/s";
    } else if (units_parse_size(text, &whole, NULL)) {
        *value = (double)whole;
        *unit = "B";
    } else if (!g_str_has_prefix(text, "empirical") && dist_parse(&dist, text, NULL, NULL)) {
        *value = dist_mean_ns(&dist) / (double)SIM_MS;
        *unit = "ms";
        dist_clear(&dist);
    } else {
        known = false;
    }
    g_free(inner);
    return known && isfinite(*value);
}
