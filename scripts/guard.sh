#!/usr/bin/env bash
# Shows that what the guard refuses sends nothing: four ways to the wrong host, each with the
# packets that it put on the only way out, which leads nowhere.
#
#     scripts/guard.sh            needs Linux, root (or user namespaces), iproute2 and python3
#
# LEADBENCH names a binary; without it the release build is made. Ends with 1 where anything left,
# or was not refused.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1-} != inside ]]; then
    if [[ -z ${LEADBENCH-} ]]; then
        cargo build --release --locked --bins --features full
        folder=$(cargo metadata --format-version 1 --no-deps --locked |
            python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
        LEADBENCH=$folder/release/leadbench
    fi
    export LEADBENCH
    # A network and mounts of its own; both go with the last process in them.
    exec unshare --map-root-user --net --mount "$0" inside
fi

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT

# The way out, with a route for everything: what is sent there is counted and goes nowhere.
sysctl -qw net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
ip link set lo up
ip link add out type veth peer name nowhere
ip address add 192.0.2.1/24 dev out
# Nobody there would say what its hardware address is.
ip link set out arp off up
ip link set nowhere up
ip route add default dev out
sent_by() { awk -v device="$1:" '$1 == device { print $11 }' /proc/net/dev; }
left() { sent_by out; }

before=$(left)
python3 -c 'import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("203.0.113.9", 9))'
[[ $(left) -gt $before ]] || { echo "FAIL: a packet that was sent on purpose is not counted"; exit 1; }
echo "a datagram sent on purpose: $(($(left) - before)) packet left, so they are counted"

# A name of this machine that resolves elsewhere, and a target that sends its callers elsewhere.
echo "203.0.113.7 localhost" >"$work/hosts"
cat >"$work/redirect.py" <<'PYTHON'
import http.server

class Redirect(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(307)
        self.send_header("Location", "http://203.0.113.8/leads")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirect)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
exec 3< <(exec python3 "$work/redirect.py")
server=$!
read -r port <&3
"$LEADBENCH" keys generate guarded --keys "$work/keys" >"$work/said" 2>&1

failed=0
# try WHAT EXIT-CODE WORDS URL [OPTION...]
try() {
    local what=$1 code=$2 words=$3 url=$4 from inside found=0
    shift 4
    printf '%s\n' 'schema = 1' 'name = "guarded"' '[target]' "url = \"$url\"" '[auth]' \
        'source = "named-credential"' 'key = "guarded"' 'issuer = "i"' 'subject = "s"' \
        'audience = "a"' '[[load]]' 'kind = "rate"' 'rate = "20/s"' 'for = "1s"' \
        '[thresholds]' 'failed = "< 1%"' >"$work/guarded.toml"
    from=$(left) inside=$(sent_by lo)
    "$LEADBENCH" run "$work/guarded.toml" --keys "$work/keys" --out "$work/reports" --ui none \
        "$@" >"$work/said" 2>&1 || found=$?
    printf '\n%s\n  leadbench run, %s%s\n' "$what" "$url" "${*:+, $*}"
    grep -m 3 -E "$words" "$work/said" | sed 's/^ */  | /' || failed=1
    inside=$(($(sent_by lo) - inside))
    printf '  exit code %s, packets that left: %s, on loopback: %s\n' \
        "$found" "$(($(left) - from))" "$inside"
    [[ $found == "$code" && $(left) == "$from" ]] || failed=1
    # Whoever is refused does not even ask a name server of this machine.
    [[ $code != 5 || $inside == 0 ]] || failed=1
}

try "A public host" 5 'error:' https://api.example.com/leads
try "A token over plain http" 5 'error:' http://staging.example.com/leads --allow staging.example.com
mount --bind "$work/hosts" /etc/hosts
try "A host that resolves elsewhere" 5 'error:' "http://localhost:$port/leads"
umount /etc/hosts
# Not followed, so nothing comes of the leads, and the run says so.
try "A redirect off the list" 1 '307|redirect' "http://127.0.0.1:$port/leads"

[[ $failed == 0 ]] || { echo; cat "$work/said"; echo FAIL; exit 1; }
printf '\nPASS: three refusals, a redirect that was not followed, and nothing left\n'
