// A peer that tells the trackers, and whoever calls, that it has all of a content: it has not. It
// is the engine's peer on a real socket, with a store that lies or is silent.
#pragma once

#include <memory>

#include "engine/wire/metainfo.hpp"
#include "tests/lan/harness/loop_thread.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

class BadPeer {
 public:
  enum class Vice {
    lies,           // every block that is requested comes, and is wrong
    never_answers,  // it is there, takes requests, and sends no block
  };
  BadPeer(const Site& site, unsigned host, MetainfoPtr content, Vice vice);
  ~BadPeer();

  Endpoint address() const;
  bool known() const;         // the trackers have acknowledged it
  std::size_t asked() const;  // chunks of which others wanted blocks

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::unique_ptr<LoopThread> thread_;  // ends before what it runs
};

}  // namespace swarm::lan
