#include "transport/udp/tracker/lifeline.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <system_error>

#include "engine/base/assert.hpp"

namespace swarm::udp {
namespace {

// A DEAD: member, boot, store and proof.
constexpr std::size_t dead_size = wire::header_size + wire::tag_size + 4 + 8 + 8 + 32;

struct Slot {
  std::uint32_t size;
  Endpoint to;
  std::array<std::uint8_t, dead_size> bytes;
};
struct Certificate {
  std::uint32_t count = 0;
  // One for each other member, or two while the previous version of the protocol is spoken.
  std::array<Slot, 2 * Config::most> slots{};
};

}  // namespace

// There are two copies. The worker writes to the one that is not current, then makes it current.
struct Lifeline::Page {
  std::atomic<std::uint32_t> current = 0;
  std::atomic<bool> started = false;
  std::array<Certificate, 2> copies;
};

Lifeline::Lifeline() {
  void* const memory =
      mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "no memory to share with the worker");
  page_ = new (memory) Page;
}

Lifeline::~Lifeline() {
  munmap(page_, sizeof(Page));
}

void Lifeline::set_certificate(const Outbox& certificate) {
  const std::uint32_t next = 1 - page_->current.load();
  Certificate& copy = page_->copies[next];
  copy.count = 0;
  for (std::size_t i = 0; i < certificate.datagrams(); ++i) {
    const auto datagram = certificate.datagram(i);
    SWARM_ASSERT(datagram.bytes.size() <= dead_size && copy.count < copy.slots.size(),
                 "a death certificate has a DEAD for each member, in both versions at most");
    Slot& slot = copy.slots[copy.count++];
    slot.size = static_cast<std::uint32_t>(datagram.bytes.size());
    slot.to = datagram.to;
    std::copy(datagram.bytes.begin(), datagram.bytes.end(), slot.bytes.begin());
  }
  page_->current.store(next);
}

void Lifeline::set_started() {
  page_->started.store(true);
}

std::vector<Lifeline::Datagram> Lifeline::certificate() const {
  const Certificate& copy = page_->copies[page_->current.load()];
  std::vector<Datagram> datagrams;
  for (std::uint32_t i = 0; i < copy.count; ++i) {
    const Slot& slot = copy.slots[i];
    datagrams.push_back({slot.to, {slot.bytes.begin(), slot.bytes.begin() + slot.size}});
  }
  return datagrams;
}

bool Lifeline::started() const {
  return page_->started.load();
}

void Lifeline::clear() {
  for (Certificate& copy : page_->copies) copy.count = 0;
  page_->started.store(false);
}

}  // namespace swarm::udp
