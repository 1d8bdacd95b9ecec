#!/bin/sh
# check_layers.sh - the layer rule: a file includes its own layer and the layers below it, nothing else.
#
# From `make check`: srcdir and AWK are set. By hand, from the top:  sh tests/check_layers.sh
set -u
top=${srcdir:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# The rule. Layer, the paths it consists of (the first row that matches counts), what it may include
# beside itself. In a layer marked with / each folder is a world of its own: they rank the same, but never
# include each other.
cat >"$work/layers" <<'TABLE'
sim        ^sim/                               -
names      ^models/(names[.]|[^/]*[.]def$)     sim
proto      ^models/proto/                      sim names
access     ^models/access/                     sim names
registry   ^models/registry[.]                 sim names proto access common node check
common     ^models/[^/]*$                      sim names proto access
check      ^models/check/                      sim names proto access common node
node/      ^models/[^/]+/                      sim names proto access common
load       ^scenarios/load/                    sim names proto access common node check registry
analysis   ^analysis/                          sim names proto common
app        ^app/                               sim names proto access common node check registry load analysis
TABLE

cat >"$work/check.awk" <<'PROGRAM'
function layer_of(path,    i) {
    for (i = 1; i <= layers; i++)
        if (path ~ pattern[i])
            return name[i]
    return ""
}
# The folder of a path in a layer divided into worlds, else "".
function world(path, layer,    part) {
    if (!divided[layer])
        return ""
    split(path, part, "/")
    return part[1] "/" part[2]
}
function complain(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}
NR == FNR {
    layers++
    layer = $1
    slash = sub(/\/$/, "", layer)
    divided[layer] = slash
    name[layers] = layer
    pattern[layers] = $2
    for (i = 3; i <= NF; i++)
        may[layer, $i] = 1
    next
}
FNR == 1 {
    own = layer_of(FILENAME)
    if (own == "")
        complain("belongs to no layer (see the table in tests/check_layers.sh)")
}
/^[ \t]*#[ \t]*include[ \t]*["<]/ {
    target = $0
    sub(/^[^"<]*/, "", target)
    quoted = substr(target, 1, 1) == "\""
    target = substr(target, 2)
    sub(/[">].*$/, "", target)
    other = layer_of(target)
    if (!quoted) {
        if (other != "")
            complain("<" target "> is ours: include it as \"" target "\"")
    } else if (other == "")
        complain("\"" target "\" is in no layer: includes are written from the root")
    else if (other == own ? world(FILENAME, own) != world(target, other) : !((own, other) in may))
        complain(own " (" FILENAME ") must not include " other " (" target ")")
}
END { exit bad }
PROGRAM

# check ROOT: prints FILE:LINE: for every violation below ROOT; fails if there is one.
check()
{
    (cd "$1" && find sim models scenarios analysis app \
        \( -name '*.c' -o -name '*.h' -o -name '*.def' \) | LC_ALL=C sort >"$work/files" &&
        xargs "${AWK:-awk}" -f "$work/check.awk" "$work/layers" <"$work/files")
}

# The check must be able to fail: each of these, planted into a copy of the tree, has to be found.
must_find()
{
    printf '/* planted */\n%s\n' "$2" >"$work/copy/$1"
    check "$work/copy" >"$work/found" && status=0 || status=$?
    if test "$status" -eq 0 || ! grep -q "^$1:2: " "$work/found"; then
        echo "check_layers.sh: $1 with '$2' goes unseen: the check itself is broken" >&2
        exit 1
    fi
    rm "$work/copy/$1"
}
must_accept()
{
    printf '/* planted */\n%s\n' "$2" >"$work/copy/$1"
    if ! check "$work/copy"; then
        echo "check_layers.sh: $1 with '$2' is refused: the check itself is broken" >&2
        exit 1
    fi
    rm "$work/copy/$1"
}

if ! check "$top"; then
    echo "check_layers.sh: the layer rule is broken (HACKING.md, \"Layers\")" >&2
    exit 1
fi
total=$(wc -l <"$work/files")
test "$total" -gt 0 || exit 1

mkdir "$work/copy"
(cd "$top" && tar cf - sim models scenarios analysis app) | (cd "$work/copy" && tar xf -) || exit 1
chmod -R u+w "$work/copy"
for folder in sim models/proto/sip models/access models/ue models/hss models/check scenarios/load analysis app; do
    mkdir -p "$work/copy/$folder"
done
must_find   sim/zz.c             '#include "models/proto/sip/sip.h"'
must_find   sim/zz.h             '#include "zz_int.h"'
must_find   sim/zz.h             '#include <sim/sim.h>'
must_find   models/names.zz.h    '#include "models/proto/sip/sip.h"'
must_find   models/proto/sip/z.c '#include "models/zz.h"'
must_find   models/proto/sip/z.c '  #  include "models/ue/ue.h"'
must_find   models/access/zz.c   '#include "models/proto/sip/sip.h"'
must_find   models/zz.h          '#include "models/hss/hss.h"'
must_find   models/ue/zz.c       '#include "models/hss/hss.h"'
must_find   models/hss/zz.def    '#include "models/registry.h"'
must_find   models/check/zz.c    '#include "models/registry.h"'
must_find   models/ue/zz.c       '#include "models/check/check.h"'
must_find   models/registry.zz.c '#include "scenarios/load/load.h"'
must_find   scenarios/load/zz.c  '#include "analysis/metrics.h"'
must_find   analysis/zz.c        '#include "models/ue/ue.h"'
must_find   analysis/zz.c        '#include "app/app.h"'
must_find   app/zz.c             '#include "tests/unit/helper.h"'
must_find   scenarios/zz.c       '#include "sim/sim.h"'
must_accept models/proto/sip/z.c '#include "models/proto/sdp/sdp.h"'
must_accept models/proto/sip/z.c '#include "models/timers.def"'
must_accept models/ue/zz.c       '#include "models/ue/ue_int.h"'
must_accept models/check/zz.c    '#include "models/ue/ue.h"'
must_accept models/registry.zz.c '#include "models/hss/hss.h"'
must_accept analysis/zz.c        '#include "models/interfaces.def"'
must_accept app/zz.c             '#include "scenarios/load/load.h"'
must_accept app/zz.c             '#include <glib.h>'

echo "check_layers.sh: $total files keep to their layers"
