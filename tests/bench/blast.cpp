// How many bytes a second this machine moves as UDP datagrams when nobody waits for anybody: what
// every transfer between two processes here is to be measured against.
//
//   blast receive ADDRESS:PORT [--mode recvfrom|recvmmsg|gro]     says READY, ends by itself
//   blast send    ADDRESS:PORT [--mode sendto|sendmmsg|gso] [--size 256MiB]
//
// A datagram begins with its number, 8 bytes. The last ones say what was sent and what it cost, so
// that the receiver tells everything.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cstring>
#include <iostream>
#include <system_error>
#include <vector>

#include "engine/base/quantity.hpp"
#include "tests/bench/batch_socket.hpp"

namespace {

using namespace swarm;
namespace po = boost::program_options;

constexpr int buffer_bytes = 4 << 20;
constexpr std::uint64_t most_bytes = std::uint64_t{4} << 30;
constexpr std::size_t batch = 64;          // datagrams or messages per call
constexpr std::size_t gso_bytes = 65'507;  // of a message
constexpr std::size_t gro_bytes = 64 << 10;
constexpr std::uint64_t end_mark = ~std::uint64_t{0};

struct Options {
  bool sends{};
  Endpoint address;
  std::string mode;
  std::uint64_t size{};
  std::size_t payload{};
  bool json{};
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct LastWord {
  std::uint64_t mark = end_mark, datagrams{};
  double seconds{}, cpu_seconds{};
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in address_of(const Endpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  address.sin_addr.s_addr = htonl(endpoint.ip.v4());
  return address;
}

class Socket {
 public:
  Socket() : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) fail("socket");
    enlarge(SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge(SO_SNDBUFFORCE, SO_SNDBUF);
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;

  void bind(const Endpoint& local) { at(local, ::bind, "bind"); }
  void connect(const Endpoint& other) { at(other, ::connect, "connect"); }
  void set(int option, int value) {
    if (::setsockopt(descriptor_, IPPROTO_UDP, option, &value, sizeof value) != 0)
      fail("this kernel has no UDP offload");
  }
  bool readable_within(int milliseconds) {
    pollfd wanted{descriptor_, POLLIN, 0};
    return ::poll(&wanted, 1, milliseconds) > 0;
  }
  int descriptor() const { return descriptor_; }

 private:
  void enlarge(int forced, int plain) {
    if (::setsockopt(descriptor_, SOL_SOCKET, forced, &buffer_bytes, sizeof buffer_bytes) != 0)
      ::setsockopt(descriptor_, SOL_SOCKET, plain, &buffer_bytes, sizeof buffer_bytes);
  }
  void at(const Endpoint& endpoint, int (*call)(int, const sockaddr*, socklen_t),
          const char* what) {
    const sockaddr_in address = address_of(endpoint);
    if (call(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      fail(what);
  }

  int descriptor_;
};

// --- Sending

// Some datagrams in a row, each with its number.
class Datagrams {
 public:
  Datagrams(std::size_t payload, std::size_t count)
      : payload_(payload), bytes_(payload * count, 0x5a) {}

  std::uint8_t* number(std::uint64_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++first)
      std::memcpy(&bytes_[i * payload_], &first, sizeof first);
    return bytes_.data();
  }

 private:
  std::size_t payload_;
  std::vector<std::uint8_t> bytes_;
};

void send_one_by_one(Socket& socket, std::size_t payload, std::uint64_t count) {
  Datagrams datagrams(payload, 1);
  for (std::uint64_t i = 0; i < count; ++i)
    ::send(socket.descriptor(), datagrams.number(i, 1), payload, 0);
}

void send_in_batches(Socket& socket, std::size_t payload, std::uint64_t count) {
  Datagrams datagrams(payload, batch);
  std::array<iovec, batch> parts{};
  std::array<mmsghdr, batch> messages{};
  for (std::size_t i = 0; i < batch; ++i) {
    parts[i] = {datagrams.number(0, 0) + i * payload, payload};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  for (std::uint64_t sent = 0; sent < count;) {
    const auto some = std::min<std::uint64_t>(batch, count - sent);
    datagrams.number(sent, some);
    ::sendmmsg(socket.descriptor(), messages.data(), static_cast<unsigned>(some), 0);
    sent += some;
  }
}

void send_by_offload(Socket& socket, std::size_t payload, std::uint64_t count) {
  socket.set(UDP_SEGMENT, static_cast<int>(payload));
  const std::uint64_t segments = std::min(batch, gso_bytes / payload);
  Datagrams datagrams(payload, segments);
  for (std::uint64_t sent = 0; sent < count;) {
    const auto some = std::min(segments, count - sent);
    if (::send(socket.descriptor(), datagrams.number(sent, some), some * payload, 0) < 0)
      fail("the kernel refuses a message of many datagrams");
    sent += some;
  }
  socket.set(UDP_SEGMENT, 0);
}

int send_all(const Options& options) {
  Socket socket;
  socket.connect(options.address);
  const std::uint64_t count = options.size / options.payload;
  const double begin = now_seconds(), cpu = cpu_seconds();
  if (options.mode == "gso")
    send_by_offload(socket, options.payload, count);
  else if (options.mode == "sendmmsg")
    send_in_batches(socket, options.payload, count);
  else
    send_one_by_one(socket, options.payload, count);
  const LastWord last{end_mark, count, now_seconds() - begin, cpu_seconds() - cpu};
  for (int i = 0; i < 20; ++i) {  // behind what the receiver has not read yet
    ::usleep(10'000);
    if (::send(socket.descriptor(), &last, sizeof last, 0) < 0) break;  // it has gone: it knows
  }
  return 0;
}

// --- Receiving

class Count {
 public:
  bool ended() const { return ended_; }
  bool begun() const { return datagrams_ > 0; }

  void take(const std::uint8_t* bytes, std::size_t size) {
    std::uint64_t number = 0;
    if (size < sizeof number) return;
    std::memcpy(&number, bytes, sizeof number);
    if (number == end_mark && size == sizeof last_) {
      std::memcpy(&last_, bytes, sizeof last_);
      ended_ = true;
      return;
    }
    ++datagrams_;
    bytes_ += size;
  }
  void tick() {  // what has been taken came just now
    if (!begun() || ended_) return;
    end_ = now_seconds();
    if (begin_ == 0) begin_ = end_;
  }
  void print(double cpu, bool json) const {
    const double gigabytes = static_cast<double>(bytes_) / 1e9;
    const double seconds = std::max(end_ - begin_, 1e-9);
    const double sent = static_cast<double>(std::max(last_.datagrams, std::uint64_t{1}));
    const double loss = 1 - static_cast<double>(datagrams_) / sent;
    const double sent_rate =
        gigabytes / std::max(1 - loss, 1e-9) * 1e3 / std::max(last_.seconds, 1e-9);
    if (json)
      fmt::print(R"({{"bytes":{},"mb_per_s":{:.1f},"loss":{:.6f},"sent_mb_per_s":{:.1f},)"
                 R"("sender_cpu_s_per_gb":{:.3f},"receiver_cpu_s_per_gb":{:.3f}}})"
                 "\n",
                 bytes_, gigabytes * 1e3 / seconds, loss, sent_rate, last_.cpu_seconds / gigabytes,
                 cpu / gigabytes);
    else
      fmt::print(
          "{} bytes came: {:.1f} MB/s; lost {:.2f} % of what was sent at {:.1f} MB/s; CPU seconds "
          "per GB that came: sender {:.2f}, receiver {:.2f}\n",
          bytes_, gigabytes * 1e3 / seconds, 100 * loss, sent_rate, last_.cpu_seconds / gigabytes,
          cpu / gigabytes);
  }

 private:
  std::uint64_t datagrams_ = 0, bytes_ = 0;
  double begin_ = 0, end_ = 0;
  LastWord last_;
  bool ended_ = false;
};

// False, here and below: there was nothing to read.
bool receive_one(Socket& socket, Count& count) {
  std::array<std::uint8_t, 2048> bytes;
  const auto size = ::recv(socket.descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size < 0) return false;
  count.take(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

// Many messages a call; with `offload` each of many datagrams of one size.
class BatchReader {
 public:
  explicit BatchReader(bool offload)
      : room_(offload ? gro_bytes : 2048),
        bytes_(room_ * (offload ? 16 : batch)),
        parts_(bytes_.size() / room_),
        messages_(parts_.size()),
        controls_(parts_.size()) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      parts_[i] = {&bytes_[i * room_], room_};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
      messages_[i].msg_hdr.msg_control = &controls_[i];
    }
  }
  bool receive(Socket& socket, Count& count) {
    for (auto& message : messages_) message.msg_hdr.msg_controllen = sizeof(Control);
    const int read = ::recvmmsg(socket.descriptor(), messages_.data(),
                                static_cast<unsigned>(messages_.size()), MSG_DONTWAIT, nullptr);
    for (int i = 0; i < read; ++i) take(static_cast<std::size_t>(i), count);
    return read > 0;
  }

 private:
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> bytes;
  };
  void take(std::size_t i, Count& count) {
    std::size_t left = messages_[i].msg_len, segment = left;
    const cmsghdr* control = CMSG_FIRSTHDR(&messages_[i].msg_hdr);
    if (control != nullptr && control->cmsg_type == UDP_GRO) {
      int size = 0;
      std::memcpy(&size, CMSG_DATA(control), sizeof size);
      segment = static_cast<std::size_t>(size);
    }
    const std::uint8_t* at = &bytes_[i * room_];
    while (left > 0 && segment > 0) {
      const std::size_t size = std::min(left, segment);
      count.take(at, size);
      at += size;
      left -= size;
    }
  }

  std::size_t room_;
  std::vector<std::uint8_t> bytes_;
  std::vector<iovec> parts_;
  std::vector<mmsghdr> messages_;
  std::vector<Control> controls_;
};

int receive_all(const Options& options) {
  Socket socket;
  socket.bind(options.address);
  const bool offload = options.mode == "gro";
  if (offload) socket.set(UDP_GRO, 1);
  BatchReader reader(offload);
  Count count;
  fmt::print(stderr, "READY\n");
  const double cpu = cpu_seconds();
  const bool singly = options.mode == "recvfrom";
  while (!count.ended()) {
    const bool some = singly ? receive_one(socket, count) : reader.receive(socket, count);
    if (!some && !socket.readable_within(count.begun() ? 2'000 : 10'000)) break;
    if (some) count.tick();
  }
  if (!count.begun()) throw std::runtime_error("nothing came within 10 s");
  if (!count.ended()) throw std::runtime_error("the sender fell silent before it had ended");
  count.print(cpu_seconds() - cpu, options.json);
  return 0;
}

// --- Options

Options read_options(int argc, char** argv) {
  Options options;
  std::string verb, address, size;
  po::options_description known("blast send|receive ADDRESS:PORT [OPTIONS]");
  auto add = known.add_options();
  add("mode", po::value(&options.mode),
      "send: sendto, sendmmsg, gso; receive: recvfrom, recvmmsg, gro");
  add("size", po::value(&size)->default_value("256MiB"), "bytes to send, at most 4 GiB");
  add("payload", po::value(&options.payload)->default_value(1426),
      "bytes of a datagram, 64 to 2000");
  add("json", po::bool_switch(&options.json), "the figures as one line of JSON");
  add("help", "this text");
  add("verb", po::value(&verb));
  add("address", po::value(&address));
  po::positional_options_description order;
  order.add("verb", 1).add("address", 1);
  po::variables_map given;
  const auto style =
      po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(known).positional(order).style(style).run(),
            given);
  po::notify(given);
  if (given.count("help") != 0 || given.count("address") == 0) throw UsageError("see above");

  options.sends = verb == "send";
  options.address = bench::read_endpoint(address);
  const std::vector<std::string> modes =
      options.sends ? std::vector<std::string>{"sendto", "sendmmsg", "gso"}
                    : std::vector<std::string>{"recvmmsg", "recvfrom", "gro"};
  if (options.mode.empty()) options.mode = modes.front();
  const auto bytes = parse_size(size);
  if (!bytes) throw UsageError(bytes.error());
  options.size = *bytes;
  if ((!options.sends && verb != "receive") ||
      std::find(modes.begin(), modes.end(), options.mode) == modes.end() || options.payload < 64 ||
      options.payload > 2000 || options.size < options.payload || options.size > most_bytes)
    throw UsageError("no such verb or mode, or a number that is too small or too large");
  return options;
}

constexpr const char* usage =
    "usage: blast receive ADDRESS:PORT [--mode recvfrom|recvmmsg|gro] [--json]\n"
    "       blast send ADDRESS:PORT [--mode sendto|sendmmsg|gso] [--size 256MiB] [--payload "
    "1426]\n";

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = read_options(argc, argv);
    return options.sends ? send_all(options) : receive_all(options);
  } catch (const po::error& error) {
    fmt::print(stderr, "blast: {}\n{}", error.what(), usage);
    return 2;
  } catch (const UsageError& error) {
    fmt::print(stderr, "blast: {}\n{}", error.what(), usage);
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "blast: {}\n", error.what());
    return 1;
  }
}
