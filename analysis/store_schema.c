/* store_schema.c - the tables of results.db, each column with what it means (see store.h).
 *
 * Units stand in the names: _ns, _ratio, _bytes, _count. A change here is a new STORE_VERSION. */
#include "analysis/store.h"

#include "models/names.h"

#include <string.h>

#define KEEP       false
#define PROVENANCE true
#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL, KEEP, NULL                                                                               \
    }

static const struct store_column meta_columns[] = {
    {"key",   "TEXT NOT NULL", KEEP,
     "schema: version of these tables; of a sweep: fingerprint (of sweep, base scenario and settings), points and "
     "replications_planned (of its design); of a part of one: shard"},
    {"value", "TEXT NOT NULL", KEEP, "its value"                      },
    END,
};

static const struct store_column definition_columns[] = {
    {"kind",   "TEXT NOT NULL", KEEP, "time or ratio"                                         },
    {"name",   "TEXT NOT NULL", KEEP, "of the metric, as in metric.name and ratio.name"       },
    {"unit",   "TEXT NOT NULL", KEEP, "in which people read it; columns have their own units" },
    {"what",   "TEXT NOT NULL", KEEP, "from which moment to which; or what is divided by what"},
    {"source", "TEXT NOT NULL", KEEP, "where it is defined"                                   },
    END,
};

static const struct store_column run_columns[] = {
    {"id",                          "INTEGER NOT NULL", KEEP,       "1, 2 ..."                               },
    {"sweep",                       "TEXT",             KEEP,       "name of the sweep; NULL: a single run"  },
    {"scenario",                    "TEXT NOT NULL",    KEEP,       "name of the scenario"                   },
    {"title",                       "TEXT",             KEEP,       "its title"                              },
    {"seed",                        "TEXT NOT NULL",    KEEP,       "decimal: it may be as large as 2^64 - 1"},
    {"warmup_ns",                   "INTEGER NOT NULL", KEEP,       "calls dialled before do not count"      },
    {"confidence_ratio",            "REAL NOT NULL",    KEEP,       "level of all intervals"                 },
    {"replications_planned_count",  "INTEGER NOT NULL", KEEP,       "replications asked for, of all points"  },
    {"replications_finished_count", "INTEGER NOT NULL", KEEP,
     "replications that came to their end; 0: the numbers are of the unfinished first one"                   },
    {"state",                       "TEXT NOT NULL",    KEEP,
     "finished, interrupted, limit, failed, partial (so it was asked for); running: it still runs, or it was killed"},
    {"why",                         "TEXT",             KEEP,       "why the run is not complete, in words"  },
    {"program",                     "TEXT NOT NULL",    PROVENANCE, "program and version that wrote it"      },
    {"started_utc",                 "TEXT NOT NULL",    PROVENANCE, "wall clock, ISO 8601"                   },
    {"ended_utc",                   "TEXT",             PROVENANCE, "wall clock of the last commit, ISO 8601"},
    {"file",                        "TEXT NOT NULL",    PROVENANCE, "the scenario's file"                    },
    {"xml",                         "TEXT NOT NULL",    PROVENANCE,
     "the effective scenario (of a sweep: without its factors), with the origin of every value as comments"  },
    {"sweep_xml",                   "TEXT",             PROVENANCE, "the sweep's file"                       },
    END,
};

static const struct store_column point_columns[] = {
    {"id",        "INTEGER NOT NULL", KEEP, "1, 2 ...; of a sweep, the place in its design"               },
    {"run",       "INTEGER NOT NULL", KEEP, "run.id"                                                      },
    {"hash",      "TEXT NOT NULL",    KEEP,
     "SHA-256 of the effective parameters, without those that change no result (seed, replications, "
     "limits, view, name)"                                                                                },
    {"seed",      "TEXT NOT NULL",    KEEP, "decimal; the same at all points with common random numbers"  },
    {"warmup_ns", "INTEGER NOT NULL", KEEP, "calls dialled before do not count"                           },
    {"replications_planned_count",  "INTEGER NOT NULL", KEEP, "replications asked for"                    },
    {"replications_finished_count", "INTEGER NOT NULL", KEEP, "replications that came to their end"       },
    {"state",     "TEXT NOT NULL",    KEEP,
     "finished; failed: see problem; running: there is more to come (interrupted, limit, of a single run)"},
    END,
};

static const struct store_column factor_columns[] = {
    {"point",    "INTEGER NOT NULL", KEEP, "point.id"                                              },
    {"position", "INTEGER NOT NULL", KEEP, "1, 2 ... in the order of the sweep"                    },
    {"name",     "TEXT NOT NULL",    KEEP, "of the factor"                                         },
    {"value",    "TEXT NOT NULL",    KEEP, "what it is at this point, as the sweep says it"        },
    {"number",   "REAL",             KEEP, "the same as a number (times in ms); NULL: it is none"  },
    {"unit",     "TEXT NOT NULL",    KEEP, "of the number"                                         },
    END,
};

static const struct store_column problem_columns[] = {
    {"point",       "INTEGER NOT NULL", KEEP, "point.id"                                                 },
    {"replication", "INTEGER NOT NULL", KEEP, "that did not finish; 0: the point's scenario is wrong"    },
    {"why",         "TEXT NOT NULL",    KEEP, "in words"                                                 },
    END,
};

static const struct store_column pack_columns[] = {
    {"point",       "INTEGER NOT NULL", KEEP, "point.id"                                                           },
    {"replication", "INTEGER NOT NULL", KEEP, "replication.number; 0: replications 1 to through, together"         },
    {"through",     "INTEGER NOT NULL", KEEP, "see replication"                                                    },
    {"bytes",       "BLOB NOT NULL",    KEEP, "all that was measured, to be added up by imssim (analysis/pack.h)"  },
    END,
};

static const struct store_column parameter_columns[] = {
    {"point",    "INTEGER NOT NULL", KEEP,
     "point.id; 0: of a sweep without its factors, while its points have only what differs from that"},
    {"position", "INTEGER NOT NULL", KEEP,       "1, 2 ... in the order of the scenario"},
    {"name",     "TEXT NOT NULL",    KEEP,       "as --set takes it"                    },
    {"value",    "TEXT",             KEEP,       "in effect, with its unit; NULL: none" },
    {"unit",     "TEXT NOT NULL",    KEEP,       "what kind of value: time, bit/s ..."  },
    {"origin",   "TEXT NOT NULL",    PROVENANCE, "file:line, --set or default"          },
    END,
};

static const struct store_column replication_columns[] = {
    {"point",            "INTEGER NOT NULL", KEEP, "point.id"                                            },
    {"number",           "INTEGER NOT NULL", KEEP, "1, 2 ..."                                            },
    {"end",              "TEXT NOT NULL",    KEEP, "why it ended"                                        },
    {"virtual_ns",       "INTEGER NOT NULL", KEEP, "where its clock stood"                               },
    {"observed_ns",      "INTEGER NOT NULL", KEEP, "of this, after the warm-up"                          },
    {"events_count",     "INTEGER NOT NULL", KEEP, "events of the kernel"                                },
    {"not_offered_count", "INTEGER NOT NULL", KEEP, "calls nobody could dial: all phones of the group were in calls"},
    {"dialled_count",    "INTEGER NOT NULL", KEEP, "calls dialled"                                       },
    {"unsent_count",     "INTEGER NOT NULL", KEEP, "... for which the caller's phone sent no INVITE"     },
    {"attempted_count",  "INTEGER NOT NULL", KEEP, "... whose outcome is known"                          },
    {"answered_count",   "INTEGER NOT NULL", KEEP, "... answered: 200 (INVITE) reached the caller"       },
    {"completed_count",  "INTEGER NOT NULL", KEEP, "... answered, and 200 (BYE) ended it"                },
    {"failed_count",     "INTEGER NOT NULL", KEEP, "... ended without answer"                            },
    {"cancelled_count",  "INTEGER NOT NULL", KEEP, "... of these, given up by the caller"                },
    {"open_count",       "INTEGER NOT NULL", KEEP, "calls still going on when the replication ended"     },
    {"sent_count",       "INTEGER NOT NULL", KEEP, "messages sent, warm-up included: sent + duplicated ="},
    {"duplicated_count", "INTEGER NOT NULL", KEEP, "... duplicated by faults"                            },
    {"delivered_count",  "INTEGER NOT NULL", KEEP, "... delivered +"                                     },
    {"lost_count",       "INTEGER NOT NULL", KEEP, "... lost on links +"                                 },
    {"dropped_count",    "INTEGER NOT NULL", KEEP, "... dropped by faults +"                             },
    {"in_flight_count",  "INTEGER NOT NULL", KEEP, "... in flight at the end"                            },
    {"refused_count",    "INTEGER NOT NULL", KEEP, "messages refused by full stations"                   },
    END,
};

#define TIMES_OF                                                                                             \
    {"point", "INTEGER NOT NULL", KEEP, "point.id"},                                                         \
    {                                                                                                        \
        "replication", "INTEGER NOT NULL", KEEP, "replication.number; 0: all replications together"          \
    }

static const struct store_column metric_columns[] = {
    TIMES_OF,
    {"name",         "TEXT NOT NULL",    KEEP, "definition.name"                                                           },
    {"values_count", "INTEGER NOT NULL", KEEP, "number of values"                                                          },
    {"mean_ns",      "REAL NOT NULL",    KEEP, "mean"                                                                      },
    {"sd_ns",        "REAL",             KEEP, "sample standard deviation; NULL: fewer than 2 values"                      },
    {"min_ns",       "INTEGER NOT NULL", KEEP, "smallest value"                                                            },
    {"p50_ns",       "INTEGER",          KEEP, "median: at least half of the values do not exceed it; NULL: too few values"},
    {"p90_ns",       "INTEGER",          KEEP, "90th percentile"                                                           },
    {"p95_ns",       "INTEGER",          KEEP, "95th percentile"                                                           },
    {"p99_ns",       "INTEGER",          KEEP, "99th percentile"                                                           },
    {"max_ns",       "INTEGER NOT NULL", KEEP, "largest value"                                                             },
    {"exact",        "INTEGER NOT NULL", KEEP, "1: percentiles are values; 0: within 0.1 % of them"                        },
    {"sum_ns",       "TEXT NOT NULL",    KEEP, "sum of the values, decimal, up to 128 bits"                                },
    {"square_ns2",   "TEXT NOT NULL",    KEEP, "sum of their squares modulo 2^128, decimal"                                },
    {"ci_low_ns",    "REAL",             KEEP,
      "interval of the mean at run.confidence_ratio: over replications (Student's t), or of one replication (batch means); NULL: too few values"},
    {"ci_high_ns",   "REAL",             KEEP, "its upper end"                                                             },
    {"p50_low_ns",   "REAL",             KEEP, "interval of the median: over replications, or of one from ranks; NULL: too few values"},
    {"p50_high_ns",  "REAL",             KEEP, "its upper end"                                                             },
    {"p90_low_ns",   "REAL",             KEEP, "interval of the 90th percentile"                                           },
    {"p90_high_ns",  "REAL",             KEEP, "its upper end"                                                             },
    {"p95_low_ns",   "REAL",             KEEP, "interval of the 95th percentile"                                           },
    {"p95_high_ns",  "REAL",             KEEP, "its upper end"                                                             },
    {"p99_low_ns",   "REAL",             KEEP, "interval of the 99th percentile"                                           },
    {"p99_high_ns",  "REAL",             KEEP, "its upper end"                                                             },
    END,
};

static const struct store_column cell_columns[] = {
    TIMES_OF,
    {"name",             "TEXT NOT NULL",    KEEP, "of the eNB"                                                       },
    {"asked_count",      "INTEGER NOT NULL", KEEP, "bearers with a guaranteed bit rate that were asked for"           },
    {"refused_count",    "INTEGER NOT NULL", KEEP, "of these: those that did not fit"                                 },
    {"bearer_ns",        "TEXT NOT NULL",    KEEP, "integral over time of how many there were, decimal"               },
    {"mean_bearers",     "REAL",             KEEP, "the same per time observed"                                       },
    {"uplink_ratio",     "REAL",             KEEP, "mean share of the uplink's resource blocks that they take"        },
    {"downlink_ratio",   "REAL",             KEEP, "... of the downlink's"                                            },
    {"control_ratio",    "REAL",             KEEP, "... of the control channel's elements"                            },
    END,
};

static const struct store_column phase_columns[] = {
    TIMES_OF,
    {"metric",          "TEXT NOT NULL",    KEEP, "definition.name"                                                       },
    {"position",        "INTEGER NOT NULL", KEEP, "among the phases that such a time may have, in causal order"           },
    {"name",            "TEXT NOT NULL",    KEEP, "of the phase, as imssim explain has it; other: what none has a name for"},
    {"explained_count", "INTEGER NOT NULL", KEEP, "times explained: of every k-th call, k being run.explain-every"        },
    {"sum_ns",          "TEXT NOT NULL",    KEEP, "time in this phase, of all that were explained, decimal"               },
    {"mean_ns",         "REAL NOT NULL",    KEEP, "the same per time; means of all phases sum to the mean of those times" },
    END,
};

static const struct store_column ratio_columns[] = {
    {"point",             "INTEGER NOT NULL", KEEP, "point.id"                                },
    {"name",              "TEXT NOT NULL",    KEEP, "definition.name"                         },
    {"numerator_count",   "INTEGER NOT NULL", KEEP, "count in the numerator, all replications"},
    {"denominator_count", "INTEGER NOT NULL", KEEP, "count in the denominator"                },
    {"value_ratio",       "REAL",             KEEP, "their ratio; NULL: the denominator is 0" },
    {"ci_low_ratio",      "REAL",             KEEP, "95 % interval (Wilson)"                  },
    {"ci_high_ratio",     "REAL",             KEEP, "its upper end"                           },
    END,
};

static const struct store_column failure_columns[] = {
    {"point",       "INTEGER NOT NULL", KEEP, "point.id"                                            },
    {"status",      "INTEGER NOT NULL", KEEP, "final SIP status of calls that failed; 0: none known"},
    {"calls_count", "INTEGER NOT NULL", KEEP, "calls, all replications"                             },
    END,
};

static const struct store_column procedure_count_columns[] = {
    TIMES_OF,
    {"kind",           "TEXT NOT NULL",    KEEP, "attach, registration, detach ..."                   },
    {"begun_count",    "INTEGER NOT NULL", KEEP, "begun after the warm-up"                            },
    {"done_count",     "INTEGER NOT NULL", KEEP, "... that came to their goal"                        },
    {"failed_count",   "INTEGER NOT NULL", KEEP, "... that failed"                                    },
    {"given_up_count", "INTEGER NOT NULL", KEEP, "... that something else overtook"                   },
    {"open_count",     "INTEGER NOT NULL", KEEP, "... that were going on when the replication ended"  },
    END,
};

static const struct store_column procedure_failure_columns[] = {
    {"point",            "INTEGER NOT NULL", KEEP, "point.id"                                              },
    {"kind",             "TEXT NOT NULL",    KEEP, "procedure_count.kind"                                  },
    {"cause",            "INTEGER NOT NULL", KEEP, "EMM cause (0: nobody answered) or final SIP status"    },
    {"procedures_count", "INTEGER NOT NULL", KEEP, "procedures that failed for it, all replications"       },
    END,
};

static const struct store_column procedure_columns[] = {
    {"point",       "INTEGER NOT NULL", KEEP, "point.id"                                                   },
    {"replication", "INTEGER NOT NULL", KEEP, "replication.number"                                         },
    {"number",      "INTEGER NOT NULL", KEEP, "1, 2 ... in the order of beginning"                         },
    {"kind",        "TEXT NOT NULL",    KEEP, "procedure_count.kind"                                       },
    {"phone",       "TEXT NOT NULL",    KEEP, "the phone"                                                  },
    {"begun_ns",    "INTEGER NOT NULL", KEEP, "virtual time"                                               },
    {"ended_ns",    "INTEGER",          KEEP, "virtual time; NULL: it was going on when the replication ended"},
    {"outcome",     "TEXT NOT NULL",    KEEP, "done, failed, given up (overtaken by something else), open" },
    {"cause",       "INTEGER",          KEEP, "of a failure, as in procedure_failure; NULL: did not fail"  },
    END,
};

static const struct store_column counter_columns[] = {
    {"point",          "INTEGER NOT NULL", KEEP, "point.id"                   },
    {"interface",      "TEXT NOT NULL",    KEEP, "reference point: Gm, Mw ..."},
    {"protocol",       "TEXT NOT NULL",    KEEP, "SIP, Diameter"              },
    {"message",        "TEXT NOT NULL",    KEEP, "as ladders spell it"        },
    {"messages_count", "INTEGER NOT NULL", KEEP,
     "sent after the warm-up, repetitions included, all replications"         },
    {"messages_bytes", "INTEGER NOT NULL", KEEP, "their bytes"                },
    END,
};

static const struct store_column station_columns[] = {
    TIMES_OF,
    {"name",              "TEXT NOT NULL",    KEEP, "the node"                                          },
    {"servers_count",     "INTEGER",          KEEP,
      "NULL: as many as needed; such stations are kept for all replications together only"               },
    {"arrived_count",     "INTEGER NOT NULL", KEEP, "messages that came"                                },
    {"served_count",      "INTEGER NOT NULL", KEEP, "messages served"                                   },
    {"refused_count",     "INTEGER NOT NULL", KEEP, "messages that found the queue full"                },
    {"busy_ns",           "TEXT NOT NULL",    KEEP, "time in service, summed over servers, decimal"     },
    {"queue_ns",          "TEXT NOT NULL",    KEEP, "number waiting, integrated over time, decimal"     },
    {"sojourn_ns",        "TEXT NOT NULL",    KEEP, "waiting and service, summed over messages, decimal"},
    {"utilisation_ratio", "REAL",             KEEP, "share of servers at work"                          },
    {"busy_mean_count",   "REAL",             KEEP, "mean number of servers at work"                    },
    {"queue_mean_count",  "REAL",             KEEP, "mean number of messages waiting"                   },
    {"queue_max_count",   "INTEGER NOT NULL", KEEP, "largest number waiting"                            },
    {"sojourn_mean_ns",   "REAL",             KEEP, "mean waiting and service"                          },
    END,
};

static const struct store_column histogram_columns[] = {
    {"point",        "INTEGER NOT NULL", KEEP, "point.id"                                          },
    {"metric",       "TEXT NOT NULL",    KEEP, "definition.name"                                   },
    {"replication",  "INTEGER NOT NULL", KEEP,
     "replication.number: 32 bins to a power of two (not of sweeps); 0: all together, 512 bins to a power of two (of sweeps 32)"},
    {"low_ns",       "INTEGER NOT NULL", KEEP, "smallest value of the bin; empty bins are left out"},
    {"high_ns",      "INTEGER NOT NULL", KEEP, "largest value of the bin"                          },
    {"values_count", "INTEGER NOT NULL", KEEP, "values in it"                                      },
    END,
};

static const struct store_column sample_columns[] = {
    {"point",       "INTEGER NOT NULL", KEEP, "point.id"                             },
    {"metric",      "TEXT NOT NULL",    KEEP,
     "definition.name; kept while all replications together have at most 4096 values"},
    {"replication", "INTEGER NOT NULL", KEEP, "replication.number"                   },
    {"position",    "INTEGER NOT NULL", KEEP, "1, 2 ... in ascending order of values"},
    {"value_ns",    "INTEGER NOT NULL", KEEP, "the value"                            },
    END,
};

static const struct store_column message_columns[] = {
    {"point",         "INTEGER NOT NULL", KEEP, "point.id"                                         },
    {"replication",   "INTEGER NOT NULL", KEEP, "replication.number"                               },
    {"call",          "INTEGER NOT NULL", KEEP, "call.number"                                      },
    {"step",          "INTEGER NOT NULL", KEEP, "1, 2 ... in the order of sending"                 },
    {"sent_ns",       "INTEGER NOT NULL", KEEP, "virtual time of sending"                          },
    {"received_ns",   "INTEGER",          KEEP, "virtual time of arrival; NULL: it does not arrive"},
    {"interface",     "TEXT NOT NULL",    KEEP, "reference point"                                  },
    {"protocol",      "TEXT NOT NULL",    KEEP, "SIP, Diameter"                                    },
    {"sender",        "TEXT NOT NULL",    KEEP, "node that sends"                                  },
    {"receiver",      "TEXT NOT NULL",    KEEP, "node that receives"                               },
    {"message",       "TEXT NOT NULL",    KEEP, "as ladders spell it"                              },
    {"transmission",  "INTEGER NOT NULL", KEEP, "1: first; 2: first repetition ..."                },
    {"outcome",       "TEXT NOT NULL",    KEEP,
     "delivered, lost, dropped (by a fault), down, internal (inside a box)"                        },
    {"message_bytes", "INTEGER NOT NULL", KEEP, "size"                                             },
    {"clause",        "TEXT",             KEEP, "of the standard, that made the sender send it"    },
    END,
};

static const struct store_column series_columns[] = {
    {"point",        "INTEGER NOT NULL", KEEP, "point.id"                                                              },
    {"metric",       "TEXT NOT NULL",    KEEP, "definition.name"                                                       },
    {"from_ns",      "INTEGER NOT NULL", KEEP, "virtual time at which the stretch begins; empty ones are left out"     },
    {"to_ns",        "INTEGER NOT NULL", KEEP, "... and ends; all of a metric are equally long, and at most 512"       },
    {"values_count", "INTEGER NOT NULL", KEEP, "values that began in it, those of the warm-up too, all replications"   },
    {"sum_ns",       "TEXT NOT NULL",    KEEP, "their sum, decimal"                                                    },
    END,
};

static const struct store_column occupancy_columns[] = {
    {"point",             "INTEGER NOT NULL", KEEP, "point.id"                                                             },
    {"name",              "TEXT NOT NULL",    KEEP, "the node, as in station.name; those whose servers can be counted"     },
    {"from_ns",           "INTEGER NOT NULL", KEEP, "virtual time at which the stretch begins, warm-up included"           },
    {"to_ns",             "INTEGER NOT NULL", KEEP, "... and ends; all are equally long, and at most 256"                  },
    {"observed_ns",       "INTEGER NOT NULL", KEEP, "time in it that replications came to, all replications"               },
    {"busy_ns",           "TEXT NOT NULL",    KEEP, "time in service in it, summed over servers, decimal"                  },
    {"queue_ns",          "TEXT NOT NULL",    KEEP, "number waiting, integrated over it, decimal"                          },
    {"utilisation_ratio", "REAL NOT NULL",    KEEP, "share of servers at work"                                             },
    {"queue_mean_count",  "REAL NOT NULL",    KEEP, "mean number of messages waiting"                                      },
    END,
};

/* ---- calls: a column per mark, two per mark of a side ---------------------------------------------------------------------- */

static const struct store_column call_before[] = {
    {"point",       "INTEGER NOT NULL", KEEP, "point.id"                                                        },
    {"replication", "INTEGER NOT NULL", KEEP, "replication.number"                                              },
    {"number",      "INTEGER NOT NULL", KEEP, "1, 2 ... in the order of dialling; imssim ladder --call takes it"},
    {"caller",      "TEXT NOT NULL",    KEEP, "the calling phone"                                               },
    {"called",      "TEXT",             KEEP, "the called phone; NULL: the call never reached it"               },
    {"status",      "INTEGER",          KEEP, "final SIP status; NULL: none known"                              },
    {"open",        "INTEGER NOT NULL", KEEP, "1: still going on when the replication ended"                    },
};
static struct store_column call_columns[G_N_ELEMENTS(call_before) + MARK_CALL_COUNT + 2 * MARK_SIDE_COUNT + 1];

static void put_mark_column(struct store_column *c, const char *prefix, int mark)
{
    static const char *const ids[MARK_COUNT] = {
#define MARK(id, name, who, doc) #id "_NS",
#include "models/marks.def"
#undef MARK
    };
    char *id = g_ascii_strdown(ids[mark], -1), *name = g_strconcat(prefix, id, NULL);

    *c = (struct store_column){g_intern_string(name), "INTEGER", KEEP, mark_table[mark].doc};
    g_free(name);
    g_free(id);
}

static void make_call_columns(void)
{
    struct store_column *c = call_columns;

    memcpy(c, call_before, sizeof call_before);
    c += G_N_ELEMENTS(call_before);
    for (int i = 0; i < MARK_CALL_COUNT; i++)
        put_mark_column(c++, "", i);
    for (int i = MARK_CALL_COUNT; i < MARK_PHONE_FIRST; i++)
        put_mark_column(c++, "caller_", i);
    for (int i = MARK_CALL_COUNT; i < MARK_PHONE_FIRST; i++)
        put_mark_column(c++, "called_", i);
}

/* ---- all of them ----------------------------------------------------------------------------------- */

static const struct store_table tables[] = {
    {"meta",        "key",                               "what this file is",                                meta_columns       },
    {"definition",  "kind,name",                         "what the metrics mean",                            definition_columns },
    {"run",         "id",                                "runs of imssim run",                               run_columns        },
    {"point",       "id",                                "settings of parameters that were run",             point_columns      },
    {"factor",      "point,position",                    "of sweeps: what each factor is at each point",     factor_columns     },
    {"problem",     "point,replication",                 "replications and points that failed, and why",     problem_columns    },
    {"parameter",   "point,position",                    "every value in effect",                            parameter_columns  },
    {"replication", "point,number",                      "replications, with counts of calls and messages",  replication_columns},
    {"metric",      "point,replication,name",            "times: number, mean, spread, percentiles",         metric_columns     },
    {"ratio",       "point,name",                        "ratios of calls, with intervals",                  ratio_columns      },
    {"failure",     "point,status",                      "calls that failed, by status",                     failure_columns    },
    {"procedure_count", "point,replication,kind",        "what phones did by themselves, by kind",           procedure_count_columns},
    {"procedure_failure", "point,kind,cause",            "procedures of phones that failed, by cause",       procedure_failure_columns},
    {"counter",     "point,interface,protocol,message",  "messages and bytes",                               counter_columns    },
    {"phase",       "point,replication,metric,position", "where times went, of those that were explained",   phase_columns      },
    {"cell",        "point,replication,name",            "what the bearers of cells with a radio did",       cell_columns       },
    {"station",     "point,replication,name",            "what stations did",                                station_columns    },
    {"histogram",   "point,metric,replication,low_ns",   "distributions of times, as sparse histograms",
     histogram_columns                                                                                                          },
    {"sample",      "point,metric,replication,position",
     "distributions of times, value by value, while they are few",                                           sample_columns     },
    {"series",      "point,metric,from_ns",              "times in the order in which they began, of single runs",
     series_columns                                                                                                             },
    {"occupancy",   "point,name,from_ns",                "what stations do over time, of single runs",       occupancy_columns  },
    {"call",        "point,replication,number",
     "calls, one by one: virtual times of their moments; kept while a run has at most 4096 or with --calls", call_columns       },
    {"procedure",   "point,replication,number",
     "what phones did by themselves, one by one; kept while a run has at most 4096 or with --calls",         procedure_columns  },
    {"message",     "point,replication,call,step",       "messages of recorded calls: with --trace",         message_columns    },
    {"pack",        "point,replication",                 "of sweeps: what it takes to go on; not exported",  pack_columns       },
    {NULL,          NULL,                                NULL,                                               NULL               },
};

const struct store_table *store_tables(void)
{
    if (!call_columns[0].name)
        make_call_columns();
    return tables;
}

const struct store_table *store_table_by_name(const char *name)
{
    for (const struct store_table *t = store_tables(); t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}

bool store_table_is_internal(const struct store_table *table)
{
    return table->columns == pack_columns;
}

const char *store_state_name(enum store_state state)
{
    static const char *const names[] = {"running", "finished", "interrupted", "limit", "failed", "partial"};
    return names[state];
}
