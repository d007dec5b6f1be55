// The UDP socket of the measuring programs. It handles many datagrams per system call, and by
// default never waits. The measuring programs do not use DatagramSocket, so that they share no code
// with the programs that they measure.
#pragma once

#include <sys/socket.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm::bench {

// Parses ADDRESS:PORT, or ADDRESS alone, which gets the port `port`. IPv4 only. Throws
// std::runtime_error with one sentence.
Endpoint read_endpoint(const std::string& text, std::uint16_t port = 0);
std::string address_text(std::uint32_t ip);

class BatchSocket {
 public:
  // Binds to this address and port (0: any free port). Datagrams to a group leave through the
  // interface with this address. This and all other functions throw std::system_error for every
  // error other than the loss of a datagram.
  explicit BatchSocket(const Endpoint& local);
  ~BatchSocket();
  BatchSocket(BatchSocket&& other) noexcept;
  BatchSocket(const BatchSocket&) = delete;

  int descriptor() const { return descriptor_; }
  Endpoint local() const;
  // From now on the socket receives only from `other`, and put() needs no address.
  void connect(const Endpoint& other);
  void block();  // from now on, receive() waits for the first datagram

  // Copies the datagram into the batch, and cuts it at 2,048 bytes. The batch leaves with the next
  // flush(), or as soon as it is full.
  void put(Bytes datagram);
  void put(const Endpoint& to, Bytes datagram);
  void flush();  // sends the batch; datagrams that the kernel refuses are lost

  // Reads at most one batch, and returns the number of datagrams. The bytes are valid only during
  // the call of `each`.
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
