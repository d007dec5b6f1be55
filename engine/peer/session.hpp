// A session: this peer and another one, about one content. The handshake is in sessions.hpp.
#pragma once

#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/request_window.hpp"
#include "engine/wire/peer_protocol.hpp"

namespace swarm {

struct Content;

inline constexpr std::uint32_t most_silences = 4;  // in a row, then others fetch its chunks

// The other one as an uploader to us; the Download Manager's.
struct Source {
  explicit Source(RequestWindow its_window) : window(its_window) {}

  struct Asked {  // a block, in the order of the requests
    Time at;
    std::uint32_t chunk;
    std::uint16_t block;
    bool repeated;  // it was requested before: its answer tells no round trip
    bool settled;   // it came, or is given up
  };
  RequestWindow window;
  std::vector<Asked> asked;        // from `first` on
  std::size_t first = 0;           // those before it are settled
  std::size_t reached = 0;         // the last one that came: those before it are overtaken
  std::uint32_t under_way = 0;     // not settled
  std::vector<std::uint32_t> own;  // chunks under way that it fetches, in their order
  Time heard{};                    // its last block, or the request that began to wait for one
  Time paused_until{};             // it is busy, or does not answer
  std::uint32_t silences = 0;      // in a row
  Time silent_since = never;       // the first of those in the row
};

// The other one as a downloader from us; the Upload Manager's.
struct Client {
  struct Wanted {  // blocks `next` to `end` - 1 of a chunk
    std::uint32_t chunk, next, end;
  };
  std::vector<Wanted> queue;  // from `first` on
  std::size_t first = 0;
  std::uint32_t blocks = 0;  // in the queue
  bool has_slot = false;
  bool waits = false;  // for a slot
  Time slot_since{}, asked{};
  bool idle() const { return blocks == 0; }
};

struct Session {
  enum class Phase : std::uint8_t {
    calling,  // a hello without a token was sent
    proving,  // it was welcomed; a hello with the other's token was sent
    open,     // each has shown the token that the other granted
    over,     // to be forgotten at the end of the step
  };

  Session(Content& its_content, const Endpoint& its_peer, RequestWindow window)
      : content(&its_content), peer(its_peer), source(window) {}

  Content* content;
  Endpoint peer;
  wire::Token granted;  // in what comes from there
  wire::Token token;    // in what goes there
  wire::Nonce nonce;    // of its process
  Phase phase = Phase::calling;
  bool called = false;  // by us
  bool info_refused = false;
  std::uint8_t hellos = 0;
  Time next_hello = never;
  Time heard{}, said{};

  // What the other has, as far as it is known here.
  Bitmap has;
  std::uint32_t said_count = 0;  // how many it says it has
  Time next_ask = never;         // when the two differ
  std::uint32_t ask_from = 0;
  std::size_t pushed = 0;  // of Content::came, told to it

  Source source;
  Client client;
  Time info_silent_since = never;  // no piece of the info came, however often it was asked for

  // It speaks, and what it was asked for does not come: short datagrams arrive and long ones do
  // not?
  bool is_mute() const {
    const bool no_blocks = source.silences >= most_silences && heard > source.silent_since;
    return no_blocks || heard > info_silent_since;
  }

  bool open() const { return phase == Phase::open; }
  bool over() const { return phase == Phase::over; }
  bool has_all() const { return has.size() > 0 && has.all(); }
};

}  // namespace swarm
