// A session between this peer and another peer about one content. sessions.hpp has the handshake.
#pragma once

#include <vector>

#include "engine/base/bitmap.hpp"
#include "engine/base/request_window.hpp"
#include "engine/peer/pace.hpp"
#include "engine/wire/peer_protocol.hpp"

namespace swarm {

struct Content;

inline constexpr std::uint32_t most_silences = 4;  // time-outs until others fetch its chunks

// The state of the Download Manager: the other peer uploads to this peer.
struct Source {
  explicit Source(RequestWindow its_window) : window(its_window) {}

  struct Asked {  // a request for a block
    Time at;
    std::uint32_t chunk;
    std::uint16_t block;
    bool repeated;  // the block was requested earlier; the answer then measures no round trip
    bool settled;   // the block came, or this request was given up
  };
  RequestWindow window;
  Pace pace;
  std::vector<Asked> asked;        // in the order of the requests
  std::size_t first = 0;           // all requests before this index are settled
  std::size_t reached = 0;         // the last index answered; open ones before it are overtaken
  std::uint32_t under_way = 0;     // the number of requests that are not settled
  std::vector<std::uint32_t> own;  // the chunks that this session owns, oldest first
  Time heard{};                    // when a requested block last came, or the wait began
  Time paused_until{};             // the other peer is busy, or does not answer
  std::uint32_t silences = 0;      // time-outs since a requested block last came
  Time silent_since = never;       // the time of the first of these time-outs
};

// The state of the Upload Manager: the other peer downloads from this peer.
struct Client {
  struct Wanted {  // blocks `next` to `end` - 1 of a chunk
    std::uint32_t chunk, next, end;
  };
  std::vector<Wanted> queue;
  std::size_t first = 0;     // all ranges before this index are served
  std::uint32_t blocks = 0;  // the number of blocks in the queue
  bool has_slot = false;
  bool waits = false;          // is in the queue for a slot
  Time slot_since{}, asked{};  // when it got its slot; when it last asked for blocks
  bool idle() const { return blocks == 0; }
};

struct Session {
  enum class Phase : std::uint8_t {
    calling,  // this peer has sent a hello without a token
    proving,  // a welcome came, and this peer has sent a hello with the token from it
    open,     // each peer has shown the token that the other peer granted
    over,     // this object is deleted at the end of the step
  };

  Session(Content& its_content, const Endpoint& its_peer, RequestWindow window)
      : content(&its_content), peer(its_peer), source(window) {}

  Content* content;
  Endpoint peer;
  wire::Token granted;  // this peer granted it; datagrams from the other peer carry it
  wire::Token token;    // the other peer granted it; datagrams to the other peer carry it
  wire::Nonce nonce;    // identifies the other peer's process
  Phase phase = Phase::calling;
  bool called = false;  // this peer called the other one
  std::uint8_t hellos = 0, most_hellos = 6;
  bool counted = false;  // Reach counts this call as one that is not answered yet
  Time next_hello = never;
  Time heard{}, said{};  // when a datagram last came in this session; when one was last sent

  // The chunks that the other peer has, as far as this peer knows.
  Bitmap has;
  std::uint32_t said_count = 0;  // how many chunks the other peer says it has
  // When to ask the other peer for its chunks. `never`: said_count equals the count of `has`, the
  // number of chunks is not known yet, or the session is not open.
  Time next_ask = never;
  std::uint32_t ask_from = 0;  // the first chunk to ask about
  std::size_t pushed = 0;      // how many entries of Content::came were told to the other peer

  Source source;
  Client client;
  // When this peer first gave up asking the other one for the info dictionary without having got
  // any piece of it. `never`: it did not, or a piece came since.
  Time info_silent_since = never;

  // True: datagrams come from the other peer, but no data that it was asked for. Perhaps the
  // network path drops long datagrams.
  bool is_mute() const {
    const bool no_blocks = source.silences >= most_silences && heard > source.silent_since;
    return no_blocks || heard > info_silent_since;
  }

  bool open() const { return phase == Phase::open; }
  bool over() const { return phase == Phase::over; }
  bool has_all() const { return has.size() > 0 && has.all(); }
};

}  // namespace swarm
