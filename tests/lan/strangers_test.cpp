// Datagrams from addresses that have proved nothing, to a real peer that has what they ask for:
// nothing larger than what they sent goes there, whoever they claim to be.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/wire/peer_protocol.hpp"
#include "tests/lan/harness/peers_stage.hpp"

namespace swarm::lan {
namespace {

using namespace wire;
using Datagram = std::vector<std::uint8_t>;

constexpr unsigned sharer = 4;

// A raw socket of an address of its own.
class Stranger {
 public:
  Stranger(std::uint32_t ip, const Endpoint& to) : fd_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    const auto own = address({ip, 0}), other = address(to);
    const auto* generic = reinterpret_cast<const sockaddr*>(&own);
    if (::bind(fd_, generic, sizeof own) != 0 ||
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&other), sizeof other) != 0)
      throw std::system_error(errno, std::generic_category(), "a stranger");
  }
  ~Stranger() { ::close(fd_); }
  Stranger(const Stranger&) = delete;

  void send(const Datagram& bytes) const { ::send(fd_, bytes.data(), bytes.size(), 0); }
  void send(const PeerMessage& message) const { send(encoded(message)); }
  // Nothing: none came in that time.
  std::optional<Datagram> receive(Duration within) const {
    pollfd wait{fd_, POLLIN, 0};
    Datagram bytes(2048);
    if (::poll(&wait, 1, static_cast<int>(within / 1ms)) != 1) return {};
    const auto n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    return bytes;
  }
  // The next one of this kind; what comes before it is added to `skipped`, in bytes.
  template <class Message>
  Message await(std::size_t* skipped = nullptr) {
    for (;;) {
      last_ = receive(10s).value();
      const auto message = decode_peer(last_).value();
      if (const auto* wanted = std::get_if<Message>(&message)) return *wanted;
      if (skipped != nullptr) *skipped += last_.size();
    }
  }

  static Datagram encoded(const PeerMessage& message) {
    Datagram bytes;
    encode(message, bytes);
    return bytes;
  }

 private:
  static sockaddr_in address(const Endpoint& endpoint) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(endpoint.ip.v4());
    out.sin_port = htons(endpoint.port);
    return out;
  }
  int fd_;
  Datagram last_;  // what `await` gave refers to it
};

constexpr Token own{0x1122334455667788};

peer::Request request_of(Token token) {
  peer::Request request{token, {}};
  request.ranges.push_back({0, 0, 10});
  return request;
}

// Of every kind, the ones that ask for the most.
std::vector<Datagram> all_kinds(Token token, const InfoHash& content) {
  const Datagram block(block_size, 0x55);
  peer::Have have{token, 400, {}};
  peer::Request request{token, {}};
  peer::AskInfo ask_info{token, {}}, ask_piece{token, {}};
  ask_piece.pieces.push_back(0);
  for (std::uint32_t i = 0; i < most_chunks; ++i) have.chunks.push_back(i);
  for (std::uint32_t i = 0; i < most_ranges; ++i) request.ranges.push_back({i, 0, 10});
  for (std::uint16_t i = 0; i < most_pieces; ++i) ask_info.pieces.push_back(i);
  std::vector<Datagram> all;
  for (const PeerMessage& message : std::initializer_list<PeerMessage>{
           peer::Hello{token, content, {7}, own}, peer::Hello{token, InfoHash{}, {7}, own},
           peer::Welcome{token, {7}, own}, peer::Ask{token, 0}, have, peer::Have{token, 0, {}},
           peer::Bits{token, 8, 0, Bytes(block).first(1)}, request, request_of(token),
           peer::Block{token, 0, 0, block}, ask_info, ask_piece,
           peer::Info{token, block_size, 0, block}, peer::Refuse{token, peer::Refusal::busy, 0},
           peer::Ready{token}, peer::Bye{token}, peer::Reset{token}})
    all.push_back(Stranger::encoded(message));
  return all;
}

// A datagram too short for its kind, one of no kind, one like a tracker's answer, an empty one.
std::vector<Datagram> noise(const InfoHash& content) {
  const Datagram hello = Stranger::encoded(peer::Hello{{}, content, {7}, own});
  Datagram long_one = hello, unknown = hello;
  long_one.resize(1400);
  unknown[4] = 99;
  return {Datagram(hello.begin(), hello.begin() + 12), long_one, unknown, Datagram(98, 0), {}};
}

class Strangers : public PeersStage {
 protected:
  Strangers() : PeersStage(Place::loopback) {}

  InfoHash content() const { return metainfo()->info_hash; }
  std::unique_ptr<Stranger> stranger() {
    return std::make_unique<Stranger>(where().address(peers_host), p(sharer).address());
  }

  // It proves its address, and is answered from then on. What the sharer grants.
  Token make_known(Stranger& someone) {
    someone.send(peer::Hello{{}, content(), {7}, own});
    const Token token = someone.await<peer::Welcome>().grant;
    someone.send(peer::Hello{token, content(), {7}, own});
    someone.await<peer::Have>();  // it has all
    return token;
  }
  // Bytes that come back for it. A hello is sent behind it: when that is answered, it has been
  // heard, too.
  std::size_t reply_to(const Datagram& bytes, std::vector<std::unique_ptr<Stranger>>& all) {
    auto& one = *all.emplace_back(stranger());
    constexpr Token mark{0x99};
    one.send(bytes);
    one.send(peer::Hello{{}, content(), {7}, mark});
    std::size_t back = 0;
    while (one.await<peer::Welcome>(&back).token != mark) back += welcome_size;
    return back;
  }
  static constexpr std::size_t welcome_size = 28;
};

TEST_F(Strangers, GetNothingLargerThanTheySend) {
  share_alone(sharer);
  const auto known = stranger();
  const Token stolen = make_known(*known);
  std::vector<Datagram> tries = noise(content());
  for (const Token token : {Token{}, Token{0xdeadbeef}, stolen})
    for (auto& bytes : all_kinds(token, content())) tries.push_back(std::move(bytes));
  std::vector<std::unique_ptr<Stranger>> strangers;
  std::size_t answered = 0;
  for (const auto& bytes : tries) {
    const std::size_t back = reply_to(bytes, strangers);
    EXPECT_LE(back, bytes.size()) << "kind " << (bytes.size() > 4 ? int{bytes[4]} : -1);
    answered += back > 0 ? 1 : 0;
  }
  EXPECT_GT(answered, 20u);
  // Whom it knows gets what he asks for, and his session was not harmed.
  known->send(request_of(stolen));
  for (std::uint16_t i = 0; i < 10; ++i) EXPECT_EQ(known->await<peer::Block>().block, i);
  // Nothing comes later either: no datagram to them is sent again.
  for (const auto& one : strangers) EXPECT_FALSE(one->receive(10ms)) << "something more came";
}

}  // namespace
}  // namespace swarm::lan
