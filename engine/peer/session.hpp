// A session between this peer and another one, about one content. The handshake is in sessions.hpp.
#pragma once

#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/request_window.hpp"
#include "engine/wire/peer_protocol.hpp"

namespace swarm {

struct Content;

inline constexpr std::uint32_t most_silences = 4;  // in a row; then others fetch its chunks

// The other peer as an uploader to this one: the Download Manager's state.
struct Source {
  explicit Source(RequestWindow its_window) : window(its_window) {}

  struct Asked {  // a block that was asked for
    Time at;
    std::uint32_t chunk;
    std::uint16_t block;
    bool repeated;  // it was asked for before, so its answer tells no round trip
    bool settled;   // it came, or was given up
  };
  RequestWindow window;
  std::vector<Asked> asked;        // in the order of the requests
  std::size_t first = 0;           // all before this one are settled
  std::size_t reached = 0;         // the last one that came; open ones before it are overtaken
  std::uint32_t under_way = 0;     // the number of blocks not settled
  std::vector<std::uint32_t> own;  // the chunks that it owns, in the order in which it took them
  Time heard{};                    // when its last block came, or the wait for a first one began
  Time paused_until{};             // it is busy, or does not answer
  std::uint32_t silences = 0;      // in a row
  Time silent_since = never;       // when the first silence of this row was noticed
};

// The other peer as a downloader from this one: the Upload Manager's state.
struct Client {
  struct Wanted {  // blocks `next` to `end` - 1 of a chunk
    std::uint32_t chunk, next, end;
  };
  std::vector<Wanted> queue;
  std::size_t first = 0;     // all before this one are served
  std::uint32_t blocks = 0;  // in the queue
  bool has_slot = false;
  bool waits = false;  // for a slot
  Time slot_since{}, asked{};
  bool idle() const { return blocks == 0; }
};

struct Session {
  enum class Phase : std::uint8_t {
    calling,  // a hello without a token was sent
    proving,  // a welcome came, and a hello with its token was sent
    open,     // each peer has shown the token that the other granted
    over,     // is forgotten at the end of the step
  };

  Session(Content& its_content, const Endpoint& its_peer, RequestWindow window)
      : content(&its_content), peer(its_peer), source(window) {}

  Content* content;
  Endpoint peer;
  wire::Token granted;  // by this peer; datagrams from the other peer carry it
  wire::Token token;    // granted by the other peer; datagrams to it carry it
  wire::Nonce nonce;    // of the other peer's process
  Phase phase = Phase::calling;
  bool called = false;  // this peer called the other one
  bool info_refused = false;
  std::uint8_t hellos = 0;
  Time next_hello = never;
  Time heard{}, said{};

  // What the other has, as far as it is known here.
  Bitmap has;
  std::uint32_t said_count = 0;  // how many it says that it has
  Time next_ask = never;         // when to ask it, if said_count is not the count of `has`
  std::uint32_t ask_from = 0;    // the first chunk to ask about
  std::size_t pushed = 0;        // how many of Content::came it was told

  Source source;
  Client client;
  Time info_silent_since = never;  // no piece of the info came, however often it was asked for

  // True: datagrams come from it, but nothing that it was asked for. Perhaps the path passes only
  // short datagrams.
  bool is_mute() const {
    const bool no_blocks = source.silences >= most_silences && heard > source.silent_since;
    return no_blocks || heard > info_silent_since;
  }

  bool open() const { return phase == Phase::open; }
  bool over() const { return phase == Phase::over; }
  bool has_all() const { return has.size() > 0 && has.all(); }
};

}  // namespace swarm
