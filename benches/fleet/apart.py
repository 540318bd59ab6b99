#!/usr/bin/env python3
"""Agents on three hosts with a real distance between them, and clocks that differ.

    benches/fleet/apart.py [DELAY_MS]

The hosts are network namespaces (scripts/distant_hosts.py). The first has the broker, with TLS and the two roles of
docs/fleet/nats-server.conf, the coordinator and the target. Each of the others has an agent, whose clock is off by as much as
`faketime` says. Needs root, iproute2, /dev/net/tun, openssl and Debian's faketime. LEADBENCH names a binary.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WORK = pathlib.Path(os.environ.get("WORK", ROOT / "target/fleet/apart"))
NATS = os.environ.get("NATS", str(ROOT / "target/nats/newest/nats-server"))
LEADBENCH = os.environ.get("LEADBENCH", str(ROOT / "target/dist/leadbench"))
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
DELAY = sys.argv[1] if len(sys.argv) > 1 else "20"
NAME = f"lbf{os.getpid()}"
# Keys for this script alone.
COORDINATOR = ("SUAPVEBAYG6WXD4JWLZOLH73BP23QH3BISKWQRREBEFFK4CM5T76XTTWYA", "UBHBKHLNKYBQIBIKPZSHPGTA6S6WSJJOF74MEUJWUJ6RKQ2XGJIYF3VK")
AGENT = ("SUAC4Q4VZQR2IT7DGX3XH7FIETYOVPJFKKODLHLM2NEXMO5BXWPPWV6LVY", "UBVYEFBCWALHO32M2L33EMJMBOWV3SY3QCMN3TOCUGZFTAQKP2QBPARH")


def on(host, command, off=None, **more):
    """Starts a command on a host, with a clock that is off by so many seconds."""
    clock = [] if off is None else ["env", f"LD_PRELOAD={FAKETIME}", f"FAKETIME={off:+}", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
    words = ["ip", "netns", "exec", f"{NAME}-{host}", *clock, *map(str, command)]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, text=True, **more)


def prepare():
    WORK.mkdir(parents=True, exist_ok=True)
    for name, (seed, _) in {"coordinator.nk": COORDINATOR, "agent.nk": AGENT}.items():
        (WORK / name).touch(mode=0o600)
        (WORK / name).write_text(seed)
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker",
            "-addext", "subjectAltName=IP:10.77.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
            "-keyout", WORK / "server.key", "-out", WORK / "server.crt"]
    subprocess.run(make, check=True, capture_output=True)
    shipped = (ROOT / "docs/fleet/nats-server.conf").read_text()
    for was, now in {"/var/lib/nats": WORK / "store", "/etc/nats": WORK, "U_OF_THE_COORDINATOR": COORDINATOR[1], "U_OF_THE_AGENTS": AGENT[1]}.items():
        shipped = shipped.replace(was, str(now))
    (WORK / "nats.conf").write_text(shipped)
    (WORK / "apart.toml").write_text(
        'schema = 1\nname = "apart"\n[target]\nurl = "http://10.77.0.1:18088/leads"\nallowed_hosts = ["10.77.0.1"]\n'
        'allow_plaintext = ["10.77.0.1"]\n[auth]\nsource = "named-credential"\nkey = "lead_signing"\nissuer = "i"\nsubject = "s"\naudience = "a"\n'
        '[[load]]\nkind = "rate"\nrate = "100/s"\nfor = "8s"\narrivals = "uniform"\n[thresholds]\nfailed = "< 1%"\n'
    )


def attempt(clocks):
    """A run with one agent on each of the other hosts, with clocks that are off by so much."""
    broker = ["--nats", "tls://10.77.0.1:4222", "--nats-ca", WORK / "server.crt"]
    guard = ["--allow", "10.77.0.1", "--allow-plaintext", "10.77.0.1", "--i-own-this-target", "10.77.0.1"]
    agents = []
    for host, off in zip("bc", clocks):
        words = [LEADBENCH, "agent", *broker, "--nats-creds", WORK / "agent.nk", "--once", "--name", f"host-{host}",
                 "--keys", WORK / "keys", "--out", WORK / "agents", *guard]
        agents.append(on(host, words, off, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE))
    words = [LEADBENCH, "run", WORK / "apart.toml", *broker, "--nats-creds", WORK / "coordinator.nk", "--agents", len(agents),
             "--ui", "none", "--json", "--out", WORK / "reports", *guard]
    run = on("a", words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, said = run.communicate()
    print(f"clocks off by {', '.join(f'{off:+} s' for off in clocks)}: exit {run.returncode}")
    print("".join(f"  {line}\n" for line in said.splitlines() if line and "reports in" not in line), end="")
    if out:
        summary = json.loads(out)
        latency, counts = summary["phases"]["latency"], summary["counts"]
        print(f"  {counts['planned']} planned, {counts['ok']} ok, {counts['failed']} failed; latency p50 {latency['p50_ns'] / 1e6:.1f} ms, p99 {latency['p99_ns'] / 1e6:.1f} ms")
        print(f"  measurement {summary['measurement']['verdict']}: {'; '.join(summary['measurement']['reasons']) or 'no reasons'}")
    for agent in agents:
        agent.communicate()


def main():
    prepare()
    hosts = subprocess.Popen(
        [sys.executable, ROOT / "scripts/distant_hosts.py", NAME, DELAY, "300", "0", "3"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert hosts.stdout.readline().strip() == "ready"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([LEADBENCH, "keys", "generate", "lead_signing", "--keys", WORK / "keys"], **quiet)
    others = [
        on("a", [NATS, "-c", WORK / "nats.conf"], **quiet),
        on("a", [LEADBENCH, "target", "--listen", "10.77.0.1:18088", "--trust", f"lead_signing={WORK}/keys/lead_signing.crt.pem", "--issuer", "i", "--subject", "s", "--audience", "a", "--leeway", "1s"], **quiet),
    ]
    time.sleep(2)
    try:
        print(f"three hosts, {float(DELAY) * 2:g} ms round trip between any two")
        attempt([0, 0])
        attempt([0.3, -0.3])
        attempt([0, 2])
    finally:
        for other in others:
            other.terminate()
        hosts.stdin.close()
        hosts.wait()


main()
