#include "transport/udp/net/node_host.hpp"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/assert.hpp"
#include "transport/udp/net/os_nonces.hpp"

namespace swarm::udp {
namespace {

using ErrorCode = boost::system::error_code;

Duration cpu_time_of_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

struct Listener {
  Listener(Channel of, DatagramSocket opened) : channel(of), socket(std::move(opened)) {}
  Channel channel;
  DatagramSocket socket;
};

// At most this many batches are read in a row from the cluster's sockets, so that a flood there
// cannot hold up the peers for ever.
constexpr unsigned most_batches = 16;

// A timer on the clock that drives the node, CLOCK_BOOTTIME. Asio's timers use a clock that stands
// still while the host is suspended.
class BootTimer {
 public:
  explicit BootTimer(asio::io_context& io)
      : descriptor_(io, ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) {}

  // Fires once, after `wait`. The time is relative, because the node's clock may differ from the
  // kernel's clock.
  void set(Duration wait) {
    const auto sure = std::max<Duration>(wait, 1ns);  // 0 would disarm the timer
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(sure);
    const itimerspec time{
        .it_interval = {},
        .it_value = {.tv_sec = seconds.count(), .tv_nsec = (sure - seconds).count()}};
    ::timerfd_settime(descriptor_.native_handle(), 0, &time, nullptr);
  }
  template <class Ready>
  void wait(Ready ready) {
    descriptor_.async_wait(asio::posix::descriptor_base::wait_read, std::move(ready));
  }
  void take() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const auto size =
        ::read(descriptor_.native_handle(), &expirations, sizeof expirations);
  }
  void close() {
    ErrorCode ignored;
    descriptor_.close(ignored);
  }

 private:
  asio::posix::stream_descriptor descriptor_;
};

}  // namespace

struct NodeHost::Impl : std::enable_shared_from_this<NodeHost::Impl> {
  asio::io_context& io;
  Node& node;
  HostCallbacks& callbacks;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::map<Channel, SocketCounters> of_closed;
  BootTimer timer;
  OnwardClock clock;
  Time now{};           // time of the last step
  Time wanted = never;  // the node's next wake
  Time armed = never;   // the time to which the timer is set; at most `wanted`
  bool started = false, in_step = false, stopped = false;
  OsNonces nonces;
  Outbox out;
  Outbox later;  // the node's output for datagrams that were read before the answers in `out` left
  bool heard_later = false, hears_before_answers = true;
  struct {
    Listener* listener{};
    std::span<const DatagramSocket::Received> datagrams;
  } unheard;  // datagrams of the current batch that the node has not received yet
  std::vector<DatagramSocket::Outgoing> outgoing;  // one channel's part of `out`
  HostCounters counters;

  Impl(asio::io_context& context, Node& n, HostCallbacks& c, OnwardClock::Source source)
      : io(context), node(n), callbacks(c), timer(context), clock(std::move(source)) {
    out.set_nonces(&nonces);
    later.set_nonces(&nonces);
  }

  // The handlers. Each call reads at most one batch of datagrams, except from the cluster's
  // sockets. So other sockets, the timer, the disks and other work on this thread are not held up.
  void wait(const std::shared_ptr<Listener>& listener);
  void on_readable(const std::shared_ptr<Listener>& listener);
  void wait_for_timer();
  void on_timer();
  bool hear(Listener& listener, StepKind kind);
  void hear_next(Outbox& into);
  void hear_cluster();
  void hear_before_answering();

  template <class Body>
  void step(StepKind kind, const Body& body);
  bool look_at_clock(Outbox& told);
  void wake_if_due(Time due);
  void flush();
  void carry_out();
  template <class Takes>
  void collect(const Takes& takes);
  void send_to_peers();
  void send_to_cluster();
  void answer_http();
  void refuse_http(std::span<const DatagramSocket::Outgoing> answers);
  template <class Send>
  std::span<const DatagramSocket::Outgoing> while_it_may_answer(std::size_t batch,
                                                                const Send& send);
  void arm();
  void stop();
  void close();
  std::shared_ptr<Listener>& first(Channel channel);  // the channel's first unicast socket
  DatagramSocket& sender(Channel channel) { return first(channel)->socket; }
  DatagramSocket& sender(Channel channel, const Endpoint& to);
};

// --- Handlers

void NodeHost::Impl::wait(const std::shared_ptr<Listener>& listener) {
  listener->socket.wait([self = shared_from_this(), listener] { self->on_readable(listener); });
}

// Reads one batch. If the batch was full, there may be more datagrams, so the function posts itself
// again. Otherwise the host waits until the kernel reports more datagrams.
void NodeHost::Impl::on_readable(const std::shared_ptr<Listener>& listener) {
  if (stopped || !listener->socket.is_open()) return;
  if (listener->channel != Channel::cluster) hear_cluster();
  const bool more = !stopped && hear(*listener, StepKind::datagrams);
  if (stopped || !listener->socket.is_open()) return;
  if (!more) return wait(listener);
  asio::post(io, [self = shared_from_this(), listener] { self->on_readable(listener); });
}

// Reads one batch and passes it to the node. If the outbox gets long, the rest of the batch goes
// into a further step. Returns true if the batch was full, so that there may be more datagrams.
bool NodeHost::Impl::hear(Listener& listener, StepKind kind) {
  const auto datagrams = listener.socket.receive();
  const bool more = listener.socket.may_have_more();
  if (datagrams.empty()) return more;
  unheard = {&listener, datagrams};
  while (!unheard.datagrams.empty() && !stopped)
    step(kind, [this] {
      while (!unheard.datagrams.empty() && !out.is_long()) hear_next(out);
    });
  unheard = {};
  return more;
}

void NodeHost::Impl::hear_next(Outbox& into) {
  const auto datagram = unheard.datagrams.front();
  unheard.datagrams = unheard.datagrams.subspan(1);
  const auto& listener = *unheard.listener;
  node.receive(now, {listener.channel, datagram.from, listener.socket.is_group()}, datagram.bytes,
               into);
}

bool hears_members(const Listener& listener) {
  return listener.channel == Channel::cluster && !listener.socket.is_group();
}

void NodeHost::Impl::hear_cluster() {
  for (auto& listener : listeners)
    for (unsigned i = 0; i < most_batches && hears_members(*listener) && !stopped; ++i)
      if (!hear(*listener, StepKind::datagrams)) break;
}

// Runs within a step, before its answers leave. Passes the waiting cluster datagrams to the node;
// the node's output goes into `later`.
void NodeHost::Impl::hear_before_answering() {
  if (look_at_clock(later)) heard_later = true;
  if (!hears_before_answers) return;
  // The rest of the current batch comes first, because the next read would overwrite it.
  if (!unheard.datagrams.empty() && hears_members(*unheard.listener)) {
    heard_later = true;
    while (!unheard.datagrams.empty()) hear_next(later);
  }
  for (auto& listener : listeners)
    for (unsigned i = 0; i < most_batches && hears_members(*listener); ++i) {
      const auto datagrams = listener->socket.receive();
      if (datagrams.empty()) break;
      heard_later = true;
      for (const auto& datagram : datagrams)
        node.receive(now, {listener->channel, datagram.from, false}, datagram.bytes, later);
      if (!listener->socket.may_have_more()) break;
    }
}

void NodeHost::Impl::wait_for_timer() {
  timer.wait([self = shared_from_this()](const ErrorCode& error) {
    if (!error && !self->stopped) self->on_timer();
  });
}

// After a stall of this machine, keep-alives and blocks may be waiting in the sockets. The host
// reads them first, so that the node's timers do not act as if nothing had come.
void NodeHost::Impl::on_timer() {
  timer.take();
  armed = never;
  hear_cluster();
  for (auto& listener : listeners)
    if (!stopped) hear(*listener, StepKind::timer);
  step(StepKind::timer, [] {});
  if (!stopped) wait_for_timer();
}

// --- Steps

// Every step also runs the timers that are due, so that no flood of datagrams holds them up.
template <class Body>
void NodeHost::Impl::step(StepKind kind, const Body& body) {
  if (stopped) return;
  SWARM_ASSERT(!in_step, "no step within a step: post it");
  in_step = true;
  const Duration begin = cpu_time_of_thread();
  const Time due = std::max(wanted, now);
  look_at_clock(out);
  ++counters.steps;
  body();
  wake_if_due(due);
  flush();
  auto& longest = counters.longest_step[static_cast<std::size_t>(kind)];
  longest = std::max(longest, cpu_time_of_thread() - begin);
  in_step = false;
  if (stopped) return close();
  arm();
}

// Reads the clock. If it went back, informs the node and returns true.
bool NodeHost::Impl::look_at_clock(Outbox& told) {
  now = clock.now();
  const Duration by = clock.take_steps_back();
  if (by > 0ns) node.clock_went_back(now, by, told);
  return by > 0ns;
}

void NodeHost::Impl::wake_if_due(Time due) {
  if (node.next_wake() > now) return;
  ++counters.wakes;
  if (due <= now) counters.longest_lateness = std::max(counters.longest_lateness, now - due);
  node.wake(now, out);
}

// Carries out the outbox. Meanwhile the host may have read datagrams of the cluster, so there may
// be a new outbox: the next round carries it out. The last round reads no datagrams.
void NodeHost::Impl::flush() {
  for (unsigned round = 1; !stopped; ++round) {
    heard_later = false;
    hears_before_answers = round < most_batches;
    carry_out();
    out.clear();
    if (!heard_later) return;
    std::swap(out, later);
  }
  later.clear();
}

void NodeHost::Impl::carry_out() {
  for (const auto& event : out.events()) callbacks.event(now, event);
  for (auto& write : out.log_writes()) callbacks.persist(std::move(write));
  for (auto& write : out.ballot_writes()) callbacks.persist(std::move(write));
  for (auto& request : out.store_requests()) callbacks.persist(std::move(request));
  if (out.datagrams() > 0) {
    send_to_peers();  // first: no answer may leave after the HANDOVER that follows (R9)
    answer_http();
    send_to_cluster();
  }
  if (!out.exit_reason().empty()) {
    stopped = true;
    callbacks.exit(out.exit_reason());
  }
}

template <class Takes>
void NodeHost::Impl::collect(const Takes& takes) {
  outgoing.clear();
  for (std::size_t i = 0; i < out.datagrams(); ++i)
    if (const auto datagram = out.datagram(i); takes(datagram))
      outgoing.push_back({datagram.to, datagram.bytes});
}

void NodeHost::Impl::send_to_cluster() {
  collect([](const auto& datagram) { return datagram.channel == Channel::cluster; });
  if (!outgoing.empty()) sender(Channel::cluster).send(outgoing);
}

// With offload the batches are longer, so that more datagrams can share a message.
void NodeHost::Impl::send_to_peers() {
  for (auto& listener : listeners) {
    auto& socket = listener->socket;
    if (listener->channel != Channel::peers || socket.is_group()) continue;
    collect([&](const auto& datagram) {
      return datagram.channel == Channel::peers && &socket == &sender(Channel::peers, datagram.to);
    });
    while_it_may_answer(DatagramSocket::batch * (socket.offload().sending ? 16 : 1),
                        [&](const auto& some) { socket.send(some); });
  }
}

void NodeHost::Impl::answer_http() {
  collect([](const auto& datagram) {
    return datagram.channel == Channel::http && datagram.bytes.empty();
  });
  refuse_http(outgoing);
  collect([](const auto& datagram) {
    return datagram.channel == Channel::http && !datagram.bytes.empty();
  });
  refuse_http(while_it_may_answer(DatagramSocket::batch, [this](const auto& some) {
    for (const auto& answer : some) callbacks.answer_http(answer.to, answer.bytes);
  }));
}

void NodeHost::Impl::refuse_http(std::span<const DatagramSocket::Outgoing> answers) {
  for (const auto& answer : answers) callbacks.answer_http(answer.to, {});
}

// Asks before each batch whether the node may still answer: a new master may answer thousands of
// queued requests in one step, which takes time. Returns the answers that were dropped.
template <class Send>
std::span<const DatagramSocket::Outgoing> NodeHost::Impl::while_it_may_answer(std::size_t batch,
                                                                              const Send& send) {
  for (std::span rest(outgoing); !rest.empty();) {
    hear_before_answering();
    now = clock.now();
    if (!callbacks.may_answer_peers(now)) {
      counters.answers_too_late += rest.size();
      return rest;
    }
    const auto some = rest.first(std::min(batch, rest.size()));
    send(some);
    rest = rest.subspan(some.size());
  }
  return {};
}

// Sets the timer for the node's next wake. If the wake was postponed, the timer stays as it is; it
// fires too early once and is set again. So it need not be set in every step. For a wake after more
// than an hour, the timer fires after one hour and is set again.
void NodeHost::Impl::arm() {
  wanted = node.next_wake();
  if (wanted >= armed) return;
  armed = wanted;
  const Time at = clock.now();
  timer.set(wanted <= at ? Duration{} : std::min(wanted, at + 1h) - at);
}

void NodeHost::Impl::stop() {
  stopped = true;
  if (!in_step) close();
}

void NodeHost::Impl::close() {
  timer.close();
  for (auto& listener : listeners) listener->socket.close();
}

std::shared_ptr<Listener>& NodeHost::Impl::first(Channel channel) {
  for (auto& listener : listeners)
    if (listener->channel == channel && !listener->socket.is_group()) return listener;
  assertion_failed(__FILE_NAME__, __LINE__, "sender", "a node sends where its host listens");
}

// Returns the first unicast socket of the destination's family (IPv4 or IPv6). If there is none,
// returns the channel's first socket: the kernel refuses the datagram, and the socket counts it.
DatagramSocket& NodeHost::Impl::sender(Channel channel, const Endpoint& to) {
  for (auto& listener : listeners)
    if (listener->channel == channel && !listener->socket.is_group() &&
        listener->socket.local().ip.is_v4() == to.ip.is_v4())
      return listener->socket;
  return sender(channel);
}

// --- NodeHost

NodeHost::NodeHost(asio::io_context& io, Node& node, HostCallbacks& callbacks,
                   OnwardClock::Source clock)
    : impl_(std::make_shared<Impl>(io, node, callbacks, std::move(clock))) {}

NodeHost::~NodeHost() {
  impl_->stop();
}

void NodeHost::listen(Channel channel, DatagramSocket socket) {
  impl_->listeners.push_back(std::make_shared<Listener>(channel, std::move(socket)));
  if (impl_->started && !impl_->stopped) impl_->wait(impl_->listeners.back());
}

void NodeHost::stop_listening(Channel channel, const Endpoint& local) {
  SWARM_ASSERT(!impl_->in_step, "a step may use its sockets to the end");
  std::erase_if(impl_->listeners, [&](const auto& listener) {
    if (listener->channel != channel || listener->socket.local() != local) return false;
    listener->socket.close();
    impl_->of_closed[channel] += listener->socket.counters();
    return true;
  });
}

NodeHost::Followed NodeHost::follow_interfaces() {
  Followed sum;
  for (const auto& listener : impl_->listeners) {
    const auto done = listener->socket.follow_interface();
    sum.again += done == DatagramSocket::Follow::again;
    sum.gone += done == DatagramSocket::Follow::gone;
  }
  return sum;
}

void NodeHost::silence(Channel channel) {
  SWARM_ASSERT(!impl_->in_step, "a step may use its sockets to the end");
  impl_->first(channel)->socket.close();
}

void NodeHost::replace(Channel channel, DatagramSocket socket) {
  SWARM_ASSERT(!impl_->in_step, "no socket is replaced within a step: post it");
  auto& listener = impl_->first(channel);
  listener->socket.close();
  listener = std::make_shared<Listener>(channel, std::move(socket));
  if (impl_->started && !impl_->stopped) impl_->wait(listener);
}

void NodeHost::start() {
  SWARM_ASSERT(!impl_->started, "a node starts once");
  const auto impl = impl_;  // keeps Impl alive if exit() destroys this host
  impl->started = true;
  impl->step(StepKind::other, [&] { impl->node.start(impl->now, impl->out); });
  if (impl->stopped) return;
  for (auto& listener : impl->listeners) impl->wait(listener);
  impl->wait_for_timer();
}

void NodeHost::step(const std::function<void(Time now, Outbox& out)>& body) {
  const auto impl = impl_;
  SWARM_ASSERT(impl->started, "a node starts before its first order");
  impl->step(StepKind::other, [&] { body(impl->now, impl->out); });
}

void NodeHost::receive(const Arrival& arrival, Bytes bytes) {
  const auto impl = impl_;
  impl->step(StepKind::other, [&] { impl->node.receive(impl->now, arrival, bytes, impl->out); });
}

void NodeHost::persisted(Ticket ticket) {
  const auto impl = impl_;
  impl->step(StepKind::disk, [&] { impl->node.persisted(impl->now, ticket, impl->out); });
}

void NodeHost::stored(const StoreReport& report) {
  const auto impl = impl_;
  impl->step(StepKind::disk, [&] { impl->node.stored(impl->now, report, impl->out); });
}

void NodeHost::stop() {
  impl_->stop();
}

Time NodeHost::now() const {
  return impl_->clock.now();
}

Endpoint NodeHost::local(Channel channel) const {
  return impl_->sender(channel).local();
}

const HostCounters& NodeHost::counters() const {
  return impl_->counters;
}

SocketCounters NodeHost::sockets(Channel channel) const {
  SocketCounters sum;
  if (const auto closed = impl_->of_closed.find(channel); closed != impl_->of_closed.end())
    sum = closed->second;
  for (const auto& listener : impl_->listeners)
    if (listener->channel == channel) sum += listener->socket.counters();
  return sum;
}

}  // namespace swarm::udp
