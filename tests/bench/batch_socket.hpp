// A UDP socket of the measuring programs: many datagrams per system call, never waiting. Their own,
// so that what is measured and what measures share no code.
#pragma once

#include <sys/socket.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::bench {

// ADDRESS:PORT or ADDRESS (then `port`), IPv4. Throws std::runtime_error: one sentence.
Endpoint read_endpoint(const std::string& text, std::uint16_t port = 0);
std::string address_text(std::uint32_t ip);

class BatchSocket {
 public:
  // Bound to this address and port (0: any free one); datagrams to a group leave through it.
  // Throws std::system_error, as all here do for what is no loss of a datagram.
  explicit BatchSocket(const Endpoint& local);
  ~BatchSocket();
  BatchSocket(BatchSocket&& other) noexcept;
  BatchSocket(const BatchSocket&) = delete;

  int descriptor() const { return descriptor_; }
  Endpoint local() const;
  // From here on it hears only `other`, and put() needs no address.
  void connect(const Endpoint& other);
  void block();  // receive() waits for the first datagram

  // Copied; leaves with the next flush(), or before when the batch is full. Cut at 2,048 bytes.
  void put(Bytes datagram);
  void put(const Endpoint& to, Bytes datagram);
  void flush();  // what the kernel does not take is lost, as on any network

  // At most one batch; the number of datagrams. Their bytes are valid during the call only.
  std::size_t receive(const std::function<void(const Endpoint& from, Bytes)>& each);

  static constexpr std::size_t batch = 64;
  static constexpr std::size_t longest = 2048;

 private:
  struct Buffers;
  void put(const sockaddr* to, std::size_t to_size, Bytes datagram);

  int descriptor_ = -1;
  std::size_t waiting_ = 0;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace swarm::bench
