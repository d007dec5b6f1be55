#include "transport/udp/system/shared_blob.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <new>
#include <system_error>

namespace swarm::udp {
namespace {

[[noreturn]] void fail() {
  throw std::system_error(errno, std::generic_category(), "no memory for what a worker leaves");
}

void empty(const Descriptor& file) {
  if (::ftruncate(file.number(), 0) != 0) fail();
}

template <class Byte, class Call>
void each_part(Byte* bytes, std::size_t size, const Call& call) {
  while (size > 0) {
    const auto done = call(bytes, size);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail();
    bytes += done;
    size -= static_cast<std::size_t>(done);
  }
}

}  // namespace

// There are two files, one of which is current. put() writes to the other file, and then makes that
// file the current one.
struct SharedBlob::Page {
  std::atomic<std::uint32_t> puts = 0;
  std::array<std::uint64_t, 2> sizes{};

  std::size_t current() const { return puts.load() % 2; }
};

SharedBlob::SharedBlob() {
  void* const memory =
      mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail();
  page_ = new (memory) Page;
  for (auto& file : files_) {
    file = Descriptor(::memfd_create("swarm-tracker", MFD_CLOEXEC));
    if (!file) fail();
  }
}

SharedBlob::~SharedBlob() {
  munmap(page_, sizeof(Page));
}

void SharedBlob::put(std::initializer_list<Bytes> parts) {
  const std::size_t last = page_->current(), next = 1 - last;
  const auto& file = files_.at(next);
  empty(file);
  off_t at = 0;
  for (const auto part : parts)
    each_part(part.data(), part.size(), [&](const std::uint8_t* from, std::size_t size) {
      const auto written = ::pwrite(file.number(), from, size, at);
      at += written > 0 ? written : 0;
      return written;
    });
  page_->sizes.at(next) = static_cast<std::uint64_t>(at);
  ++page_->puts;
  empty(files_.at(last));
}

std::optional<std::vector<std::uint8_t>> SharedBlob::get() const {
  if (page_->puts.load() == 0) return std::nullopt;
  std::vector<std::uint8_t> bytes(page_->sizes.at(page_->current()));
  off_t at = 0;
  each_part(bytes.data(), bytes.size(), [&](std::uint8_t* to, std::size_t size) {
    const auto read = ::pread(files_.at(page_->current()).number(), to, size, at);
    at += read > 0 ? read : 0;
    return read;
  });
  return bytes;
}

}  // namespace swarm::udp
