#!/bin/sh
# bad_input.sh - everything that can be wrong with a scenario, through the command: exit code 2, file and line on
# stderr, nothing on stdout, and no results begun.
#
# The broken scenarios are those of tests/data/scenario/cases.txt (109 changes to base.xml, whose messages a unit test
# compares); here are the files that are no scenarios at all, and options.
. "${srcdir:-.}/tests/calls.sh"

trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
have perl || exit 77

# refused WHERE ARGUMENT...: a message that names WHERE, no data, no results.
refused()
{
    bad 2 "$@"
    test ! -e results || complain "$what: results were begun"
}

# ---- the cases: case-N.xml and, if it has --sets, case-N.sets
perl -e '
    my ($cases, $base) = @ARGV;
    local $/; open F, "<", $base or die; my $text = <F>; close F;
    open F, "<", $cases or die; my $all = <F>; close F;
    my $n = 0;
    for my $case (split /\n\s*\n/, $all) {
        next unless $case =~ /^! /m;
        my ($xml, $from, @sets) = ($text, "");
        for (split /\n/, $case) {
            if (/^- ?(.*)/) { $from = $1 }
            elsif (/^\+ ?(.*)/) { my $to = $1; $to =~ s/\\n/\n/g; my $i = index($xml, $from); die "case: $from" if $i < 0; substr($xml, $i, length $from) = $to }
            elsif (/^\$ (.*)/) { push @sets, $1 }
        }
        $n++;
        open O, ">", "case-$n.xml" or die; print O $xml; close O;
        if (@sets) { open O, ">", "case-$n.sets" or die; print O "$_\n" for @sets; close O }
    }
    print "$n\n";
' "$top/tests/data/scenario/cases.txt" "$top/tests/data/scenario/base.xml" >cases || exit 1
cases=$(cat cases)
test "$cases" -ge 80 || complain "only $cases cases"
i=1
while test "$i" -le "$cases"; do
    set --
    where="case-$i.xml:[0-9]"
    if test -e "case-$i.sets"; then
        where=-
        while IFS= read -r s; do
            set -- "$@" --set "$s"
        done <"case-$i.sets"
        refused "$where" run "case-$i.xml" "$@"
    else
        refused "$where" check "case-$i.xml"
        refused "$where" run "case-$i.xml" -o results
    fi
    i=$((i + 1))
done

# ---- files that are no scenarios
: >empty.xml
printf 'no XML\n' >text.xml
mkdir folder.xml
printf '<scenario xmlns="urn:imssim:scenario:1" name="x"><title>\351</title></scenario>' >latin.xml
{
    printf '<!DOCTYPE scenario [<!ENTITY a "aaaaaaaaaa">'
    for e in b c d e f g h; do printf '<!ENTITY %s "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' $e; done
    printf ']>\n<scenario xmlns="urn:imssim:scenario:1" name="x"><title>&h;</title></scenario>\n'
} >bomb.xml
printf '<!DOCTYPE s SYSTEM "file:///etc/passwd">\n<scenario xmlns="urn:imssim:scenario:1" name="x"/>\n' >doctype.xml
printf '<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<scenario xmlns="urn:imssim:scenario:1" name="x"><title>&e;</title></scenario>\n' >external.xml
head='<scenario xmlns="urn:imssim:scenario:1" xmlns:xi="http://www.w3.org/2001/XInclude" name="x">'
printf '%s<xi:include href="/etc/passwd"/></scenario>' "$head" >outside.xml
printf '%s<xi:include href="../../../../../etc/passwd"/></scenario>' "$head" >above.xml
printf '%s<xi:include href="missing.xml"/></scenario>' "$head" >missing-include.xml
printf '%s<xi:include href="loop.xml"/></scenario>' "$head" >loop.xml
printf '%s<profile href="missing.xml"/></scenario>' "$head" >missing-profile.xml
perl -e 'print $ARGV[0], "<network id=\"a\">" x 5000, "</network>" x 5000, "</scenario>"' "$head" >deep.xml
perl -e 'print $ARGV[0], "\n" x 70000, "<run sead=\"1\"/></scenario>"' "$head" >long.xml
perl -e 'print $ARGV[0], "<title>", "x" x (65 * 1024 * 1024), "</title></scenario>"' "$head" >huge.xml
for f in empty text folder latin bomb doctype external outside above missing-include loop missing-profile deep long huge; do
    refused "$f.xml" check "$f.xml"
    refused "$f.xml" ladder "$f.xml"
done
refused 'long.xml:700' check long.xml
refused nowhere.xml check nowhere.xml
rm -f huge.xml
printf '%s</scenario>' "$head" >secret.xml
chmod 0 secret.xml
test "$(id -u)" -eq 0 || refused secret.xml check secret.xml

# ---- what only shows when the network is built
criteria()
{
    printf '%s<profile href="%s"/><network id="%s"><node id="AS1" roles="AS" host="as1.example"/></network>\n' "$head" "$1" "$2"
    printf '<subscribers><group id="%s" network="%s" p-cscf="P-CSCF1" state="off" address="10.9.9.9">\n' UE-9 "$2"
    i=1
    while test "$i" -le "$3"; do
        printf '<criterion priority="%s" as="AS1" method="INVITE"/>' "$i"
        i=$((i + 1))
    done
    printf '</group></subscribers></scenario>\n'
}
criteria profiles/ims.xml home 9 >nine.xml
refused 'nine.xml:2:.*has 9 filter criteria; at most 8' run nine.xml
criteria profiles/ims.xml visited 1 | sed 's/P-CSCF1/P-CSCF2/' >no-hss.xml
refused 'no-hss.xml:2:.*network "visited" has no HSS' run no-hss.xml
{
    printf '%s<profile href="profiles/volte.xml"/><network id="home1"><node id="eNB9" roles="eNB" host="enb9.example" mme="MME1"/></network>\n' "$head"
    printf '<subscribers><group id="UE-9" network="home1" enb="eNB9" address="10.9.9.9" discovery="configured" state="off"/></subscribers></scenario>\n'
} >no-pcscf.xml
{
    printf '%s<profile href="profiles/volte.xml"/><network id="home1">\n' "$head"
    printf '<node id="P-GW9" roles="P-GW" host="pgw9.example" pcrf="PCRF1" dhcp="names"/></network></scenario>\n'
} >no-names.xml
refused 'no-names.xml:2:.*network "home1" has nobody who knows names' run no-names.xml
refused 'no-pcscf.xml:2:.*group "UE-9" are to be configured with a P-CSCF' run no-pcscf.xml

# ---- options
refused --set run mmd-1 --set nothing.here=1
refused --set run mmd-1 --set 'group[UE-1].thinks=1ms'
refused 'exp(0)' run mmd-1 --set 'group[UE-1].think=exp(0)'
refused 5 run mmd-1 --set 'group[UE-1].think=5'
refused -5ms run mmd-1 --set 'link[Gm].latency=-5ms'
refused 'uniform' run mmd-1 --set 'link[Gm].latency=uniform(9ms,1ms)'
refused 'run.seed' run mmd-1 --set run.seed=x
refused reps run mmd-1 --reps 0
refused reps run mmd-1 --reps many
refused jobs run mmd-1 -j 0
refused seed run mmd-1 --seed -1
refused call ladder mmd-1 --call 0
refused call ladder mmd-1 --call 2
refused format ladder mmd-1 --format pdf
refused interval explain mmd-1 --interval nothing
refused 'fsm' fsm nothing
refused list list nothing
refused nonsense nonsense
mkdir full
printf 'in the way\n' >full/results.db
refused full run mmd-1 -o full
printf 'a file\n' >file
refused file run mmd-1 -o file
refused nowhere export nowhere
refused nowhere plot nowhere
grep -q 'in the way' full/results.db || complain "a file that was not ours is gone"

finish
