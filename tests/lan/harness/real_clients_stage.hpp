// What the cases of unmodified clients are played on: three trackers, on hosts 1 to 3, and clients
// of all kinds on a host each. They know nothing but a torrent that is private and names trackers.
//
// The cases that take long, or need clients that a developer has not got, are played when
// SWARM_REAL_CLIENTS names a file (scripts/lab/real-clients); there they write their figures, a
// line each: case,client,figure,value.
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

  void SetUp() override;  // skipped where there can be no hosts of a network
  void TearDown() override;
  const Site& where() const override { return *site_; }
  Lan& lan() { return *site_; }

  // What a user finds at a tracker's: an address of the instance on that host.
  Endpoint tracker(unsigned host);
  Endpoint tracker6(unsigned host);
  // A torrent of the content of the case, with a tier of its own for each of them.
  std::filesystem::path torrent(const std::vector<Endpoint>& tiers,
                                const std::string& scheme = "udp");
  InfoHash info_hash() const { return info_hash_; }
  std::filesystem::path original() const { return folder() / "content"; }

  // A client that has the content; waits until `teller` counts it.
  RealClient& share(ClientKind kind, const std::filesystem::path& torrent, const Endpoint& teller);
  // They begin to download; `who` they are is said in the figures.
  void join(const Kinds& kinds, const std::filesystem::path& torrent, const std::string& who);
  // `teller` counts all that joined as leechers, and one of them has written something.
  void await_begun(const Endpoint& teller);
  void await_complete();     // all that joined have the content; what each took is a figure
  std::size_t incomplete();  // how many have not

  // What a client sends has to pass a narrow cable, or all of the wide one again.
  void narrow(const RealClient& client);
  void widen(const RealClient& client);

  Bep15Requester& requester();                      // on a host of its own
  Bep15Requester& requester6();                     // over IPv6
  std::vector<Endpoint> all_after(unsigned first);  // the three; `first` is the first
  std::vector<Endpoint> all6();                     // over IPv6

  void figure(const std::string& client, const std::string& what, double value) const;
  void figure(const std::string& client, const std::string& what, Duration value) const;  // in s

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
  unsigned torrents_ = 0;  // made
  InfoHash info_hash_;
};

// Whether the cases that take long are to be played; else a test says how and is skipped.
bool on_request();
// The first of the clients that is not here, or nothing.
std::string missing(const Kinds& kinds);

}  // namespace swarm::lan
