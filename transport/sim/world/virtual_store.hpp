// The store of a simulated peer. It does in memory and in virtual time what
// transport/udp/content_store/content_store does with files and threads. Files and CHUNK rows
// outlive a crash of the host; requests do not.
//
// The store has two lanes, and each carries out one job at a time. The lane `writes` takes requests
// in groups, with one sync per group. The lane `reads` takes reads and checks. A chunk is written
// in the DB Manager's order: hash, write, sync, commit CHUNK, report. A crash between two of these
// steps can leave nothing, a part of the bytes, all bytes without a row, or a row that the store
// has not reported.
//
// The store has no clock. World asks it how long a job takes, and calls it when that time is over.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "transport/sim/world/host.hpp"
#include "transport/sim/world/keyed_random.hpp"
#include "transport/sim/world/virtual_content.hpp"

namespace swarm::sim {

struct StoreModel {
  std::uint64_t rate = 4'000'000'000;    // bit/s, for reading, hashing and writing
  Delay sync{500us, 2ms, std::nullopt};  // the time to sync the files and the transaction together
};

class VirtualStore {
 public:
  // `contents` are the sources. The store shares their chunks, so they must outlive the store.
  VirtualStore(std::uint64_t seed, HostId host, const StoreModel& model,
               const std::vector<VirtualContent>& contents);

  // Puts these chunks of the content on disk, as if the peer had closed the content in good order.
  void put(const VirtualContent& content, const Bitmap& chunks);
  // Changes a byte of a chunk on disk. Returns false if this chunk is not on disk.
  bool damage(const InfoHash& content, std::uint32_t chunk);
  void wipe();  // empties the disk; only after crash()

  // What is on disk. Checkers read it.
  struct File {
    const VirtualContent* source{};   // null: the content is none of the sources
    MetainfoPtr metainfo;             // null: only the info-hash is known, and no chunk is there
    std::vector<ChunkBytes> on_disk;  // per chunk; null: not written (or a hole in the file)
    Bitmap rows;                      // the chunks with a CHUNK row
    Bitmap damaged;                   // changed by damage(), and not found by the store yet
    bool clean{};                     // the content was closed in good order
    bool open{};
  };
  const std::map<InfoHash, File>& files() const { return files_; }
  const File* find(const InfoHash& content) const;

  // Only for World.
  enum class Lane : std::uint8_t { reads, writes };
  void add(StoreRequest request);
  struct Job {
    Duration delay;
    std::uint32_t number;  // its lowest bit is the lane
  };
  std::optional<Job> begin(Lane lane);  // empty if a job is under way or no request waits
  bool under_way(std::uint32_t job) const;
  static Lane lane_of(std::uint32_t job) { return static_cast<Lane>(job & 1); }
  // Carries out the job. Returns one report per request.
  std::vector<StoreReport> complete(std::uint32_t job);
  // Called when a job is due but its host is paused. World completes the job later.
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
