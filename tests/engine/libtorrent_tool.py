#!/usr/bin/python3
"""What libtorrent makes of a torrent, in lines that torrents_of_others_test.cpp also writes.

libtorrent_tool.py describe FILE.torrent
libtorrent_tool.py make FILE.torrent CHUNK_SIZE v1|hybrid PATH
"""
import os
import sys

import libtorrent


def describe(torrent):
    info = libtorrent.torrent_info(torrent)
    files = info.files()
    print("info-hash", info.info_hashes().v1)
    print("name", info.name())
    print("size", info.total_size())
    print("chunk size", info.piece_length())
    print("private", int(info.priv()))
    flags = libtorrent.file_flags_t
    links = []
    for i in range(files.num_files()):
        has = files.file_flags(i)
        if has & flags.flag_symlink:
            links.append((files.file_path(i), files.symlink(i)))
            continue
        path = "padding" if has & flags.flag_pad_file else files.file_path(i)
        print("file", files.file_size(i), *(["x"] if has & flags.flag_executable else []), path)
    for path, target in links:
        print("link", path, "to", target)
    for i in range(info.num_pieces()):
        print("chunk", info.hash_for_piece(i).hex())
    for tracker in info.trackers():
        print("tracker", tracker.url)


def make(torrent, chunk_size, version, path):
    files = libtorrent.file_storage()
    flags = libtorrent.create_torrent.v1_only if version == "v1" else 0
    flags |= libtorrent.create_torrent.symlinks
    libtorrent.add_files(files, path, lambda _: True, flags)
    maker = libtorrent.create_torrent(files, int(chunk_size), flags)
    maker.add_tracker("udp://239.0.0.1:6969")
    libtorrent.set_piece_hashes(maker, os.path.dirname(path))
    with open(torrent, "wb") as file:
        file.write(libtorrent.bencode(maker.generate()))


if __name__ == "__main__":
    {"describe": describe, "make": make}[sys.argv[1]](*sys.argv[2:])
