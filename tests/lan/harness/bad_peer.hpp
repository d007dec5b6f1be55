// A peer that tells the trackers and other peers that it has a whole content, although it has
// nothing. It is the engine's peer on a real socket, with a store that lies or never answers.
#pragma once

#include <memory>

#include "engine/wire/metainfo.hpp"
#include "tests/lan/harness/loop_thread.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

class BadPeer {
 public:
  enum class Vice {
    lies,           // sends every requested block, with wrong bytes
    never_answers,  // accepts requests, but sends no block
  };
  BadPeer(const Site& site, unsigned host, MetainfoPtr content, Vice vice);
  ~BadPeer();

  Endpoint address() const;
  bool known() const;         // true if the trackers have acknowledged its registration
  std::size_t asked() const;  // number of chunks of which other peers requested blocks

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // the last member, so that it ends before impl_
};

}  // namespace swarm::lan
