#!/usr/bin/python3
"""Fills three swarm-trackers with registrations and looks at what that costs; for scripts/lab/large.

  large_swarm.py fill PEERS CONTENTS [FIRST]
                                        PEERS peers declare CONTENTS contents each; until all are
                                        registered. FIRST: the number of the first one, when others
                                        have come before
  large_swarm.py empty SECONDS          waits so long until nothing is registered any more
  large_swarm.py joined SECONDS MEMBERS waits so long until so many members, the one with the
                                        address LATE among them, if there is one, have all that is
                                        committed
  large_swarm.py report                 what each has measured: elections, starts, longest step

Environment: TRACKERS, addresses of the instances, PEERS_PORT, HTTP_PORT; NETWORK, the first two
bytes of the addresses of peers; LATE, see above; AWAY, an address of an instance that is stopped and
started; STATE, a file that keeps figures between the calls.
"""
import hashlib
import json
import os
import selectors
import socket
import struct
import sys
import time
import urllib.request

TRACKERS = os.environ["TRACKERS"].split()
PEERS_PORT = int(os.environ["PEERS_PORT"])
HTTP_PORT = int(os.environ["HTTP_PORT"])
NETWORK = os.environ["NETWORK"]
STATE = os.environ["STATE"]

MAGIC = 0xFEE1DEADBAADBEEF
CONNECT, SCRAPE, ERROR = 0, 2, 3
CONTENTS_AT_ONCE = 24  # in one request
PEERS_OF_ADDRESS = 10  # with 10,000 contents each: the default of max-contents-per-network
PATIENCE = 0.5  # seconds after which a request is sent again, to another instance
ID_LASTS = 45  # seconds for which a peer uses a connection id
FIRST_PORT = 20000


def fetch(address, page):
    try:
        with urllib.request.urlopen(f"http://{address}:{HTTP_PORT}{page}", timeout=2) as answer:
            return answer.read().decode()
    except OSError:
        return None


def status(address):
    page = fetch(address, "/status")
    return json.loads(page) if page else None


def metrics(address):
    found = {}
    for line in (fetch(address, "/metrics") or "").splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def content(number):
    return hashlib.sha1(b"large swarm %d" % number).digest()


class Peer:
    """One after the other, it declares what it has."""

    def __init__(self, number, contents):
        address = f"{NETWORK}.{1 + number // PEERS_OF_ADDRESS // 200}." + str(
            1 + number // PEERS_OF_ADDRESS % 200
        )
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((address, FIRST_PORT + number))
        self.first = number % PEERS_OF_ADDRESS * contents
        self.contents = contents
        self.done = 0
        self.tracker = 0
        self.transaction = number << 16
        self.connection = None
        self.connected = 0.0
        self.sent = 0.0

    def finished(self):
        return self.done >= self.contents

    def send(self, now):
        self.sent = now
        if self.connection is None or now - self.connected > ID_LASTS:
            self.connection = None
            request = struct.pack(">QII", MAGIC, CONNECT, self.transaction)
        else:
            some = range(self.done, min(self.done + CONTENTS_AT_ONCE, self.contents))
            request = struct.pack(
                ">QIII", self.connection, SCRAPE, self.transaction, len(some)
            ) + b"".join(content(self.first + i) for i in some)
        try:
            self.socket.sendto(request, (TRACKERS[self.tracker], PEERS_PORT))
        except OSError:
            pass  # late() sends it again

    def late(self, now):
        if now - self.sent > PATIENCE:
            self.tracker = (self.tracker + 1) % len(TRACKERS)
            self.send(now)

    def receive(self, now):
        try:
            answer = self.socket.recv(2048)
        except OSError:
            return
        if len(answer) < 8:
            return
        action, transaction = struct.unpack_from(">II", answer)
        if transaction != self.transaction:
            return
        self.transaction += 1
        if action == CONNECT:
            (self.connection,) = struct.unpack_from(">Q", answer, 8)
            self.connected = now
        elif action == SCRAPE:
            self.done += CONTENTS_AT_ONCE
        else:
            self.connection = None
        if not self.finished():
            self.send(now)


def fill(peers, contents, first=0):
    if first == 0:
        remember()
    begun = time.monotonic()
    all_peers = [Peer(number, contents) for number in range(first, first + peers)]
    selector = selectors.DefaultSelector()
    for peer in all_peers:
        selector.register(peer.socket, selectors.EVENT_READ, peer)
        peer.send(begun)
    left = list(all_peers)
    told = begun
    while left:
        for key, _ in selector.select(0.1):
            key.data.receive(time.monotonic())
        now = time.monotonic()
        left = [peer for peer in left if not peer.finished()]
        for peer in left:
            peer.late(now)
        if now - told > 10:
            told = now
            print(f"  {sum(min(p.done, contents) for p in all_peers):,} registered", flush=True)
    took = time.monotonic() - begun
    print(f"{peers * contents:,} registrations by {peers} peers in {took:.0f} s", flush=True)


def remember():
    """Before anything happens: terms and processes."""
    with open(STATE, "w", encoding="ascii") as state:
        json.dump({a: [s["term"], s["pid"]] for a in TRACKERS if (s := status(a))}, state)


def empty(seconds):
    begun = time.monotonic()
    last = None
    while time.monotonic() - begun < seconds:
        left = [m.get("swarm_tracker_peers") for m in map(metrics, TRACKERS)]
        if left != last:
            print(f"  {time.monotonic() - begun:.0f} s: peers left {left}", flush=True)
        last = left
        if all(peers == 0 for peers in left):
            print(f"all expired after {time.monotonic() - begun:.0f} s", flush=True)
            return 0
        time.sleep(1)
    print("not all have expired in time", flush=True)
    return 1


def joined(seconds, members):
    begun = time.monotonic()
    expected = TRACKERS + [a for a in [os.environ.get("LATE")] if a]
    while time.monotonic() - begun < seconds:
        found = [s for s in map(status, expected) if s]
        if (
            len(found) == len(expected)
            and all(len(s["members"]) == members for s in found)
            and all(s["applied"] == found[0]["applied"] for s in found)
            and len({s["peers"] for s in found}) == 1
        ):
            print(f"all are equal after {time.monotonic() - begun:.0f} s", flush=True)
            return 0
        time.sleep(0.5)
    print("not all are equal in time", flush=True)
    return 1


def report():
    with open(STATE, encoding="ascii") as state:
        before = json.load(state)
    elections = exits = 0
    longest = {}
    for address in TRACKERS + [a for a in [os.environ.get("LATE")] if a]:
        now, measured = status(address), metrics(address)
        if now is None:
            print(f"{address}: does not answer")
            exits += 1
            continue
        term, pid = before.get(address, [now["term"], now["pid"]])
        elections = max(elections, now["term"] - term)
        exits += now["pid"] != pid and address != os.environ.get("AWAY")
        steps = {
            name.split('"')[1]: 1000 * value
            for name, value in measured.items()
            if name.startswith("swarm_tracker_step_cpu_seconds_max")
        }
        for kind, value in steps.items():
            longest[kind] = max(value, longest.get(kind, 0))
        commit = 1000 * measured['swarm_tracker_disk_commit_seconds_max{disk="log"}']
        print(
            f"{address}: {now['role']}, longest step in CPU time "
            + ", ".join(f"{kind} {value:.1f} ms" for kind, value in steps.items())
            + f"; longest commit {commit:.0f} ms"
            + f"; {measured['process_resident_memory_bytes'] / 2**20:.0f} MiB"
        )
    print(f"elections: {elections}; exits: {exits}; longest step: {max(longest.values()):.1f} ms")
    return 1 if elections or exits else 0


def main():
    what, numbers = sys.argv[1], [int(number) for number in sys.argv[2:]]
    return {"fill": fill, "empty": empty, "joined": joined, "report": report}[what](*numbers) or 0


if __name__ == "__main__":
    sys.exit(main())
