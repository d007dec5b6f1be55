// Encode and Decode write and read the fields of a message, each by its type. A message lists its
// fields once, in a function fields(io, message), through which both go.
#pragma once

#include <algorithm>
#include <concepts>

#include "engine/base/bytes.hpp"
#include "engine/wire/cluster_protocol.hpp"
#include "engine/wire/operations.hpp"

namespace swarm::wire {

struct Encode {
  Writer out;
  bool previous = false;  // the previous version
  template <class... F>
  void operator()(const F&... f) {
    (put(f), ...);
  }
  template <std::unsigned_integral T>
  void put(T v) {
    out.number(v);
  }
  template <class Tag, class Rep>
  void put(const Strong<Tag, Rep>& v) {
    out.id(v);
  }
  void put(const Endpoint& e) { out.endpoint(e); }
  void put(const Bytes& b) { out.bytes(b); }
  template <std::size_t n>
  void put(const std::array<std::uint8_t, n>& a) {
    out.bytes(a);
  }
  void put(const MemberList& list) {
    out.u8(list.count);
    for (const auto id : list.view()) out.id(id);
  }
  void put(const db::Genesis& g) {
    out.id(g.cluster);
    Config config;
    config.members = g.members;
    config.ready = g.ready;
    config.current_secret = g.secret;
    config.next_id = MemberId{static_cast<std::uint32_t>(g.members.size()) + 1};
    std::vector<std::uint8_t> bytes;
    wire::encode(Operation(config), bytes);
    out.bytes(bytes);
  }
};

struct Decode {
  Reader in;
  bool valid = true;
  bool previous = false;
  template <class... F>
  void operator()(F&... f) {
    (get(f), ...);
  }
  template <std::unsigned_integral T>
  void get(T& v) {
    v = in.number<T>();
  }
  template <class Tag, class Rep>
  void get(Strong<Tag, Rep>& v) {
    in.read(v);
  }
  void get(Endpoint& e) { e = in.endpoint(); }
  void get(Bytes& b) { b = in.take(in.left()); }
  template <std::size_t n>
  void get(std::array<std::uint8_t, n>& a) {
    a = in.array<n>();
  }
  void get(MemberList& list) {
    const std::size_t n = in.u8();
    valid &= n <= Config::most;
    for (std::size_t i = 0; i < n && valid && in.ok(); ++i) {
      MemberId id;
      in.read(id);
      list.add(id);
    }
  }
  // True if the CONFIG can be that of a founding: its members are voters with the ids 1 to N.
  static bool founders(const Config& config) {
    std::uint32_t id = 0;
    for (const auto& m : config.members)
      if (m.id.value != ++id || m.standing != Standing::voter) return false;
    return config.sound() && config.next_id.value == id + 1 && config.previous_secret == Secret{} &&
           config.secret_since == SwarmTime{};
  }
  void get(db::Genesis& g) {
    in.read(g.cluster);
    const auto operations = decode_operations(in.take(in.left()));
    const auto* config =
        operations && operations->size() == 1 ? std::get_if<Config>(&operations->front()) : nullptr;
    valid &= config != nullptr && founders(*config);
    if (!config) return;
    g.members = config->members;
    g.ready = config->ready;
    g.secret = config->current_secret;
  }
};

}  // namespace swarm::wire
