// The text of swarm-peer --help, except the list of options. The manual page says the same in more
// detail.
#pragma once

#include <string_view>

namespace swarm::udp {

inline constexpr std::string_view peer_help_head =
    R"(swarm-peer: shares and fetches contents by the trackers of a swarm.

Share a file or a folder with the LAN, until Ctrl-C:
  swarm-peer share holiday.mp4
Fetch it on another host, by the file that this made or by the 40 digits that it printed:
  swarm-peer fetch holiday.mp4.torrent
  swarm-peer fetch 0123456789abcdef0123456789abcdef01234567 -o Videos --seed
Go on sharing what is here already:
  swarm-peer share holiday.mp4.torrent --from Videos
What is here, and is it right?
  swarm-peer status
  swarm-peer verify holiday.mp4.torrent
Know nothing more of it; its files stay:
  swarm-peer forget 0123456789abcdef0123456789abcdef01234567
Slowly, from a peer that is known, through another interface:
  swarm-peer fetch holiday.mp4.torrent --download-limit 5MB --yield
  swarm-peer fetch holiday.mp4.torrent --peer 10.0.0.7:6881 --interface eth1
For a program:
  swarm-peer fetch holiday.mp4.torrent --json | jq -r 'select(.what == "progress").percent'

Ask the trackers only. Who has this content? Who comes and goes? I hold all of these:
  swarm-peer announce 0123456789abcdef0123456789abcdef01234567 --port 6881
  swarm-peer watch 0123456789abcdef0123456789abcdef01234567 --port 6881 --every 2s
  swarm-peer declare --port 6881 $(cat my-contents)
)";

// For each command: its usage, and the text that --help prints behind its name.
struct PeerCommandHelp {
  std::string_view name, usage, text;
};

inline constexpr PeerCommandHelp peer_command_help[] = {
    {"share", "share PATH|FILE.torrent|HASH... [OPTION...]",
     R"(Hashes each PATH, a content of its own, writes NAME.torrent into the working directory
            (never over that of another content), prints its HASH and the file, tells the trackers,
            and uploads until Ctrl-C. Of a FILE.torrent or HASH it first makes sure that all of it
            is on disk.
)"},
    {"fetch", "fetch FILE.torrent|HASH... [OPTION...]",
     R"(Downloads from all peers that the trackers name, each chunk verified before it counts,
            and prints the path of what is complete. With a HASH alone the rest of FILE.torrent
            comes from a peer. Interrupted by whatever, the same command goes on where it was.
            Files that are not of this content are left alone; see --overwrite.
)"},
    {"status", "status [FILE.torrent|HASH...] [OPTION...]",
     R"(All contents that were shared or fetched here: how much is there, where, and whether a
            process has it now.
)"},
    {"verify", "verify FILE.torrent|HASH [OPTION...]",
     R"(Hashes what is on disk, and says which chunks and files are not right; a later fetch
            gets those. Without network; no file is written.
)"},
    {"forget", "forget FILE.torrent|HASH... [OPTION...]",
     R"(Removes what is remembered of each content, and no file: what lies there is the user's
            own from then on. Not of a content that a process has now.
)"},
    {"announce", "announce HASH --port P [OPTION...]",
     R"(Sends one announce, and prints the peers that the tracker knows: ADDRESS:PORT, one a
            line. The tracker registers this host's address and port P, and forgets them when they
            were not announced again for 22.5 minutes (2.2 times its key client-interval, and 30 s),
            or at once by --event stopped.
)"},
    {"declare", "declare HASH... --port P [OPTION...]",
     R"(Says "I hold these": any number of contents, 24 in a request. Prints each one that is
            answered; one that is full answers, too. The tracker registers the address and port
            that it is asked from, so P must be free here; like an announce it is forgotten after a
            while.
)"},
    {"watch", "watch HASH --port P [OPTION...]",
     R"(Stays announced and prints what changes between the answers:
              + 10.0.0.7:6881    a peer came
              - 10.0.0.7:6881    a peer went
              = now answered by 10.0.0.2 (10.0.0.1 before), after 37 ms without an answer
            The last one is a failover: the first request that another tracker answered had waited
            so long. When the swarm is larger than one answer (--num-want, or the tracker's limit),
            an answer is a random part of it, and peers that go are not shown. Ctrl-C sends
            stopped, waits at most 2 s for its answer, and ends.
)"},
};

inline constexpr std::string_view peer_help_hash =
    R"(HASH is the SHA-1 info-hash of a content: 40 hexadecimal digits.
)";

inline constexpr std::string_view peer_help_tail =
    R"(
A request is sent again after 100 ms, doubling to 3 s, until it is answered: while the trackers
elect a new master none of them answers. Those of announce and watch are sent from port P when that
is free, else (your own client listens there) from any other: an announce carries P itself.

Results go to stdout, messages and progress to stderr. With --json each line of stdout is one
object; "what" says which: shared, opened, progress, complete, failed, dropped, stopped; content,
verified; forgotten; announced, declared, came, went, failover. Colours: on a terminal, unless
NO_COLOR is set.

Exit codes: 0 done; 1 failed: a tracker refused, the port cannot be used, the disk is full; 2 wrong
usage, or no such interface; 3 stopped before all was fetched; 4 not right on disk (verify, share of
a FILE.torrent); 5 no tracker answered.

See also: swarm-tracker --help
)";

}  // namespace swarm::udp
