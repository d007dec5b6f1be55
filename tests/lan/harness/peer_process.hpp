// A real swarm-peer on a host of a site, with a state folder, a download folder and a log of its
// own. What it says with --json is kept line by line, each with the time when it was read.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/lan/harness/child_process.hpp"
#include "tests/lan/harness/site.hpp"

namespace swarm::lan {

using Json = nlohmann::json;

struct Said {
  Time at;
  Json line;
  std::string what() const { return line.at("what"); }
};

class PeerProcess {
 public:
  PeerProcess(const Site& site, unsigned host);  // not started
  ~PeerProcess();                                // killed, if it still runs
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  unsigned host() const { return host_; }
  const std::string& name() const { return name_; }  // p4
  Endpoint address() const;                          // where other peers find it
  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path downloads() const { return folder_ / "downloads"; }
  std::filesystem::path log() const { return folder_ / "log"; }  // of all its starts

  // Of its later starts, by its name; before: its address.
  void use_interface(const std::string& name) { interface_ = name; }

  // A command of the network (share, fetch) with its words; the interface, the trackers' group, the
  // state folder and --json are added, and to a fetch the folder of downloads, unless it has one.
  // Returns when it began. What was said before is forgotten.
  Time start(const std::vector<std::string>& words);
  // One that ends by itself, and needs no network (status, verify): its exit code.
  int run(const std::vector<std::string>& words);
  bool runs() const { return process_ != nullptr; }  // as far as this object has ended it

  Time kill();  // -9; returns when. What it had said is here.
  int stop();   // as Ctrl-C does; its exit code
  int wait();   // its exit code; all that it said is here

  // Of the last start, in order; with a name: those alone.
  std::vector<Said> said() const;
  std::vector<Said> said(std::string_view what) const;
  // The first one of that name (any: "") of which it holds; waits for it. Throws NeverHappened, at
  // once when it has ended.
  template <class Holds>
  Said await(std::string_view what, const Holds& holds) const;
  Said await(std::string_view what) const {
    return await(what, [](const Json&) { return true; });
  }

 private:
  class Reader;
  void begin(std::vector<std::string> command);
  void await_line(std::string_view what, std::size_t seen) const;  // or throws

  const Site& site_;
  unsigned host_;
  std::string name_;
  std::filesystem::path folder_;
  std::string interface_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<ChildProcess> process_;
};

template <class Holds>
Said PeerProcess::await(std::string_view what, const Holds& holds) const {
  for (std::size_t seen = 0;; await_line(what, seen)) {
    const auto all = said();
    for (; seen < all.size(); ++seen)
      if ((what.empty() || all[seen].what() == what) && holds(all[seen].line)) return all[seen];
  }
}

}  // namespace swarm::lan
