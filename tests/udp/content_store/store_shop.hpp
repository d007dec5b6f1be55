// A content store for tests. A test may wait for each request, or make several at once.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/udp/content_store/made_content.hpp"
#include "tests/udp/run_until.hpp"
#include "transport/udp/content_store/content_store.hpp"

namespace swarm::udp {

// A store and its reports.
class Shop {
 public:
  explicit Shop(const std::filesystem::path& state)
      : store(io, state, [this](StoreReport report) { reports.push_back(std::move(report)); }) {}

  std::uint64_t request(StoreRequest::Kind kind, const MadeContent& content,
                        std::uint32_t chunk = 0) {
    const auto bytes = kind == StoreRequest::Kind::write ? content.chunk(chunk) : nullptr;
    return request(kind, content, chunk, bytes);
  }
  std::uint64_t request(StoreRequest::Kind kind, const MadeContent& content, std::uint32_t chunk,
                        ChunkBytes bytes) {
    store.request({.kind = kind,
                   .ticket = ++last_ticket,
                   .content = content.metainfo->info_hash,
                   .chunk = chunk,
                   .metainfo = kind == StoreRequest::Kind::open ? content.metainfo : nullptr,
                   .bytes = std::move(bytes)});
    return last_ticket;
  }
  template <class... Arguments>
  StoreReport done(Arguments&&... arguments) {
    const std::uint64_t ticket = request(std::forward<Arguments>(arguments)...);
    await_all();
    for (const auto& report : reports)
      if (report.ticket == ticket) return report;
    ADD_FAILURE() << "no report";
    return {};
  }
  StoreReport open(const MadeContent& content, const std::filesystem::path& directory,
                   Purpose purpose = Purpose::fetch) {
    store.place(content.metainfo->info_hash, directory, purpose);
    return done(StoreRequest::Kind::open, content);
  }
  void write(const MadeContent& content, std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t i = from; i < to; ++i) request(StoreRequest::Kind::write, content, i);
    await_all();
  }
  // Checks the doubtful chunks and returns those that are right.
  Bitmap check(const MadeContent& content, const Bitmap& doubtful) {
    Bitmap right(doubtful.size());
    doubtful.for_each([&](std::uint32_t i) {
      if (done(StoreRequest::Kind::check, content, i).outcome == StoreReport::Outcome::done)
        right.set(i);
    });
    return right;
  }
  void await_all() {
    ASSERT_TRUE(
        run_until(io, [this] { return store.under_way() == 0 && store.uncommitted() == 0; }));
  }
  std::string failure(const MadeContent& content) const {
    return store.failure(content.metainfo->info_hash);
  }

  asio::io_context io;
  std::vector<StoreReport> reports;
  std::uint64_t last_ticket = 0;
  ContentStore store;
};

}  // namespace swarm::udp
