// Makes torrents of one file or of a folder, which tests change and parse.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/bencode.hpp"
#include "engine/wire/metainfo.hpp"

namespace swarm::torrents {

using testing::HasSubstr;
using wire::Bencode;
using List = Bencode::List;
using Dictionary = Bencode::Dictionary;

inline Bencode text(std::string_view text) {
  return std::string(text);
}

inline Bencode file(std::int64_t size, const std::vector<std::string>& path) {
  List parts;
  for (const auto& part : path) parts.emplace_back(part);
  return Dictionary{{"length", Bencode(size)}, {"path", Bencode(std::move(parts))}};
}

inline List parts_of(const std::vector<std::string>& path) {
  List parts;
  for (const auto& part : path) parts.emplace_back(part);
  return parts;
}

inline Bencode link(const std::vector<std::string>& path, const std::vector<std::string>& target) {
  return Dictionary{{"attr", text("l")},
                    {"length", Bencode(0)},
                    {"path", Bencode(parts_of(path))},
                    {"symlink path", Bencode(parts_of(target))}};
}

inline std::string hashes(std::size_t count) {
  return std::string(20 * count, 'h');
}

inline Dictionary one_file() {
  return {{"length", Bencode(10)},
          {"name", text("a.txt")},
          {"piece length", Bencode(4)},
          {"pieces", text(hashes(3))}};
}

inline Dictionary folder(List files, std::size_t chunks) {
  return {{"files", Bencode(std::move(files))},
          {"name", text("album")},
          {"piece length", Bencode(4)},
          {"pieces", text(hashes(chunks))}};
}

inline Dictionary folder_of(const std::vector<std::string>& path) {
  return folder({file(1, path)}, 1);
}

inline ParsedMetainfo parse(const Dictionary& info) {
  return parse_info(wire::to_bytes(Bencode(info)));
}

inline Dictionary with(Dictionary info, const std::string& key, Bencode value) {
  info.insert_or_assign(key, std::move(value));
  return info;
}

inline Dictionary without(Dictionary info, const std::string& key) {
  info.erase(key);
  return info;
}

inline void expect_refused(const ParsedMetainfo& parsed, const std::string& sentence) {
  ASSERT_FALSE(parsed.has_value()) << "should be refused: " << sentence;
  EXPECT_THAT(parsed.error(), HasSubstr(sentence));
}

inline Sha1Digest hash_of(std::uint8_t byte) {
  Sha1Digest hash;
  hash.bytes.fill(byte);
  return hash;
}

}  // namespace swarm::torrents
