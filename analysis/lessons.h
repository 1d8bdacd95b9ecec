/* lessons.h - why a message exists, in plain words and in an engineer's (lessons.def). */
#ifndef ANALYSIS_LESSONS_H
#define ANALYSIS_LESSONS_H

struct lesson {
    const char *iface; /* "": any */
    const char *message, *plain, *engineer;
};

/* That of a message on an interface: by both names, by the message's, or by the message's without the method that a SIP
 * response names. NULL when there is none. */
const struct lesson *lesson_of(const char *iface, const char *message);

#endif
