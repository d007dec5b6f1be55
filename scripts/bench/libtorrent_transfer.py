#!/usr/bin/python3
"""One side of a transfer by libtorrent, for scripts/bench/transfer.

  libtorrent_transfer.py make FILE FILE.torrent
  libtorrent_transfer.py seed FILE.torrent FOLDER ADDRESS:PORT utp|tcp
  libtorrent_transfer.py fetch FILE.torrent FOLDER ADDRESS:PORT utp|tcp ADDRESS:PORT

seed prints READY and stays until it is ended. fetch prints the seconds from its start until all is
complete and verified, and gives up after two minutes.
"""
import sys
import time

import libtorrent

CHUNK = 256 * 1024  # the chunk size of swarm-peer
BUFFER = 4 * 1024 * 1024
PATIENCE = 120


def settings(address, transport):
    utp = transport == "utp"
    return {
        "listen_interfaces": address,
        "alert_mask": libtorrent.alert.category_t.status_notification
        | libtorrent.alert.category_t.error_notification,
        # Connects only to the other side, without delay, encryption or limits.
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "allow_multiple_connections_per_ip": True,
        "in_enc_policy": int(libtorrent.enc_policy.disabled),
        "out_enc_policy": int(libtorrent.enc_policy.disabled),
        "enable_outgoing_utp": utp,
        "enable_incoming_utp": utp,
        "enable_outgoing_tcp": not utp,
        "enable_incoming_tcp": not utp,
        "mixed_mode_algorithm": int(libtorrent.bandwidth_mixed_algo_t.prefer_tcp),
        "unchoke_slots_limit": -1,
        "connection_speed": 500,
        # Allows as much data under way and in buffers as two neighbouring hosts can use.
        "recv_socket_buffer_size": BUFFER,
        "send_socket_buffer_size": BUFFER,
        "send_buffer_watermark": BUFFER,
        "send_buffer_low_watermark": BUFFER // 4,
        "send_buffer_watermark_factor": 200,
        "max_out_request_queue": 4000,
        "max_allowed_in_request_queue": 8000,
        "request_queue_time": 3,
        "max_queued_disk_bytes": 64 * 1024 * 1024,
        "whole_pieces_threshold": 5,
        "aio_threads": 4,
        "hashing_threads": 2,
    }


def make(path, torrent):
    storage = libtorrent.file_storage()
    libtorrent.add_files(storage, path)
    creator = libtorrent.create_torrent(storage, CHUNK, libtorrent.create_torrent.v1_only)
    libtorrent.set_piece_hashes(creator, path.rpartition("/")[0] or ".")
    with open(torrent, "wb") as out:
        out.write(libtorrent.bencode(creator.generate()))


def begin(torrent, folder, address, transport, seeding):
    session = libtorrent.session(settings(address, transport))
    wanted = libtorrent.add_torrent_params()
    wanted.ti = libtorrent.torrent_info(torrent)
    wanted.save_path = folder
    wanted.flags &= ~(
        libtorrent.torrent_flags.paused | libtorrent.torrent_flags.auto_managed
    )
    if seeding:
        wanted.flags |= libtorrent.torrent_flags.seed_mode
    return session, session.add_torrent(wanted)


def until(session, handle, holds):
    end = time.monotonic() + PATIENCE
    while not holds(handle.status()):
        if time.monotonic() > end:
            sys.exit("libtorrent_transfer: not done after %d s" % PATIENCE)
        session.wait_for_alert(20)
        for alert in session.pop_alerts():
            if isinstance(alert, libtorrent.torrent_error_alert):
                sys.exit("libtorrent_transfer: " + alert.message())


def seed(torrent, folder, address, transport):
    session, handle = begin(torrent, folder, address, transport, True)
    until(session, handle, lambda status: status.is_seeding)
    print("READY", flush=True)
    while True:
        time.sleep(60)
        session.pop_alerts()


def fetch(torrent, folder, address, transport, peer):
    start = time.monotonic()
    session, handle = begin(torrent, folder, address, transport, False)
    ip, _, port = peer.rpartition(":")
    handle.connect_peer((ip, int(port)))
    until(session, handle, lambda status: status.is_seeding)
    print("%.3f" % (time.monotonic() - start))


VERBS = {"make": make, "seed": seed, "fetch": fetch}

if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in VERBS:
        sys.exit(__doc__)
    VERBS[sys.argv[1]](*sys.argv[2:])
