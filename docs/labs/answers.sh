#!/bin/sh
# answers.sh - the answers of a class sheet, from the runs that its questions ask for.
#
#     answers.sh SHEET    runs what students type, block by block, then prints the sheet's questions with their answers
#
# imssim has to be in the PATH; files are left in the current folder. Ends at the first command that fails.
set -eu

# A script: the commands of the blocks marked sh without their output; questions; what the answers say.
script()
{
    awk '
        function quote(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
        /^```sh$/ { block = 1; print "{ :"; next }
        block && /^```$/ { block = 0; print "} >/dev/null 2>\"$talk\" || failed"; next }
        block { print; next }
        /^# / { print "printf \"%s\\n\" " quote($0 ": answers") }
        /^\*\*Question / { print "printf \"\\n%s\\n\" " quote($0); question = 1; next }
        question && /^$/ { question = 0 }
        question && !/^<!-- answer:/ { print "printf \"%s\\n\" " quote($0); next }
        /^<!-- answer:/ { answer = 1; print "echo; cat <<EOT"; sub(/^<!-- answer: */, "") }
        answer { end = sub(/ *-->$/, ""); if ($0 != "") print; if (end) { print "EOT"; answer = 0 } }
    ' "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
{
    echo "talk=$work/talk; failed() { cat \"\$talk\" >&2; exit 1; }; set -e"
    script "$1"
} >"$work/script"
sh "$work/script"
