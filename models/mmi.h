/* mmi.h - the man-machine interface: how people drive a phone, and what the phone tells them.
 *
 * The user (models/user) and the phone (models/ue) know each other only through these primitives. A
 * call is named by a token that the phone gives; a stale token is harmless. */
#ifndef MODELS_MMI_H
#define MODELS_MMI_H

#include "sim/net.h"

/* What a user wants of a call that goes on. */
enum mmi_what {
    MMI_HOLD,       /* to hear nothing for a while: the other side is put on hold */
    MMI_RESUME,
    MMI_CODEC,      /* another codec, named by its payload type                   */
    MMI_ADD_VIDEO,
    MMI_DROP_VIDEO,
};
struct mmi_change {
    uint8_t what;  /* enum mmi_what */
    uint8_t codec;
};

/* One that is planned. */
struct call_change {
    sim_time after;  /* the moment below                                          */
    bool by_called;  /* the called user wants it, not the caller                  */
    bool from_alert; /* counted from the alert, else from the answer              */
    struct mmi_change change;
};

/* Everything about one call that is drawn when it is created, so that two runs that differ
 * in one parameter meet the same calls. */
struct call_plan {
    sim_time answer; /* alerted -> answers                                            */
    sim_time hold;   /* answered -> the caller hangs up; SIM_NEVER: never              */
    sim_time cancel; /* dialled -> the caller gives up if unanswered; SIM_NEVER: never */
    sim_time reserve_caller, reserve_called; /* reservation times R1, R2               */
    uint16_t reject; /* 0: answers; else the called user refuses: 486 or 603           */
    bool never;      /* the called user does not react at all                          */
    bool without_video; /* it begins with audio only                                   */
    const struct call_change *changes; /* in the order of their times                  */
    uint32_t n_changes;
    const struct call_tokens *tokens; /* or NULL                                       */
};

/* Texts for the opaque tokens of a call; NULL members are generated. */
struct call_tokens {
    const char *call_id, *from_tag, *to_tag, *invite_branch, *ack_branch;
    uint64_t offer_session, answer_session; /* 0 = generated */
};

/* What a user does to a phone. */
struct mmi_phone {
    /* Dials and returns the call; the running flow is the call's. The plan is copied. */
    uint64_t (*dial)(struct node *phone, struct node *callee, const struct call_plan *plan);
    void (*answer)(struct node *phone, uint64_t call);
    void (*reject)(struct node *phone, uint64_t call, uint16_t status);
    void (*hang_up)(struct node *phone, uint64_t call); /* before the answer: cancels */
    /* Whether it takes one more call now: it has fewer than it can have at a time. */
    bool (*can_dial)(const struct node *phone);
    void (*change)(struct node *phone, uint64_t call, const struct mmi_change *change);
};

/* What phones report to people. The running flow tells which call of theirs it is about. */
struct mmi_people {
    /* A call comes in: its plan, or NULL for a call that nobody planned. */
    const struct call_plan *(*incoming)(void *people, struct node *phone);
    void (*alerted)(void *people, struct node *phone, uint64_t call);   /* called: it rings    */
    void (*connected)(void *people, struct node *phone, uint64_t call); /* caller: 200 arrived */
    /* dropped: the network ended it, for this reason (a SIP status); 0: it did not. */
    void (*ended)(void *people, struct node *phone, uint64_t call, bool caller, uint16_t status, uint16_t dropped);
};

#endif
