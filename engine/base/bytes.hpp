// Reading and writing big-endian bytes. A Reader never throws. A read past the end yields zeros,
// and from then on ok() is false. So a codec can read everything and then check ok() once.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstring>
#include <span>
#include <vector>

#include "engine/base/types.hpp"

namespace swarm {

class Reader {
 public:
  explicit Reader(Bytes bytes) : bytes_(bytes) {}

  template <std::unsigned_integral T>
  T number() {
    const Bytes raw = take(sizeof(T));
    T value = 0;
    for (const auto byte : raw) value = static_cast<T>((value << (sizeof(T) > 1 ? 8 : 0)) | byte);
    return value;
  }
  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint16_t u16() { return number<std::uint16_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }

  template <class Tag, class Rep>
  void read(Strong<Tag, Rep>& id) {
    id.value = static_cast<Rep>(number<std::make_unsigned_t<Rep>>());
  }
  template <std::size_t N>
  std::array<std::uint8_t, N> array() {
    std::array<std::uint8_t, N> out{};
    const Bytes raw = take(N);
    std::copy(raw.begin(), raw.end(), out.begin());
    return out;
  }
  Bytes take(std::size_t n) {
    if (n > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const Bytes head = bytes_.first(n);
    bytes_ = bytes_.subspan(n);
    return head;
  }
  Endpoint endpoint() {  // IPv4: 4 bytes of address, 2 of port
    const auto ip = u32();
    return {ip, u16()};
  }
  Endpoint endpoint6() {  // IPv6: 16 bytes of address, 2 of port
    const auto ip = Ip::v6(array<16>());
    return {ip, u16()};
  }

  std::size_t left() const { return bytes_.size(); }
  bool ok() const { return ok_; }                      // no read went past the end
  bool done() const { return ok_ && bytes_.empty(); }  // ok(), and no bytes are left

 private:
  Bytes bytes_;
  bool ok_ = true;
};

class Writer {  // appends to the caller's vector, whose memory the caller can reuse
 public:
  explicit Writer(std::vector<std::uint8_t>& out) : out_(out) {}

  template <std::unsigned_integral T>
  void number(T value) {
    for (std::size_t i = sizeof(T); i-- > 0;)
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void u8(std::uint8_t v) { number(v); }
  void u16(std::uint16_t v) { number(v); }
  void u32(std::uint32_t v) { number(v); }
  void u64(std::uint64_t v) { number(v); }
  template <class Tag, class Rep>
  void id(const Strong<Tag, Rep>& v) {
    number(static_cast<std::make_unsigned_t<Rep>>(v.value));
  }
  void bytes(Bytes raw) { out_.insert(out_.end(), raw.begin(), raw.end()); }
  void endpoint(const Endpoint& e) {  // IPv4
    u32(e.ip.v4());
    u16(e.port);
  }
  void endpoint6(const Endpoint& e) {
    bytes(e.ip.bytes());
    u16(e.port);
  }
  std::size_t size() const { return out_.size(); }

 private:
  std::vector<std::uint8_t>& out_;
};

}  // namespace swarm
