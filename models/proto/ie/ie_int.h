/* ie_int.h - the functions that ie_types.def names, and helpers they share. */
#ifndef MODELS_PROTO_IE_IE_INT_H
#define MODELS_PROTO_IE_IE_INT_H

#include "models/proto/ie/ie.h"

/* What a field's functions may need beside the value. */
struct ie_ctx {
    const struct ie_stack *stack;
    const struct msg *m;
};

/* Types that share a function repeat its prototype. */
#define IE(id, ctype, form, bytes, size, print, drop)                                                        \
    uint32_t ie_size_##size(const struct ie_ctx *c, const void *value);                                      \
    void ie_print_##print(const struct ie_ctx *c, const void *value, GString *out);                          \
    void ie_drop_##drop(struct net *net, void *value);
#include "models/proto/ie/ie_types.def"

/* "name (value)" of a list of names. */
void ie_put_value(GString *out, enum ie_type_id list, uint32_t value);
/* Begins the line of a list's item. */
void ie_put_item(GString *out);
void ie_put_ipv4(GString *out, uint32_t ipv4);
void ie_put_plmn(GString *out, const struct ie_plmn *plmn);
void ie_put_bytes(GString *out, const uint8_t *bytes, unsigned n);
void ie_put_qos(GString *out, const struct ie_qos *qos);
void ie_put_filter(GString *out, const struct ie_filter *f);
/* Renders a message inside another, each line set in. */
void ie_put_nested(const struct ie_ctx *c, const struct msg *m, GString *out);

/* Decimal digits of a number. */
static inline uint32_t ie_digits(uint64_t n)
{
    uint32_t digits = 1;
    for (; n >= 10; n /= 10)
        digits++;
    return digits;
}
/* Characters of a dotted address. */
static inline uint32_t ie_ipv4_chars(uint32_t a)
{
    return ie_digits(a >> 24) + ie_digits(a >> 16 & 255) + ie_digits(a >> 8 & 255) + ie_digits(a & 255) + 3;
}
/* Bytes of an AVP with this much data: header, vendor, padding to four (RFC 6733 4.1). */
static inline uint32_t ie_avp(bool vendor, uint32_t data)
{
    return 8u + (vendor ? 4u : 0u) + ((data + 3u) & ~3u);
}
#define IE_BASE_AVP(data) ie_avp(false, data)
#define IE_3GPP_AVP(data) ie_avp(true, data)
/* Bytes of an octet string or open type in aligned PER: length of one or two octets. */
static inline uint32_t ie_per_octets(uint32_t n)
{
    return n + (n < 128 ? 1u : 2u);
}

#endif
