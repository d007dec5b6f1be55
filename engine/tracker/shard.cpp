#include "engine/tracker/shard.hpp"

#include <algorithm>
#include <utility>

#include "engine/base/assert.hpp"
#include "engine/tracker/answering/client_request.hpp"
#include "engine/tracker/table/snapshot_builder.hpp"
#include "engine/tracker/table/snapshot_loader.hpp"
#include "engine/wire/operations.hpp"

namespace swarm {
namespace {

class TableMaker final : public SnapshotMaker {
 public:
  explicit TableMaker(const SwarmTable& table) : builder_(table) {}

  void changed(std::span<const db::RowChange> changes) override { builder_.changed(changes); }
  std::size_t scan(std::size_t most) override { return builder_.scan(most); }
  bool scanned() const override { return builder_.scanned(); }
  void freeze(const db::Snapshot& head) override { builder_.freeze(head); }
  bool frozen() const override { return builder_.frozen(); }
  std::size_t write(std::size_t most) override { return builder_.write(most); }
  std::size_t rows() const override { return builder_.rows(); }
  bool done() const override { return builder_.done(); }
  std::vector<std::uint8_t>& bytes() override { return builder_.bytes(); }
  std::uint64_t hash() const override { return builder_.hash(); }

 private:
  SnapshotBuilder builder_;
};

class TableLoad final : public SnapshotLoad {
 public:
  TableLoad(PulledBytes bytes, const db::PulledSnapshot& what, SwarmTable empty)
      : loader_(std::move(bytes), what, std::move(empty)) {}

  std::size_t check(std::size_t most) override { return loader_.check(most); }
  bool checked() const override { return loader_.checked(); }
  std::size_t load(std::size_t most, std::vector<db::RowChange>& rows) override {
    return loader_.load(most, rows);
  }
  bool failed() const override { return loader_.failed(); }
  bool done() const override { return loader_.done(); }
  const db::SnapshotHead& head() const override { return loader_.head(); }
  std::uint64_t digest() const override { return loader_.table().digest(); }
  PulledBytes& bytes() override { return loader_.bytes(); }
  bool shed(std::size_t most_rows) override { return loader_.table().shed(most_rows); }
  void exchange(SwarmTable& table) { std::swap(table, loader_.table()); }

 private:
  SnapshotLoader loader_;
};

// True: the request is a *stopped*. If this process stood still, a *stopped* that waited in its
// socket looks newer than it is. The tracker does not keep such a *stopped*, because it could undo
// a later registration of the peer at another master (R18). The other members have received it.
bool is_farewell(const Requester& requester, Bytes datagram) {
  const auto request = read_request(requester, datagram);
  const auto* announce = request ? std::get_if<ClientRequest::Announce>(&request->what) : nullptr;
  return announce && announce->desired == DesiredState::absent;
}

}  // namespace

Shard::Shard(Mastership& core, const TrackerSettings& settings, Seeds seeds,
             const db::TrackerImage& image)
    : core_(core),
      settings_(settings),
      table_(seeds.table),
      sender_(settings_, table_, relay_, seeds.sender),
      relay_(core, settings_, sender_, *this),
      secret_rotation_(core, settings_, settings_.swarm_secret, settings_.previous_protocol,
                       sender_) {
  table_.load(image.tables);
}

// ---- Clients

void Shard::receive(const Arrival& arrival, Bytes datagram) {
  const Time now = core_.now();
  Requester requester{arrival.from,     core_.earliest_arrival(), arrival.channel, MemberId{}, 0,
                      arrival.multicast};
  sender_.set_swarm_time(core_.swarm_time(), now);
  if (core_.takes_requests())
    return sender_.serve(now, requester, datagram, core_.term(), *this, core_.out());
  if (!core_.is_member()) return refuse_http(requester, core_.out());
  if (!arrival.multicast) return relay_.keep(requester, datagram);
  if (requester.arrived < now && is_farewell(requester, datagram))
    return core_.out().event(event::Rejected{Reject::too_old});
  requester.arrived = now;
  sender_.keep(now, requester, datagram);
  if (core_.is_master()) unserved_since_ = std::min(unserved_since_, now);
}

void Shard::wake() {
  const Time now = core_.now();
  if (relay_.next_wake() <= now) relay_.timer();
  if (core_.takes_requests() && sender_.next_expiry() <= now)
    sender_.expire(now, *this, core_.out());
}

Time Shard::next_wake() const {
  const Time relay = relay_.next_wake();
  return core_.takes_requests() ? std::min(relay, sender_.next_expiry()) : relay;
}

void Shard::reload(const TrackerSettings& settings) {
  settings_ = settings;
  sender_.reload(core_.now(), settings_);
}

LogIndex Shard::propose(const Operation& operation) {
  encoded_.clear();
  wire::encode(operation, encoded_);
  return core_.propose(encoded_);
}

// ---- The replicated state

// Called for each block that the log has at the start. If the block is younger than a lifetime,
// remembers the downloads that it counted. (appended() does this for later blocks.) Swarm time
// stood still while this tracker was down, so some downloads are remembered longer than needed.
std::size_t Shard::found(const Block& block) {
  const auto now = core_.swarm_time();
  const auto age_us = now.us - std::min(block.stamp.us, now.us);  // may not fit into a Duration
  const auto lifetime = std::chrono::floor<std::chrono::microseconds>(settings_.lifetime());
  if (age_us > static_cast<std::uint64_t>(lifetime.count())) return 1;
  const auto operations = wire::decode_operations(block.operations);
  SWARM_ASSERT(operations, "a block was checked before it was appended");
  const Time at = core_.now() - std::chrono::microseconds(age_us);
  for (const auto& operation : *operations) sender_.remember_counted(at, operation);
  return 1 + operations->size() / 4;
}

bool Shard::well_formed(Bytes bytes) const {
  const auto operations = wire::decode_operations(bytes);
  return operations && std::none_of(operations->begin(), operations->end(), [](const auto& one) {
           return std::holds_alternative<Config>(one);
         });
}

void Shard::appended(const Block& block) {
  const auto operations = wire::decode_operations(block.operations);
  SWARM_ASSERT(operations, "a block was checked before it is appended");
  for (const auto& operation : *operations) sender_.applied(core_.now(), operation);
  core_.out().worked(operations->size());
}

std::size_t Shard::begin(const Block& block) {
  auto operations = wire::decode_operations(block.operations);
  SWARM_ASSERT(operations, "a block was checked before it was appended");
  applying_ = std::move(*operations);
  return applying_.size();
}

bool Shard::apply(std::size_t operation, std::size_t most, std::vector<db::RowChange>& rows) {
  return table_.apply(applying_[operation - 1], core_.now(), rows, most);
}

StateMachine::Size Shard::size() const {
  return {table_.peers(), table_.contents(), table_.registrations()};
}

std::unique_ptr<SnapshotMaker> Shard::make_snapshot() const {
  return std::make_unique<TableMaker>(table_);
}

std::unique_ptr<SnapshotLoad> Shard::load_snapshot(PulledBytes bytes,
                                                   const db::PulledSnapshot& what) const {
  return std::make_unique<TableLoad>(std::move(bytes), what, table_.empty());
}

void Shard::install(SnapshotLoad& loaded) {
  dynamic_cast<TableLoad&>(loaded).exchange(table_);
}

// ---- The service of the master

void Shard::elected(Time unanswered_since, bool careful) {
  unserved_since_ = never;
  sender_.set_swarm_time(core_.swarm_time(), core_.now());
  if (!careful) sender_.prepare_takeover(core_.now(), unanswered_since, *this);
}

void Shard::serving(Time unanswered_since) {
  sender_.begin_serving(core_.now());
  secret_rotation_.begin_serving();
  unserved_since_ = std::min(unserved_since_, unanswered_since);
}

void Shard::draining() {
  unserved_since_ = std::min(unserved_since_, core_.now());
}

void Shard::stepped_down() {
  unserved_since_ = never;
  relay_.stepped_down();
  auto freed = sender_.stepped_down(core_.now());
  if (!freed.empty()) core_.discard(std::make_shared<const decltype(freed)>(std::move(freed)));
}

void Shard::followed() {
  relay_.followed();
}

bool Shard::answer() {
  const Time now = core_.now();
  sender_.set_swarm_time(core_.swarm_time(), now);
  if (take_back()) return true;  // requests of this tracker's last mastership
  if (!core_.is_master()) return false;
  if (sender_.committed(now, core_.applied(), core_.term(), core_.out())) return true;
  if (unserved_since_ != never && !core_.draining()) {
    if (sender_.serve_kept(now, unserved_since_, core_.term(), *this, core_.out())) return true;
    unserved_since_ = never;
  }
  return core_.takes_requests() && relay_.serve_waiting();
}

// After a mastership, takes back the requests that waited for a commit, as many as one step has
// room for. They become kept requests (R18) or requests to relay (R23) again. True: there are more.
bool Shard::take_back() {
  const auto keep = [this](const StoredRequest& r) { relay_.keep(r.requester(), r.bytes()); };
  return sender_.take_back(core_.now(), core_.out(), keep);
}

void Shard::tick() {
  secret_rotation_.review();
  sender_.forget_old(core_.now());
}

void Shard::config_changed() {
  secret_rotation_.use_secrets();
}

void Shard::loaded() {
  sender_.loaded(core_.now());
}

void Shard::clock_went_back() {
  relay_.clock_went_back();
}

void Shard::clock_stood_still(Duration by) {
  relay_.clock_stood_still(by);
}

void Shard::on_request(MemberId from, Bytes request) {
  sender_.set_swarm_time(core_.swarm_time(), core_.now());
  relay_.on_relay(from, request);
}

void Shard::on_reply(Bytes reply) {
  relay_.on_reply(reply);
}

Duration Shard::oldest_unanswered() const {
  const auto waiting = sender_.oldest_unanswered(core_.now());
  return unserved_since_ == never ? waiting : std::max(waiting, core_.now() - unserved_since_);
}

}  // namespace swarm
