// A worker's answers over HTTP, and its handling of operators' orders.
#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <string>

#include "engine/base/quantity.hpp"
#include "transport/udp/tracker/worker_impl.hpp"

namespace swarm::udp {
namespace {

HttpResponse done(std::string sentence) {
  return {.body = std::move(sentence) + "\n"};
}
HttpResponse refusal(std::string sentence) {
  return {409, "text/plain; charset=utf-8", std::move(sentence) + "\n"};
}

bool is_probe(const HttpRequest& request) {
  return !request.post && (request.target == "/healthz" || request.target == "/readyz");
}

}  // namespace

// A probe is answered under every name and without the token. But the sentence of /readyz names
// members and peers, so only who could read /status gets it.
HttpResponse Worker::get_over_tcp(const HttpRequest& request) {
  auto refusal = http_names_->objection(request);
  if (!refusal) refusal = http_token_->objection(request);
  if (!refusal) return get(request);
  if (!is_probe(request)) return std::move(*refusal);
  auto answer = get(request);
  if (request.target == "/readyz") answer.body = answer.status == 200 ? "ready\n" : "not ready\n";
  return answer;
}

HttpResponse Worker::get(const HttpRequest& request) {
  if (request.post) return {.status = 405, .body = "orders: by the control socket\n"};
  if (request.target == "/metrics")
    return {200, std::string(observe::Metrics::content_type),
            metrics_.text(status(), host_counts())};
  if (request.target == "/status")
    return {200, "application/json", observe::status_json(status()) + "\n"};
  if (request.target == "/healthz") return {.body = "alive\n"};
  if (request.target == "/readyz") {
    const bool ready = status().ready;
    return {ready ? 200u : 503u, "text/plain; charset=utf-8", standing() + "\n"};
  }
  return {404, "text/plain; charset=utf-8", "there are /metrics, /healthz, /readyz, /status\n"};
}

HttpResponse Worker::get_or_post(const HttpRequest& request) {
  if (!request.post) return get(request);
  constexpr std::string_view remove = "/remove/";
  if (request.target.starts_with(remove))
    return remove_member(std::string_view(request.target).substr(remove.size()));
  return post(request.target);
}

HttpResponse Worker::post(std::string_view target) {
  if (stopping_) return refusal("this instance is stopping");
  if (target == "/handover") {
    bool begun = false;
    host_.step([&](Time now, Outbox& out) { begun = tracker_.hand_over(now, out); });
    if (begun) return done("the master hands over: `status` shows to whom");
    return refusal(tracker_.view().voters == 1
                       ? "there is no other voter to hand over to"
                       : "no master is known here that could hand over: `status` "
                         "shows why, ask again when it shows one");
  }
  if (target == "/leave") return leave();
  if (target == "/init") return begin(FirstStart::init);
  if (target == "/join") return begin(FirstStart::join);
  return {404, "text/plain; charset=utf-8",
          "there are /handover, /remove/MEMBER, /leave, /init, /join\n"};
}

HttpResponse Worker::leave() {
  leaving_ = true;  // set before the step, because the step may end the instance
  host_.step([this](Time now, Outbox& out) { leaving_ = tracker_.leave(now, out); });
  if (leaving_) return done("this instance leaves its swarm, and ends when that is committed");
  return refusal("the last voter of a swarm cannot leave it: to end it, stop its service");
}

HttpResponse Worker::begin(FirstStart how) {
  if (first_start_ != FirstStart::manual)
    return refusal("this instance finds its swarm by itself: only with first-start = manual");
  bool begun = false;
  host_.step([&](Time now, Outbox& out) { begun = tracker_.first_start(now, how, out); });
  if (!begun) return refusal("this instance belongs to a swarm already, or is about to");
  return done(how == FirstStart::init ? "a swarm of one is founded" : "asks the swarm to join");
}

HttpResponse Worker::remove_member(std::string_view text) {
  const auto number = parse_count(text, 1, std::numeric_limits<std::uint32_t>::max());
  if (!number) return refusal(number.error());
  const MemberId member{static_cast<std::uint32_t>(*number)};
  if (!tracker_.config().find(member))
    return refusal(fmt::format("there is no member {}", *number));
  bool begun = false;
  host_.step([&](Time now, Outbox& out) { begun = tracker_.remove(now, member, out); });
  const bool master = tracker_.view().role == Role::master;
  if (begun && master)
    return done(fmt::format("member {} is to be removed: `status` shows when it is", *number));
  if (begun)
    return done(fmt::format(
        "the master is asked to remove member {}: `status` shows whether it does; an order that is "
        "given at the master itself is refused with the reason",
        *number));
  if (member == tracker_.view().master)
    return refusal(fmt::format("member {} is the master: hand over first", *number));
  if (master)
    return refusal(fmt::format(
        "without member {} too few living voters would be left: first let a dead member come "
        "back, or remove the dead one, or wait until `status` shows a newcomer as slave",
        *number));
  return refusal(fmt::format(
      "no master is known here that could remove member {}: `status` shows why, ask again when it "
      "shows one",
      *number));
}

}  // namespace swarm::udp
