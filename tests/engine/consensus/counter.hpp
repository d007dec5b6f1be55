// The simplest state machine for tests of the consensus: a counter. Its only operation is `add n`.
// NOOP and CONFIG, which belong to the consensus, do not change the counter. A snapshot has no
// rows: its field `next_peer` carries the value plus one, because zero is no valid id. This file
// also has a service that only remembers its calls.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/consensus/state_machine.hpp"
#include "engine/wire/entries.hpp"

namespace swarm::test {

inline constexpr std::uint8_t add_kind = 128;  // not the kind of an operation of the consensus

inline std::vector<std::uint8_t> add(std::uint32_t n) {
  std::vector<std::uint8_t> operation;
  Writer out(operation);
  out.u8(add_kind);
  out.u32(n);
  return operation;
}
// Returns what each operation of a block adds; nullopt if the block is malformed.
inline std::optional<std::vector<std::uint32_t>> read_additions(Bytes operations) {
  if (wire::begins_with_config(operations)) return std::vector<std::uint32_t>{0};
  std::vector<std::uint32_t> additions;
  for (Reader in(operations); in.left() > 0;) {
    const auto kind = in.u8();
    if (kind != add_kind && kind != static_cast<std::uint8_t>(wire::EntryKind::noop)) return {};
    additions.push_back(kind == add_kind ? in.u32() : 0);
    if (!in.ok()) return {};
  }
  return additions;
}

class Counter final : public StateMachine {
 public:
  explicit Counter(PeerRowId next_peer = {1}) : value_(next_peer.value - 1) {}
  std::int64_t value() const { return value_; }
  void damage() { ++value_; }  // makes this counter differ from those of the other members

  std::size_t found(const Block&) override { return 1; }
  bool well_formed(Bytes operations) const override {
    return !wire::begins_with_config(operations) && read_additions(operations);
  }
  void appended(const Block&) override {}
  std::size_t begin(const Block& block) override {
    applying_ = read_additions(block.operations).value();
    return applying_.size();
  }
  bool apply(std::size_t operation, std::size_t, std::vector<db::RowChange>&) override {
    value_ += applying_.at(operation - 1);
    return true;
  }
  PeerRowId next_peer() const override { return {value_ + 1}; }
  std::uint64_t digest() const override { return mix(static_cast<std::uint64_t>(value_)); }
  Size size() const override { return {}; }
  std::unique_ptr<SnapshotMaker> make_snapshot() const override {
    return std::make_unique<Maker>();
  }
  std::unique_ptr<SnapshotLoad> load_snapshot(PulledBytes bytes,
                                              const db::PulledSnapshot& what) const override {
    return std::make_unique<Load>(std::move(bytes), what);
  }
  void install(SnapshotLoad& loaded) override {
    value_ = loaded.head().applied.next_peer.value - 1;
  }

 private:
  struct Maker final : SnapshotMaker {
    void changed(std::span<const db::RowChange>) override {}
    std::size_t scan(std::size_t) override { return 0; }
    bool scanned() const override { return true; }
    void freeze(const db::Snapshot& head) override {
      made = wire::encode_snapshot(head);
      hash_of_made = wire::hash_bytes(made);
    }
    bool frozen() const override { return !made.empty(); }
    std::size_t write(std::size_t) override { return 0; }
    std::size_t rows() const override { return 0; }
    bool done() const override { return frozen(); }
    std::vector<std::uint8_t>& bytes() override { return made; }
    std::uint64_t hash() const override { return hash_of_made; }
    std::vector<std::uint8_t> made;
    std::uint64_t hash_of_made = 0;
  };
  struct Load final : SnapshotLoad {
    Load(PulledBytes bytes, const db::PulledSnapshot& of) : pulled(std::move(bytes)), what(of) {}
    std::size_t check(std::size_t) override {
      std::vector<std::uint8_t> all(what.size);
      pulled.read(0, all);
      if (wire::hash_bytes(all) == what.hash) snapshot = wire::decode_snapshot(all);
      is_checked = true;
      return 1;
    }
    bool checked() const override { return is_checked; }
    std::size_t load(std::size_t, std::vector<db::RowChange>&) override { return 0; }
    bool failed() const override { return is_checked && !snapshot; }
    bool done() const override { return snapshot.has_value(); }
    const db::SnapshotHead& head() const override { return snapshot.value(); }
    std::uint64_t digest() const override { return Counter(head().applied.next_peer).digest(); }
    PulledBytes& bytes() override { return pulled; }
    bool shed(std::size_t) override { return false; }
    PulledBytes pulled;
    db::PulledSnapshot what;
    bool is_checked = false;
    std::optional<db::Snapshot> snapshot;
  };

  std::int64_t value_;
  std::vector<std::uint32_t> applying_;
};

class RememberingService final : public Service {
 public:
  const std::vector<std::string>& told() const { return told_; }
  std::size_t times_told(const std::string& what) const {
    return static_cast<std::size_t>(std::count(told_.begin(), told_.end(), what));
  }
  void forget() { told_.clear(); }
  Duration stood_still() const { return stood_still_; }  // total of clock_stood_still()
  // Set what waits() and pending() return: whether a request waits for a commit, and the number of
  // pending requests.
  void have_waiting(bool waits) { waits_ = waits; }
  void have_pending(std::size_t pending) { pending_ = pending; }

  void elected(Time, bool careful) override { tell(careful ? "elected, careful" : "elected"); }
  void serving(Time) override { tell("serving"); }
  void draining() override { tell("draining"); }
  void stepped_down() override { tell("stepped down"); }
  void followed() override { tell("followed"); }
  bool answer() override { return false; }
  void tick() override {}
  void config_changed() override { tell("config changed"); }
  void loaded() override { tell("loaded"); }
  void clock_went_back() override { tell("clock went back"); }
  void clock_stood_still(Duration by) override {
    stood_still_ += by;
    tell("clock stood still");
  }
  void on_request(MemberId, Bytes) override { tell("request"); }
  void on_reply(Bytes) override { tell("reply"); }
  bool waits() const override { return waits_; }
  std::size_t pending() const override { return pending_; }
  Duration oldest_unanswered() const override { return 0ns; }
  Time passes_until() const override { return Time::min(); }

 private:
  void tell(const char* what) { told_.emplace_back(what); }
  std::vector<std::string> told_;
  bool waits_ = false;
  Duration stood_still_{};
  std::size_t pending_ = 0;
};

}  // namespace swarm::test
