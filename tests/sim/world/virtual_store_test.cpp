#include "transport/sim/world/virtual_store.hpp"

#include <gtest/gtest.h>

#include <set>

namespace swarm::sim {
namespace {

using Kind = StoreRequest::Kind;
using Outcome = StoreReport::Outcome;
using Lane = VirtualStore::Lane;

class VirtualStoreTest : public testing::Test {
 protected:
  VirtualStoreTest() { contents_.emplace_back("film", 10'000, 4096); }

  const VirtualContent& film() const { return contents_[0]; }
  VirtualStore& store(std::uint64_t seed = 1) {
    store_ = std::make_unique<VirtualStore>(seed, HostId{7}, StoreModel{}, contents_);
    return *store_;
  }
  StoreRequest request(Kind kind, std::uint32_t chunk = 0, ChunkBytes bytes = nullptr) {
    return {kind,
            ++tickets_,
            film().hash(),
            chunk,
            kind == Kind::open ? film().metainfo() : nullptr,
            std::move(bytes)};
  }
  // All of it, job after job.
  std::vector<StoreReport> carry_out(StoreRequest request) {
    store_->add(std::move(request));
    std::vector<StoreReport> reports;
    for (const Lane lane : {Lane::writes, Lane::reads})
      while (const auto job = store_->begin(lane))
        for (auto& report : store_->complete(job->number)) reports.push_back(std::move(report));
    return reports;
  }
  StoreReport report_of(StoreRequest request) { return carry_out(std::move(request)).at(0); }
  // Another buffer with the same bytes, as a download makes it.
  ChunkBytes copy(std::uint32_t chunk) const {
    return std::make_shared<std::vector<std::uint8_t>>(*film().chunk(chunk));
  }
  const VirtualStore::File& file() const { return *store_->find(film().hash()); }

  std::vector<VirtualContent> contents_;
  std::unique_ptr<VirtualStore> store_;
  std::uint64_t tickets_ = 0;
};

TEST_F(VirtualStoreTest, AContentIsAFunctionOfItsName) {
  const VirtualContent again("film", 10'000, 4096), other("another", 10'000, 4096);
  EXPECT_EQ(again.hash(), film().hash());
  EXPECT_NE(other.hash(), film().hash());
  EXPECT_EQ(film().chunks(), 3u);
  EXPECT_EQ(film().chunk(2)->size(), 10'000u - 2 * 4096);
  EXPECT_EQ(sha1(*film().chunk(1)), film().metainfo()->chunks[1]);
  EXPECT_TRUE(film().equals(1, 100, Bytes(*film().chunk(1)).subspan(100, 50)));
  EXPECT_FALSE(film().equals(1, 101, Bytes(*film().chunk(1)).subspan(100, 50)));
  EXPECT_FALSE(film().equals(2, 2000, Bytes(*film().chunk(1)).subspan(0, 50)));
}

TEST_F(VirtualStoreTest, AWrittenChunkIsReportedWhenItIsInChunkAndSharesTheSourcesBytes) {
  store();
  report_of(request(Kind::open));
  store_->add(request(Kind::write, 1, copy(1)));
  const auto job = store_->begin(Lane::writes);
  ASSERT_TRUE(job);
  EXPECT_GE(job->delay, StoreModel{}.sync.min);
  EXPECT_TRUE(file().rows.none());
  const auto reports = store_->complete(job->number);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].outcome, Outcome::done);
  EXPECT_EQ(reports[0].bytes, film().chunk(1));
  EXPECT_TRUE(file().rows.test(1));
  EXPECT_EQ(file().on_disk[1], film().chunk(1));
}

TEST_F(VirtualStoreTest, WhatIsNotTheChunkIsNotWritten) {
  store();
  report_of(request(Kind::open));
  EXPECT_EQ(report_of(request(Kind::write, 1, copy(0))).outcome, Outcome::wrong);
  EXPECT_TRUE(file().rows.none());
  EXPECT_EQ(file().on_disk[1], nullptr);
}

TEST_F(VirtualStoreTest, WritesThatWaitShareOneSync) {
  store();
  report_of(request(Kind::open));
  store_->add(request(Kind::write, 0, copy(0)));
  const auto first = store_->begin(Lane::writes);
  store_->add(request(Kind::write, 1, copy(1)));
  store_->add(request(Kind::write, 2, copy(2)));
  EXPECT_FALSE(store_->begin(Lane::writes));  // one at a time
  EXPECT_EQ(store_->complete(first->number).size(), 1u);
  const auto second = store_->begin(Lane::writes);
  EXPECT_EQ(store_->complete(second->number).size(), 2u);
  EXPECT_TRUE(store_->idle());
}

TEST_F(VirtualStoreTest, WhatWasClosedInGoodOrderIsBelieved) {
  store();
  report_of(request(Kind::open));
  report_of(request(Kind::write, 2, copy(2)));
  report_of(request(Kind::close));
  const auto again = report_of(request(Kind::open));
  EXPECT_TRUE(again.had.test(2));
  EXPECT_EQ(again.had.count(), 1u);
  EXPECT_TRUE(again.doubtful.none());
}

TEST_F(VirtualStoreTest, AfterACrashNothingIsBelievedBeforeItIsHashed) {
  store();
  report_of(request(Kind::open));
  report_of(request(Kind::write, 2, copy(2)));
  store_->crash();
  const auto again = report_of(request(Kind::open));
  EXPECT_TRUE(again.had.none());
  EXPECT_TRUE(again.doubtful.test(2));
  EXPECT_EQ(report_of(request(Kind::check, 2)).outcome, Outcome::done);
  EXPECT_TRUE(file().rows.test(2));
}

TEST_F(VirtualStoreTest, DamageIsFoundByReadAndByCheckAndItsRowGoes) {
  for (const Kind kind : {Kind::read, Kind::check}) {
    store().put(film(), Bitmap(film().chunks(), true));
    EXPECT_TRUE(store_->damage(film().hash(), 1));
    const auto opened = report_of(request(Kind::open));
    EXPECT_TRUE(opened.had.none());  // its file was changed
    EXPECT_EQ(report_of(request(kind, 0)).outcome, Outcome::done);
    EXPECT_EQ(report_of(request(kind, 1)).outcome, Outcome::wrong);
    EXPECT_FALSE(file().rows.test(1));
    EXPECT_EQ(store_->damage_found(), 1u);
    EXPECT_FALSE(store_->damage(film().hash(), 1));  // nothing is there any more
  }
}

// Each seed is a crash at another moment.
TEST_F(VirtualStoreTest, ACrashLeavesAnyPrefixOfAWriteAndNothingFalseInChunk) {
  std::set<int> seen;
  for (std::uint64_t seed = 1; seed <= 64; ++seed) {
    store(seed);
    report_of(request(Kind::open));
    store_->add(request(Kind::write, 0, copy(0)));
    store_->add(request(Kind::write, 1, copy(1)));
    ASSERT_TRUE(store_->begin(Lane::writes));
    store_->crash();
    EXPECT_TRUE(store_->idle());
    const bool row = file().rows.test(0);
    const bool there = file().on_disk[0] != nullptr;
    const bool whole = there && *file().on_disk[0] == *film().chunk(0);
    EXPECT_TRUE(whole || !row);
    seen.insert(row ? 3 : whole ? 2 : there ? 1 : 0);
    const auto again = report_of(request(Kind::open));
    EXPECT_EQ(again.doubtful.test(0), there);
    if (!there) continue;
    EXPECT_EQ(report_of(request(Kind::check, 0)).outcome, whole ? Outcome::done : Outcome::wrong);
  }
  EXPECT_EQ(seen, (std::set{0, 1, 2, 3}));
}

TEST_F(VirtualStoreTest, AJobOfBeforeTheCrashIsVoid) {
  store();
  report_of(request(Kind::open));
  store_->add(request(Kind::write, 0, copy(0)));
  const auto job = store_->begin(Lane::writes);
  store_->crash();
  EXPECT_FALSE(store_->under_way(job->number));
  report_of(request(Kind::open));
  EXPECT_FALSE(store_->under_way(job->number));
}

TEST_F(VirtualStoreTest, AWipedDiskHasNothing) {
  store().put(film(), Bitmap(film().chunks(), true));
  store_->crash();
  store_->wipe();
  const auto opened = report_of(request(Kind::open));
  EXPECT_TRUE(opened.had.none() && opened.doubtful.none());
  EXPECT_EQ(opened.had.size(), film().chunks());
}

}  // namespace
}  // namespace swarm::sim
