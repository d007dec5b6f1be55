// The fixture of the test cases with unmodified clients: three trackers on hosts 1 to 3, and
// clients of all kinds, each on its own host. A client knows only a private torrent that names
// trackers.
//
// Some cases take long, or need clients that a developer may not have. They run only if
// SWARM_REAL_CLIENTS names a file (scripts/lab/real-clients). They write their figures to this
// file, one per line: case,client,figure,value.
#pragma once

#include <memory>

#include "tests/lan/harness/bep15_requester.hpp"
#include "tests/lan/harness/real_client.hpp"
#include "tests/lan/harness/stage.hpp"

namespace swarm::lan {

using Kinds = std::vector<ClientKind>;

class RealClientsStage : public Stage {
 protected:
  static constexpr unsigned asking_host = 4, first_client = 5, last_host = 18;

  void SetUp() override;  // skips the test if this machine cannot have a Lan
  void TearDown() override;
  const Site& where() const override { return *site_; }
  Lan& lan() { return *site_; }

  // The addresses, over IPv4 and IPv6, at which the instance on this host serves clients.
  Endpoint tracker(unsigned host);
  Endpoint tracker6(unsigned host);
  // Makes a torrent of the case's content. Each tracker is in its own tier.
  std::filesystem::path torrent(const std::vector<Endpoint>& tiers,
                                const std::string& scheme = "udp");
  InfoHash info_hash() const { return info_hash_; }
  std::filesystem::path original() const { return folder() / "content"; }

  // Starts a client that has the content, and waits until the tracker `teller` counts the client.
  RealClient& share(ClientKind kind, const std::filesystem::path& torrent, const Endpoint& teller);
  // Starts clients that download the torrent. `who` is their name in the figures.
  void join(const Kinds& kinds, const std::filesystem::path& torrent, const std::string& who);
  // Waits until `teller` counts all joined clients as leechers, and one of them has written bytes.
  void await_begun(const Endpoint& teller);
  // Waits until all joined clients have the content. The time of each client is a figure.
  void await_complete();
  std::size_t incomplete();  // number of joined clients that do not have the content yet

  // Limits the speed at which a client sends, or ends the limit.
  void narrow(const RealClient& client);
  void widen(const RealClient& client);

  Bep15Requester& requester();                      // runs on its own host
  Bep15Requester& requester6();                     // the same over IPv6
  std::vector<Endpoint> all_after(unsigned first);  // the three trackers, beginning with `first`
  std::vector<Endpoint> all6();                     // the three trackers' IPv6 addresses

  void figure(const std::string& client, const std::string& what, double value) const;
  // Writes the figure in seconds.
  void figure(const std::string& client, const std::string& what, Duration value) const;

 private:
  struct Joined {
    RealClient* client;
    std::string who;
    Time at;
    bool complete = false;
  };
  RealClient& make(ClientKind kind);
  void look(Joined& joined);

  std::optional<Lan> site_;
  std::vector<std::unique_ptr<RealClient>> clients_;
  std::vector<Joined> joined_;
  std::unique_ptr<Bep15Requester> requester_, requester6_;
  unsigned torrents_ = 0;  // number of torrents made so far
  InfoHash info_hash_;
};

// True if the long cases shall run. Otherwise the test is skipped, with a sentence about how to run
// it.
bool on_request();
// Returns the sentence about the first client that is not installed; "" if all are installed.
std::string missing(const Kinds& kinds);

}  // namespace swarm::lan
