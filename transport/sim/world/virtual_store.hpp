// The store of a simulated peer: what transport/udp/content_store/content_store does with files and
// threads, in memory and in virtual time. Files and CHUNK rows outlive a crash of their host,
// requests do not.
//
// Two lanes, each one job at a time: writes (in groups, with one sync), and reads (with checks).
// For a written chunk the order is the DB Manager's: hash, write, sync, commit CHUNK, report. A
// crash in between leaves any prefix of that: nothing, a part of the bytes, all of them without a
// row, a row that was never reported.
//
// A store keeps no time: World asks how long a job takes and tells when that has passed.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "transport/sim/world/host.hpp"
#include "transport/sim/world/keyed_random.hpp"
#include "transport/sim/world/virtual_content.hpp"

namespace swarm::sim {

struct StoreModel {
  std::uint64_t rate = 4'000'000'000;    // bit/s, reading, hashing and writing
  Delay sync{500us, 2ms, std::nullopt};  // of the files and of the transaction, together
};

class VirtualStore {
 public:
  // `contents`: the sources, with which chunks are shared; they outlive the store.
  VirtualStore(std::uint64_t seed, HostId host, const StoreModel& model,
               const std::vector<VirtualContent>& contents);

  // A content as a peer of long standing has it: these chunks, closed in good order.
  void put(const VirtualContent& content, const Bitmap& chunks);
  // Changes a byte of a chunk that is on disk; false: none of that number is.
  bool damage(const InfoHash& content, std::uint32_t chunk);
  void wipe();  // after a crash: a new disk

  // What is on disk, for checkers.
  struct File {
    const VirtualContent* source{};   // null: of no known content
    MetainfoPtr metainfo;             // null: known by its hash alone, nothing is there
    std::vector<ChunkBytes> on_disk;  // per chunk; null: nothing (or a hole in the file)
    Bitmap rows;                      // CHUNK
    Bitmap damaged;                   // from outside, and not found yet
    bool clean{};                     // closed in good order
    bool open{};
  };
  const std::map<InfoHash, File>& files() const { return files_; }
  const File* find(const InfoHash& content) const;

  // For the world.
  enum class Lane : std::uint8_t { reads, writes };
  void add(StoreRequest request);
  struct Job {
    Duration delay;
    std::uint32_t number;  // the lane is its lowest bit
  };
  std::optional<Job> begin(Lane lane);  // nothing: one is under way, or nothing waits
  bool under_way(std::uint32_t job) const;
  static Lane lane_of(std::uint32_t job) { return static_cast<Lane>(job & 1); }
  // Carries the job out and reports, a report per request.
  std::vector<StoreReport> complete(std::uint32_t job);
  // Its time has come, but its host stands still: it is completed later.
  void park(std::uint32_t job) { queue(lane_of(job)).parked = true; }
  std::optional<std::uint32_t> unpark(Lane lane);
  void crash();

  bool idle() const;  // no request waits or is under way
  std::uint64_t jobs() const { return queues_[0].jobs + queues_[1].jobs; }
  std::uint64_t damage_found() const { return damage_found_; }  // chunks

 private:
  static constexpr std::size_t largest_group = 32;  // requests
  struct Queue {
    std::vector<StoreRequest> waiting, group;
    std::uint32_t jobs = 0;
    bool busy = false, parked = false;
  };
  Queue& queue(Lane lane) { return queues_[static_cast<std::size_t>(lane)]; }
  const Queue& queue(Lane lane) const { return queues_[static_cast<std::size_t>(lane)]; }

  Duration time_of(const Queue& queue, const Draws& draws) const;
  StoreReport carry_out(StoreRequest& request);
  void open(const StoreRequest& request, StoreReport& report);
  void write(StoreRequest& request, StoreReport& report);
  void verify(const StoreRequest& request, StoreReport& report);
  void close(const StoreRequest& request);
  bool is_chunk(const File& file, std::uint32_t chunk, const ChunkBytes& bytes) const;
  void lay_down(File& file, std::uint32_t chunk, const ChunkBytes& bytes) const;
  void write_in_part(const StoreRequest& request, const Draws& draws);

  std::uint64_t seed_;
  HostId host_;
  StoreModel model_;
  DelayDraw sync_;
  const std::vector<VirtualContent>& contents_;
  std::map<InfoHash, File> files_;
  Queue queues_[2];
  std::uint64_t crashes_ = 0, damage_found_ = 0;
};

}  // namespace swarm::sim
