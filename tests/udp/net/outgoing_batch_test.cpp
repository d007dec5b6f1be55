#include "transport/udp/net/outgoing_batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/udp.h>

#include <cstring>
#include <vector>

namespace swarm::udp {
namespace {

using testing::Each;
using testing::ElementsAre;
using Outgoing = DatagramSocket::Outgoing;

constexpr Endpoint ann{0x0a000001, 6881}, bob{0x0a000002, 6881}, ann_too{0x0a000001, 6882};
const std::vector<std::uint8_t> arena(70'000);

// Each at its own place, none behind another.
Outgoing datagram(std::size_t size, const Endpoint& to = ann) {
  return {to, Bytes(arena).first(size)};
}
std::vector<Outgoing> contiguous(std::size_t size, std::size_t count) {
  static const std::vector<std::uint8_t> large(1 << 20);
  std::vector<Outgoing> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({ann, Bytes(large).subspan(i * size, size)});
  return all;
}

struct Batch {
  explicit Batch(const std::vector<Outgoing>& datagrams, bool merge = true) {
    taken = batch.fill(datagrams, merge);
    for (std::size_t i = 0; i < batch.messages().size(); ++i) {
      const msghdr& header = batch.messages()[i].msg_hdr;
      counts.push_back(batch.datagrams(i).size());
      parts.push_back(header.msg_iovlen);
      segments.push_back(segment(header));
      std::size_t sum = 0;
      for (std::size_t part = 0; part < header.msg_iovlen; ++part)
        sum += header.msg_iov[part].iov_len;
      bytes.push_back(sum);
    }
  }
  static std::size_t segment(const msghdr& header) {
    const cmsghdr* control = CMSG_FIRSTHDR(&header);
    if (control == nullptr) return 0;
    EXPECT_EQ(control->cmsg_level, IPPROTO_UDP);
    EXPECT_EQ(control->cmsg_type, UDP_SEGMENT);
    std::uint16_t size = 0;
    std::memcpy(&size, CMSG_DATA(control), sizeof size);
    return size;
  }

  OutgoingBatch batch{true};
  std::size_t taken;
  std::vector<std::size_t> counts, parts, segments, bytes;  // of each message
};

TEST(OutgoingBatch, OneSizeToOneDestinationIsOneMessage) {
  const Batch batch({datagram(100), datagram(100), datagram(100), datagram(100, bob), datagram(100),
                     datagram(100, ann_too), datagram(100, ann_too)});
  EXPECT_EQ(batch.taken, 7u);
  EXPECT_THAT(batch.counts, ElementsAre(3, 1, 1, 2));
  EXPECT_THAT(batch.segments, ElementsAre(100, 0, 0, 100));
  EXPECT_THAT(batch.bytes, ElementsAre(300, 100, 100, 200));
}

TEST(OutgoingBatch, OnlyTheLastMayBeSmaller) {
  const Batch batch({datagram(100), datagram(100), datagram(60), datagram(60), datagram(100),
                     datagram(0), datagram(0)});
  EXPECT_THAT(batch.counts, ElementsAre(3, 1, 1, 1, 1));
  EXPECT_THAT(batch.bytes, ElementsAre(260, 60, 100, 0, 0));
}

TEST(OutgoingBatch, AMessageHoldsWhatTheKernelTakes) {
  EXPECT_THAT(Batch(std::vector<Outgoing>(130, datagram(4))).counts, ElementsAre(64, 64, 2));
  EXPECT_THAT(Batch(std::vector<Outgoing>(100, datagram(1426))).counts, ElementsAre(45, 45, 10));
  EXPECT_THAT(Batch(std::vector<Outgoing>(2, datagram(65'507))).counts, ElementsAre(1, 1));
  EXPECT_THAT(Batch(std::vector<Outgoing>(2, datagram(70'000))).counts, ElementsAre(1, 1));
}

TEST(OutgoingBatch, WhatLiesTogetherIsOnePart) {
  EXPECT_THAT(Batch(contiguous(1426, 90)).parts, ElementsAre(1, 1));
  EXPECT_THAT(Batch(std::vector<Outgoing>(90, datagram(1426))).parts, ElementsAre(45, 45));
}

TEST(OutgoingBatch, TakesSomeWhenNotAllFit) {
  const Batch apart(std::vector<Outgoing>(5000, datagram(4)));
  EXPECT_THAT(apart.counts, Each(64));
  EXPECT_EQ(apart.taken, 64 * apart.counts.size());
  EXPECT_LT(apart.taken, 5000u);
  const Batch together(contiguous(100, 5000));
  EXPECT_EQ(together.taken, 64u * 64);
}

TEST(OutgoingBatch, WithoutMergingEachIsAMessage) {
  const Batch batch(contiguous(100, 100), false);
  EXPECT_EQ(batch.taken, DatagramSocket::batch);
  EXPECT_THAT(batch.counts, Each(1));
  EXPECT_THAT(batch.segments, Each(0));
}

TEST(OutgoingBatch, IsFilledAnew) {
  OutgoingBatch batch(true);
  const auto many = contiguous(100, 64);
  const std::vector one{datagram(9, bob)};
  batch.fill(many, true);
  EXPECT_EQ(batch.fill(one, true), 1u);
  ASSERT_EQ(batch.messages().size(), 1u);
  EXPECT_EQ(batch.messages()[0].msg_hdr.msg_control, nullptr);
  EXPECT_EQ(batch.messages()[0].msg_hdr.msg_iov->iov_len, 9u);
}

}  // namespace
}  // namespace swarm::udp
