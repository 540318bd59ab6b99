#!/usr/bin/env python3
"""Hosts on this machine with a real distance between them, for what only the kernel sees.

    scripts/distant_hosts.py NAME DELAY_MS SECONDS [LOSS] [HOSTS]

Makes the network namespaces NAME-a (10.77.0.1), NAME-b (10.77.0.2) and so on, two by default, joined by a TUN device each.
Every packet is held back for DELAY_MS, so that a round trip takes twice as long, and LOSS (0.05) is
the share of packets that never arrives, always the same ones. Prints `ready` and then lasts for SECONDS, or until
its standard input is closed; the namespaces go with it. A command runs in one by `ip netns exec NAME-a COMMAND`.

Needs Linux, root, iproute2 and /dev/net/tun; no netem. A proxy that delays would not do: TCP ends
there, and its round trips are short.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(descriptor):
    if LIBC.setns(descriptor, 0) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def add_host(namespace, address):
    """Makes a namespace whose only way out is a device that is read and written here."""
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/var/run/netns/{namespace}", os.O_RDONLY)
    try:
        enter(there)
        device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", b"far0", IFF_TUN | IFF_NO_PI))
    finally:
        enter(home)
        os.close(home)
        os.close(there)
    for words in (["addr", "add", f"{address}/24", "dev", "far0"],
                  ["link", "set", "far0", "up"], ["link", "set", "lo", "up"]):
        subprocess.run(["ip", "-n", namespace, *words], check=True)
    return device


def carry(devices, delay, loss, until):
    """Carries packets to and fro until the time is over or nobody wants it any more. `devices` are by their addresses."""
    chance = random.Random(1)
    held, number = [], 0
    while time.monotonic() < until:
        wait = held[0][0] - time.monotonic() if held else 0.1
        ready, _, _ = select.select([*devices.values(), sys.stdin], [], [], min(max(wait, 0.0), 0.1))
        for source in ready:
            if source is sys.stdin:
                if not os.read(0, 4096):
                    return
                continue
            packet = os.read(source, 65536)
            number += 1
            # An IPv4 packet says there where it goes.
            goal = devices.get(packet[16:20])
            if chance.random() >= loss and goal is not None:
                heapq.heappush(held, (time.monotonic() + delay, number, goal, packet))
        while held and held[0][0] <= time.monotonic():
            _, _, goal, packet = heapq.heappop(held)
            os.write(goal, packet)


def main():
    name, delay, seconds = sys.argv[1], float(sys.argv[2]) / 1e3, float(sys.argv[3])
    loss = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    hosts = int(sys.argv[5]) if len(sys.argv) > 5 else 2
    namespaces = [f"{name}-{letter}" for letter in "abcdefgh"[:hosts]]
    try:
        devices = {}
        for number, namespace in enumerate(namespaces, 1):
            devices[bytes([10, 77, 0, number])] = add_host(namespace, f"10.77.0.{number}")
        print("ready", flush=True)
        carry(devices, delay, loss, time.monotonic() + seconds)
    finally:
        for namespace in namespaces:
            subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
