/* precond.c - the precondition status table of one media stream; see precond.h. */
#include "models/proto/sdp/precond.h"

const char *sdp_strength_name(enum sdp_strength strength)
{
    static const char *const names[SDP_STRENGTH_COUNT] = {
#define STRENGTH(id, tag) [id] = tag,
        SDP_STRENGTHS(STRENGTH)
#undef STRENGTH
    };

    return (unsigned)strength < SDP_STRENGTH_COUNT ? names[strength] : "?";
}

const char *sdp_precond_name(enum sdp_precond type)
{
    static const char *const names[SDP_PRECOND_COUNT] = {
#define PRECOND(id, tag) [id] = tag,
        SDP_PRECONDS(PRECOND)
#undef PRECOND
    };

    return (unsigned)type < SDP_PRECOND_COUNT ? names[type] : "?";
}

const char *sdp_direction_name(unsigned bits)
{
    static const char *const names[] = {"none", "send", "recv", "sendrecv"};

    return names[bits & SDP_SENDRECV];
}

const char *sdp_mode_name(unsigned bits)
{
    static const char *const names[] = {"inactive", "sendonly", "recvonly", "sendrecv"};

    return names[bits & SDP_SENDRECV];
}

struct sdp_status precond_init(enum sdp_strength local, enum sdp_strength remote, unsigned want)
{
    struct sdp_status status = {0};

    for (unsigned dir = 0; dir < 2; dir++) {
        if (!(want & 1u << dir))
            continue;
        status.des[SDP_LOCAL][dir] = (uint8_t)local;
        status.des[SDP_REMOTE][dir] = (uint8_t)remote;
    }
    return status;
}

struct sdp_status precond_swap(const struct sdp_status *status)
{
    struct sdp_status other;

    for (unsigned segment = 0; segment < 2; segment++) {
        unsigned from = !segment;

        other.curr[segment] = (uint8_t)sdp_direction_swap(status->curr[from]);
        other.conf[segment] = (uint8_t)sdp_direction_swap(status->conf[from]);
        other.des[segment][0] = status->des[from][1];
        other.des[segment][1] = status->des[from][0];
    }
    return other;
}

void precond_raise(struct sdp_status *status, const struct sdp_status *floor)
{
    for (unsigned segment = 0; segment < 2; segment++) {
        for (unsigned dir = 0; dir < 2; dir++) {
            uint8_t least = floor->des[segment][dir];

            if (least <= SDP_STRENGTH_MANDATORY && status->des[segment][dir] < least)
                status->des[segment][dir] = least;
        }
    }
}

unsigned precond_desired(const struct sdp_status *status, enum sdp_segment segment, enum sdp_strength least)
{
    unsigned bits = 0;

    for (unsigned dir = 0; dir < 2; dir++) {
        unsigned strength = status->des[segment][dir];

        if (strength >= (unsigned)least && strength <= SDP_STRENGTH_MANDATORY)
            bits |= 1u << dir;
    }
    return bits;
}

unsigned precond_missing(const struct sdp_status *status, enum sdp_segment segment, enum sdp_strength least)
{
    return precond_desired(status, segment, least) & ~(unsigned)status->curr[segment];
}

bool precond_reports_failure(const struct sdp_status *status)
{
    for (unsigned segment = 0; segment < 2; segment++) {
        for (unsigned dir = 0; dir < 2; dir++) {
            if (status->des[segment][dir] > SDP_STRENGTH_MANDATORY)
                return true;
        }
    }
    return false;
}
