#include "engine/peer/upload_manager.hpp"

#include <algorithm>
#include <cstring>

namespace swarm {
namespace {

using namespace wire;

constexpr std::uint32_t blocks_of_a_turn = 44;
constexpr std::uint32_t blocks_of_a_step = 704;  // the host sends these before the next step
constexpr std::uint32_t longest_queue = 8192;    // blocks that one client may have asked for
constexpr std::size_t compact_from = 1024;       // served ranges at the front of a queue
constexpr std::size_t most_waiting = 1000;
constexpr Duration idle_slot = 300ms;
constexpr Duration look_at_slots = 100ms;

}  // namespace

UploadManager::UploadManager(ExchangeContext& context, Sessions& sessions)
    : context_(context),
      sessions_(sessions),
      limit_(context.settings.upload_rate),
      by_key_(0, Hash{context.secrets.number(SecretPurpose::table_hash)}) {}

// --- Requests

void UploadManager::on_request(Time now, Session& session, const peer::Request& request,
                               Outbox& out) {
  Content& content = *session.content;
  if (!content.opened || content.failed) return;
  if (!take_slot(now, session))
    return context_.send(now, session, peer::Refuse{session.token, peer::Refusal::busy, 0}, out);
  Client& client = session.client;
  client.asked = now;
  for (const auto& range : request.ranges) {
    const std::uint32_t end = std::uint32_t{range.first} + range.count;
    if (range.chunk >= content.metainfo->chunk_count() || end > content.blocks(range.chunk))
      return out.event(event::Rejected{Reject::bad_value});
    if (!content.had.test(range.chunk)) {
      context_.send(now, session, peer::Refuse{session.token, peer::Refusal::not_had, range.chunk},
                    out);
      continue;
    }
    if (client.blocks + range.count > longest_queue) break;
    client.queue.push_back({range.chunk, range.first, end});
    client.blocks += range.count;
  }
  serve(now, out);
}

void UploadManager::ended(Time, Session& session, Outbox&) {
  lose_slot(session);
  if (session.client.waits) std::erase(waiting_, &session);
  session.client.waits = false;
}

// --- Slots

bool UploadManager::take_slot(Time now, Session& session) {
  if (session.client.has_slot) return true;
  if (waiting_.empty() && slots_.size() < context_.settings.upload_slots) {
    give_slot(now, session);
    return true;
  }
  if (!session.client.waits && waiting_.size() < most_waiting) {
    session.client.waits = true;
    waiting_.push_back(&session);
  }
  next_turn_ = std::min(next_turn_, now + look_at_slots);
  context_.wake_at(next_turn_);
  return false;
}

void UploadManager::give_slot(Time now, Session& session) {
  session.client.has_slot = true;
  session.client.slot_since = session.client.asked = now;
  slots_.push_back(&session);
}

void UploadManager::empty(Client& client) {
  client.queue.clear();
  client.first = 0;
  client.blocks = 0;
}

void UploadManager::lose_slot(Session& session) {
  if (!session.client.has_slot) return;
  session.client.has_slot = false;
  empty(session.client);
  std::erase(slots_, &session);
}

// Takes slots away for the clients that wait: first from idle clients, then from those whose time
// is over.
void UploadManager::turn_over(Time now, Outbox& out) {
  next_turn_ = never;
  const std::size_t most = context_.settings.upload_slots;
  const std::size_t free = most - std::min(most, slots_.size());
  std::size_t needed = waiting_.size() - std::min(waiting_.size(), free);
  std::vector<Session*> losers;
  for (const bool idle : {true, false})
    for (std::size_t i = 0; i < slots_.size() && needed > 0;) {
      if (!may_lose(now, slots_[i]->client, idle)) {
        ++i;
        continue;
      }
      losers.push_back(slots_[i]);
      lose_slot(*losers.back());
      --needed;
    }
  refill(now, out);
  for (Session* session : losers) {
    context_.send(now, *session, peer::Refuse{session->token, peer::Refusal::busy, 0}, out);
    if (session->client.asked + idle_slot <= now) continue;
    session->client.waits = true;
    waiting_.push_back(session);
  }
  if (!waiting_.empty()) next_turn_ = now + look_at_slots;
}

bool UploadManager::may_lose(Time now, const Client& client, bool idle) const {
  if (idle) return client.idle() && client.asked + idle_slot <= now;
  return client.slot_since + context_.settings.slot_time <= now;
}

void UploadManager::refill(Time now, Outbox& out) {
  while (!waiting_.empty() && slots_.size() < context_.settings.upload_slots) {
    Session& session = *waiting_.front();
    waiting_.erase(waiting_.begin());
    session.client.waits = false;
    give_slot(now, session);
    context_.send(now, session, peer::Ready{session.token}, out);
  }
}

// --- Chunks

std::size_t UploadManager::Hash::operator()(const Key& chunk) const {
  std::uint64_t word;
  std::memcpy(&word, chunk.content.bytes.data(), sizeof word);
  return mix(mix(word ^ key) ^ chunk.chunk);
}

const ChunkBytes* UploadManager::find(const Content& content, std::uint32_t chunk) {
  const auto at = by_key_.find({content.hash, chunk});
  if (at == by_key_.end()) return nullptr;
  kept_.splice(kept_.begin(), kept_, at->second);
  return &at->second->bytes;
}

void UploadManager::keep(const Content& content, std::uint32_t chunk, ChunkBytes bytes) {
  if (bytes == nullptr || by_key_.contains({content.hash, chunk})) return;
  kept_bytes_ += bytes->size();
  kept_.push_front({{content.hash, chunk}, std::move(bytes)});
  by_key_[kept_.front().key] = kept_.begin();
  while (kept_bytes_ > context_.settings.cache && kept_.size() > 1) {
    kept_bytes_ -= kept_.back().bytes->size();
    by_key_.erase(kept_.back().key);
    kept_.pop_back();
  }
}

void UploadManager::forget(const Content& content, std::uint32_t chunk) {
  const auto at = by_key_.find({content.hash, chunk});
  if (at == by_key_.end()) return;
  kept_bytes_ -= at->second->bytes->size();
  kept_.erase(at->second);
  by_key_.erase(at);
}

void UploadManager::forget(const Content& content) {
  if (content.metainfo)
    for (std::uint32_t chunk = 0; chunk < content.metainfo->chunk_count(); ++chunk)
      forget(content, chunk);
  std::erase_if(reading_, [&](const Key& key) { return key.content == content.hash; });
}

bool UploadManager::ask_store(const Content& content, std::uint32_t chunk, Outbox& out) {
  const Key key{content.hash, chunk};
  if (std::find(reading_.begin(), reading_.end(), key) != reading_.end()) return false;
  reading_.push_back(key);
  out.persist(context_.store_request(StoreRequest::Kind::read, content, chunk));
  return true;
}

void UploadManager::was_read(Time now, Content& content, const StoreReport& report, Outbox& out) {
  std::erase(reading_, Key{content.hash, report.chunk});
  if (report.outcome == StoreReport::Outcome::done) keep(content, report.chunk, report.bytes);
  serve(now, out);
}

// --- Serving

void UploadManager::serve(Time now, Outbox& out) {
  std::uint32_t left = blocks_of_a_step;
  std::size_t idle = 0;
  while (idle < slots_.size() && left > 0 && limit_.allows(now)) {
    next_ = next_ < slots_.size() ? next_ : 0;
    const std::uint32_t sent = serve(now, *slots_[next_++], out);
    idle = sent == 0 ? idle + 1 : 0;
    left -= std::min(left, sent);
  }
  if (left == 0) context_.wake_at(now);
  if (limit_.allows(now)) return;
  if (std::any_of(slots_.begin(), slots_.end(), [](auto* s) { return !s->client.idle(); }))
    context_.wake_at(limit_.next());
}

// Serves one turn of a client. Returns how many blocks left its queue.
std::uint32_t UploadManager::serve(Time now, Session& session, Outbox& out) {
  Client& client = session.client;
  const std::uint32_t before = client.blocks;
  std::uint32_t most = blocks_of_a_turn;
  while (client.first < client.queue.size() && most > 0) {
    Client::Wanted& wanted = client.queue[client.first];
    const Content& content = *session.content;
    if (!content.had.test(wanted.chunk)) {  // the chunk was lost after it was requested
      client.blocks -= wanted.end - wanted.next;
      wanted.next = wanted.end;
    } else if (const ChunkBytes* bytes = find(content, wanted.chunk); bytes != nullptr) {
      const std::uint32_t first = wanted.next;
      send_blocks(now, session, wanted, *bytes, most, out);
      most -= wanted.next - first;
    } else {
      ask_store(content, wanted.chunk, out);
      break;
    }
    if (wanted.next == wanted.end) ++client.first;
  }
  if (client.first == client.queue.size() || client.first >= compact_from) {
    client.queue.erase(client.queue.begin(),
                       client.queue.begin() + static_cast<std::ptrdiff_t>(client.first));
    client.first = 0;
  }
  return before - client.blocks;
}

void UploadManager::send_blocks(Time now, Session& session, Client::Wanted& wanted,
                                const ChunkBytes& bytes, std::uint32_t most, Outbox& out) {
  Content& content = *session.content;
  std::array<std::uint8_t, block_header> header;
  const std::uint32_t end = std::min(wanted.end, wanted.next + most);
  session.said = now;
  session.client.blocks -= end - wanted.next;
  for (; wanted.next < end; ++wanted.next) {
    const std::uint32_t length = content.block_length(wanted.chunk, wanted.next);
    encode_block_header(session.token, wanted.chunk, static_cast<std::uint16_t>(wanted.next),
                        header);
    out.send(Channel::peers, session.peer, header,
             Bytes(*bytes).subspan(std::size_t{wanted.next} * block_size, length));
    limit_.take(now, length);
    content.sent += length;
  }
}

void UploadManager::wake(Time now, Outbox& out) {
  if (next_turn_ <= now) turn_over(now, out);
  serve(now, out);
  context_.wake_at(next_turn_);
}

}  // namespace swarm
