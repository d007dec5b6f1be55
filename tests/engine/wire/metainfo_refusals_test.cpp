// What parse_metainfo refuses, and with which sentence.
#include "engine/wire/metainfo.hpp"

#include <gtest/gtest.h>

#include "engine/wire/bencode.hpp"
#include "tests/engine/wire/torrents.hpp"

namespace swarm::torrents {
namespace {

TEST(Metainfo, RefusesWhatIsNoTorrent) {
  expect_refused(parse_metainfo({}), "it is no bencoded data");
  const std::string html = "<html>";
  expect_refused(parse_metainfo({reinterpret_cast<const std::uint8_t*>(html.data()), html.size()}),
                 "it is no bencoded data: no value begins with this byte (byte 0)");
  expect_refused(parse_metainfo(wire::to_bytes(List{})), "it has no info dictionary");
  expect_refused(parse_metainfo(wire::to_bytes(Dictionary{{"announce", text("x")}})),
                 "it has no info dictionary");
  expect_refused(parse_metainfo(wire::to_bytes(Dictionary{{"info", text("x")}})),
                 "the info of it is no dictionary");
  expect_refused(parse_info(wire::to_bytes(List{})), "the info of it is no dictionary");
  expect_refused(parse_info({}), "it is no bencoded data");
}

TEST(Metainfo, RefusesWhatLacksAKeyOrHasItOfAnotherKind) {
  expect_refused(parse(without(one_file(), "name")), "lacks the name");
  expect_refused(parse(with(one_file(), "name", 3)), "lacks the name");
  for (const char* key : {"piece length", "pieces"}) {
    expect_refused(parse(without(one_file(), key)), "lacks the chunk size");
    expect_refused(parse(with(one_file(), key, List{})), "lacks the chunk size");
  }
  expect_refused(parse(without(one_file(), "length")), "either one file");
  expect_refused(parse(with(one_file(), "files", List{})), "either one file");
  expect_refused(parse(with(one_file(), "length", text("10"))), "is missing or below 0");
  expect_refused(parse(with(one_file(), "length", Bencode(-10))), "is missing or below 0");
  expect_refused(parse(folder({}, 1)), "its list of files is empty");
  expect_refused(parse(with(folder({}, 1), "files", text("x"))), "its list of files is empty");
}

TEST(Metainfo, RefusesFilesOfAnotherForm) {
  expect_refused(parse(folder({text("x")}, 1)), "its file 1 has no path");
  expect_refused(parse(folder({file(1, {"a"}), file(1, {})}, 1)), "its file 2 has no path");
  expect_refused(parse(folder({Dictionary{{"length", Bencode(1)}}}, 1)), "its file 1 has no path");
  expect_refused(parse(folder({Dictionary{{"length", Bencode(1)}, {"path", text("a")}}}, 1)),
                 "its file 1 has no path");
  expect_refused(parse(folder({Dictionary{{"length", Bencode(1)}, {"path", List{Bencode(1)}}}}, 1)),
                 "in the path of its file 1 the name \"\" is no name of a file");
  expect_refused(parse(folder({file(-1, {"a"})}, 1)), "the size of its file \"album/a\"");
  expect_refused(parse(folder({Dictionary{{"path", List{text("a")}}}}, 1)),
                 "the size of its file \"album/a\"");
}

TEST(Metainfo, RefusalsCanBeShownOnATerminal) {
  const std::string nasty = "\x1b[2J\n" + std::string(500, 'x');
  for (const auto& info :
       {with(one_file(), "name", text("/" + nasty)), with(one_file(), "name", text(nasty)),
        folder_of({nasty}), folder({file(1, {"a"}), link({"b"}, {"..", nasty})}, 1)}) {
    const auto parsed = parse(info);
    ASSERT_FALSE(parsed.has_value());
    EXPECT_EQ(parsed.error().find_first_of("\x1b\n"), std::string::npos);
    EXPECT_LT(parsed.error().size(), 200U);
  }
}

TEST(Metainfo, RefusesChunkSizesOutOfRange) {
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{-4}, std::int64_t{67'108'865},
                                  std::int64_t{1} << 32, (std::int64_t{1} << 32) + 4})
    expect_refused(parse(with(one_file(), "piece length", size)), "its chunk size is");
}

TEST(Metainfo, RefusesHashesThatDoNotFitTheSize) {
  expect_refused(parse(with(one_file(), "pieces", text(std::string(3 * 20 + 1, 'h')))),
                 "no multiple of 20");
  expect_refused(parse(with(one_file(), "pieces", text(hashes(2)))),
                 "10 bytes in chunks of 4 need 3 hashes, and it has 2");
  expect_refused(parse(with(one_file(), "pieces", text(hashes(4)))), "need 3 hashes");
  expect_refused(parse(with(one_file(), "pieces", text(""))), "need 3 hashes");
}

TEST(Metainfo, RefusesSizesThatOverflow) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  expect_refused(parse(with(one_file(), "length", most)), "need 2305843009213693952 hashes");
  expect_refused(parse(folder({file(most, {"a"}), file(1, {"b"})}, 1)), "larger than any disk");
  expect_refused(parse(folder({file(most, {"a"}), file(most, {"b"}), file(12, {"c"})}, 3)),
                 "larger than any disk");
}

TEST(Metainfo, RefusesAContentWithoutBytes) {
  expect_refused(parse(with(with(one_file(), "length", 0), "pieces", text(""))), "holds no bytes");
  expect_refused(parse(folder({file(0, {"a"}), file(0, {"b"})}, 0)), "holds no bytes");
}

TEST(Metainfo, RefusesVersion2Alone) {
  const auto info = without(with(one_file(), "meta version", Bencode(2)), "pieces");
  expect_refused(parse(info), "version 2 of the format only");
  expect_refused(parse(without(info, "length")), "version 2 of the format only");
}

TEST(Metainfo, RefusesAnInfoThatIsTooLong) {
  const auto info = with(one_file(), "source", text(std::string(longest_info, 'x')));
  expect_refused(parse(info), "33554432 are possible at most");
  const std::size_t rest = wire::to_bytes(Bencode(info)).size() - longest_info;
  const auto longest = with(one_file(), "source", text(std::string(longest_info - rest, 'x')));
  EXPECT_EQ(wire::to_bytes(Bencode(longest)).size(), longest_info);
  EXPECT_TRUE(parse(longest).has_value());
}

}  // namespace
}  // namespace swarm::torrents
