/* test_lessons.c - whoever points at a message reads why it exists. */
#include "analysis/lessons.h"

#include "scenarios/load/build.h"
#include "scenarios/load/load.h"

#include <CUnit/CUnit.h>

#include <stdio.h>
#include <string.h>

/* RAR and RAA mean different things on Gx and Rx. */
static const struct lesson *look_up(const char *message)
{
    const struct lesson *l = lesson_of("", message);
    return l ? l : lesson_of("Rx", message);
}

void test_lessons_of_all_messages(void)
{
    const char *message;
    size_t n = 0;
    for (; (message = world_names()->message.nth(n)); n++) {
        const struct lesson *l = look_up(message);
        if (!l)
            printf("\n%s has no lesson", message);
        CU_ASSERT_TRUE(l && strlen(l->plain) > 5 && strlen(l->engineer) > 5);
    }
    CU_ASSERT_TRUE(n > 300);
}

void test_lessons_are_particular(void)
{
    CU_ASSERT_PTR_NOT_EQUAL(lesson_of("Gx", "RAR"), lesson_of("Rx", "RAR"));
    CU_ASSERT_PTR_NOT_EQUAL(lesson_of("ISC", "REGISTER"), lesson_of("Gm", "REGISTER"));
    CU_ASSERT_PTR_NOT_EQUAL(lesson_of("Gm", "200 OK (INVITE)"), lesson_of("Gm", "200 OK (BYE)"));
    CU_ASSERT_STRING_EQUAL(lesson_of("Gm", "486 Busy Here (INVITE)")->message, "486 Busy Here");
    CU_ASSERT_PTR_NULL(lesson_of("Gm", "no such message"));
}
