#!/bin/sh
# aka_openssl.sh - the responses of REGISTER in the text of messages, computed again by openssl: MILENAGE (TS 35.206) out of AES-128,
# the nonce that holds RAND and AUTN (RFC 3310), MD5 and SHA-256 of A1 and A2 (RFC 2617, RFC 7616). Nothing of imssim's own arithmetic is
# used; of its conventions only how the key of a card follows from its number (models/hss/hss_secret.h).
#
# From `make check`: srcdir and IMSSIM are set. By hand, from the top:
#     IMSSIM=build/imssim sh tests/aka_openssl.sh
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
imssim=${IMSSIM:-$top/build/imssim}
case $imssim in /*) ;; *) imssim=$(pwd)/$imssim ;; esac
if ! command -v openssl >/dev/null; then
    echo "aka_openssl.sh: skipped: there is no openssl"
    exit 77
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP TERM
cd "$work" || exit 1
IMSSIM_DATADIR=$top
export IMSSIM_DATADIR
count=0
failed=0

# same WHAT GOT WANTED
same()
{
    count=$((count + 1))
    test "$2" = "$3" && test -n "$2" && return
    failed=$((failed + 1))
    echo "aka_openssl.sh: $1 is '$2', not '$3'"
}

# ---- blocks, in hexadecimal ---------------------------------------------------------------------------------------

# bytes HEX: the bytes themselves
bytes()
{
    octal=
    rest=$1
    while test -n "$rest"; do
        byte=$((0x${rest%"${rest#??}"}))
        octal=$octal\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))
        rest=${rest#??}
    done
    printf "$octal"
}
hex()
{
    od -An -v -tx1 | tr -d ' \n'
}
# xor A B: of the same length, a multiple of 4 digits
xor()
{
    a=$1 b=$2
    while test -n "$a"; do
        printf %04x $((0x${a%"${a#????}"} ^ 0x${b%"${b#????}"}))
        a=${a#????} b=${b#????}
    done
}
# cut_hex HEX FROM TO: digits, from 1
cut_hex()
{
    printf %s "$1" | cut -c "$2-$3"
}
# rotate HEX OCTETS: to the left
rotate()
{
    printf %s%s "$(cut_hex "$1" $((2 * $2 + 1)) 32)" "$(test "$2" = 0 || cut_hex "$1" 1 $((2 * $2)))"
}
# aes KEY BLOCK
aes()
{
    bytes "$2" | openssl enc -aes-128-ecb -K "$1" -nopad | hex
}

# ---- MILENAGE (TS 35.206 4.1) -----------------------------------------------------------------------------------------

# out N OCTETS: OUTn for n from 2 on, which is turned by so many octets, with the constant 2^(n-2); uses $k, $opc, $temp
out()
{
    c=$(printf %032x $((1 << ($1 - 2))))
    xor "$(aes "$k" "$(xor "$(rotate "$(xor "$temp" "$opc")" "$2")" "$c")")" "$opc"
}
# out1 SQN AMF
out1()
{
    in1=$(rotate "$(xor "$1$2$1$2" "$opc")" 8)
    xor "$(aes "$k" "$(xor "$temp" "$in1")")" "$opc"
}
# milenage K OPC RAND: sets temp, res, ak, ck, ik, ak_star
milenage()
{
    k=$1 opc=$2
    temp=$(aes "$k" "$(xor "$3" "$opc")")
    out2=$(out 2 0)
    ak=$(cut_hex "$out2" 1 12)
    res=$(cut_hex "$out2" 17 32)
    ck=$(out 3 4)
    ik=$(out 4 8)
    ak_star=$(cut_hex "$(out 5 12)" 1 12)
}

# The published test set 1 (TS 35.208 4.3) first: this script has to be right before it judges.
milenage 465b5ce8b199b49faa5f0a2ee238a6bc cd63cb71954a9f4e48a5994e37a02baf 23553cbe9637a89d218ae64dae47bf35
same "OPc of test set 1" "$(xor cdc202d5123e20f62b6d676ac72cb318 "$(aes "$k" cdc202d5123e20f62b6d676ac72cb318)")" "$opc"
same "f1 and f1* of test set 1" "$(out1 ff9bb4d0b607 b9b9)" 4a9ffac354dfafb301cfaf9ec4e871e9
same "f2 of test set 1" "$res" a54211d5e3ba50bf
same "f3 of test set 1" "$ck" b40ba9a3c58b2a05bbf0d987b21bf8cb
same "f4 of test set 1" "$ik" f769bcd751044604127672711c6d3441
same "f5 of test set 1" "$ak" aa689c648370
same "f5* of test set 1" "$ak_star" 451e8beca43b

# card NUMBER: sets k and opc of the phone with this number; group key and OP are zero in the shipped scenarios
zero=00000000000000000000000000000000
card()
{
    k=$(aes $zero "$(printf %032x "$1")")
    opc=$(aes "$k" $zero)
}

# ---- messages -----------------------------------------------------------------------------------------------------------

# played SCENARIO NODES OPTION...: the texts of the messages between these nodes, in "text"
played()
{
    scenario=$1 nodes=$2
    shift 2
    "$imssim" ladder "$scenario" --call all --messages --nodes "$nodes" --protocol SIP "$@" >text 2>err || {
        failed=$((failed + 1))
        echo "aka_openssl.sh: imssim ladder $scenario fails"
        cat err
    }
}
# field HEADER N: the N-th header field of this name
field()
{
    sed -n "s/^ *$1: //p" text | sed -n "$2p"
}
# parameter NAME: of the header field in $field; quoted or not
parameter()
{
    printf %s "$field" | tr ',' '\n' | sed -n "s/^ *\(Digest \)\{0,1\}$1=//p" | tr -d '"'
}
# digest ALGORITHM TEXT...: of the texts joined, as they are
digest()
{
    algorithm=$1
    shift
    printf %s "$@" | openssl dgst -r "-$algorithm" | cut -d ' ' -f 1
}

# nonce: sets rand and autn from that of $field
nonce()
{
    both=$(parameter nonce | openssl base64 -d -A | hex)
    rand=$(cut_hex "$both" 1 32)
    autn=$(cut_hex "$both" 33 64)
}
# aka_response RES: from $field, the password being the bytes of RES (none: empty)
aka_response()
{
    a1=$({
        printf '%s:%s:' "$(parameter username)" "$(parameter realm)"
        test -z "$1" || bytes "$1"
    } | openssl dgst -r -md5 | cut -d ' ' -f 1)
    a2=$(digest md5 "REGISTER:$(parameter uri)")
    digest md5 "$a1:$(parameter nonce):$a2"
}

# The challenge in the N-th 401 and the response in the M-th REGISTER of a card.
aka_is_right()
{
    card "$1"
    field=$(field WWW-Authenticate "$2")
    nonce
    milenage "$k" "$opc" "$rand"
    sqn=$(xor "$(cut_hex "$autn" 1 12)" "$ak")
    amf=$(cut_hex "$autn" 13 16)
    same "MAC-A of challenge $2 in $scenario" "$(cut_hex "$autn" 17 32)" "$(cut_hex "$(out1 "$sqn" "$amf")" 1 16)"
    same "AMF of challenge $2 in $scenario" "$amf" 0000
    challenge=$(parameter nonce)
    field=$(field Authorization "$3")
    same "nonce of REGISTER $3 in $scenario" "$(parameter nonce)" "$challenge"
    same "response of REGISTER $3 in $scenario" "$(parameter response)" "$(aka_response "$res")"
}

# The phone's own REGISTERs: the first without a response, the second with one, the third (to register again) and the fourth (to
# leave) with the same.
played registration UE,P-CSCF1
for n in 2 3 4; do
    aka_is_right 0 1 $n
done
field=$(field Authorization 1)
same "nonce of REGISTER 1" "-$(parameter nonce)-$(parameter response)-" "---"

# What the S-CSCF gives the P-CSCF.
played registration S-CSCF2,I-CSCF1
field=$(field WWW-Authenticate 1)
nonce
card 0
milenage "$k" "$opc" "$rand"
same "ck for the P-CSCF" "$(parameter ck)" "$ck"
same "ik for the P-CSCF" "$(parameter ik)" "$ik"

# Phones on LTE, whose cards have been used for the attach.
played volte-call UE-A,P-CSCF1
aka_is_right 0 1 2
played volte-call UE-B,P-CSCF2
aka_is_right 1 1 2

# A card with another key: an empty response to the nonce.
played registration UE,P-CSCF1 --set 'group[UE].card=wrong-key'
field=$(field Authorization 2)
nonce
card 0
milenage "$k" "$opc" "$rand"
same "RAND of the wrong card's challenge has a right AUTN" "$(cut_hex "$autn" 17 32)" \
    "$(cut_hex "$(out1 "$(xor "$(cut_hex "$autn" 1 12)" "$ak")" 0000)" 1 16)"
same "response of the wrong card" "-$(parameter response)-$(parameter auts)-" "---"

# A card that is ahead: AUTS with the card's SQN, a response with an empty password, then a vector behind that SQN.
played registration UE,P-CSCF1 --set 'group[UE].card=ahead'
field=$(field Authorization 2)
nonce
card 0
milenage "$k" "$opc" "$rand"
auts=$(parameter auts | openssl base64 -d -A | hex)
sqn_ms=$(xor "$(cut_hex "$auts" 1 12)" "$ak_star")
same "MAC-S of AUTS" "$(cut_hex "$auts" 13 28)" "$(cut_hex "$(out1 "$sqn_ms" 0000)" 17 32)"
same "response with AUTS" "$(parameter response)" "$(aka_response "")"
aka_is_right 0 2 3
same "whether the next SQN is behind that of the card" "$((0x$sqn > 0x$sqn_ms))" 1

# ---- passwords -------------------------------------------------------------------------------------------------------------

# password_is_right ALGORITHM N PASSWORD WANTED: whether (1) or not (0) the response of the N-th REGISTER is that of the password
password_is_right()
{
    field=$(field Authorization "$2")
    a1=$(digest "$1" "$(parameter username):$(parameter realm):$3")
    a2=$(digest "$1" "REGISTER:$(parameter uri)")
    right=$(digest "$1" "$a1:$(parameter nonce):$(parameter nc):$(parameter cnonce):$(parameter qop):$a2")
    same "whether REGISTER $2 has the $1 response of '$3'" "$(test "$(parameter response)" = "$right" && echo 1 || echo 0)" "$4"
    same "nc of REGISTER $2" "$(parameter nc)" 00000001
}

for algorithm in md5 sha256; do
    played registration-digest TERMINAL,P-CSCF1 --set "group[TERMINAL].auth=digest-$algorithm"
    password_is_right $algorithm 2 "open sesame" 1
    password_is_right $algorithm 4 "open sesame" 1
    password_is_right $algorithm 4 "open barley" 0
    field=$(field WWW-Authenticate 2)
    challenge=$(parameter nonce)
    field=$(field Authorization 4)
    same "nonce of REGISTER 4 with $algorithm" "$(parameter nonce)" "$challenge"
done
played registration-digest TERMINAL,P-CSCF1 --set 'group[TERMINAL].card=wrong-key'
password_is_right md5 2 "open sesame" 0

echo "$((count - failed)) passed, $failed failed"
test $failed -eq 0
