#include "transport/udp/system/text_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tests/engine/db/temporary_directory.hpp"
#include "transport/udp/configuration/configuration.hpp"

namespace swarm::udp {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

constexpr std::size_t most = 1000;

std::string write(const TemporaryDirectory& folder, const char* name, const std::string& text) {
  std::ofstream(folder / name) << text;
  return folder / name;
}

TEST(TextFile, IsReadWholeUpToABound) {
  const TemporaryDirectory folder;
  EXPECT_EQ(read_text_file(write(folder, "file", std::string(most, 'x')), most),
            std::string(most, 'x'));
  EXPECT_EQ(read_text_file(write(folder, "file", std::string(most + 1, 'x')), most).error(), EFBIG);
  EXPECT_EQ(read_text_file(folder / "none", most).error(), ENOENT);
  EXPECT_EQ(read_text_file(folder / ".", most).error(), EISDIR);
  EXPECT_EQ(read_text_file("/dev/null", most), "");
}

// Whoever opens a pipe waits until somebody writes to it; this test would never end.
TEST(TextFile, WhatIsNoFileIsRefusedWithoutWaiting) {
  const TemporaryDirectory folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(read_text_file(pipe, most).error(), not_a_file);
  ASSERT_EQ(::symlink(pipe.c_str(), (folder / "link").c_str()), 0);
  EXPECT_EQ(read_text_file(folder / "link", most).error(), not_a_file);
  EXPECT_EQ(read_text_file("/dev/zero", most).error(), not_a_file);

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string socket = folder / "socket";
  ASSERT_LT(socket.size(), sizeof address.sun_path);
  std::strcpy(address.sun_path, socket.c_str());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(read_text_file(socket, most).error(), not_a_file);
  ::close(listener);
}

std::string error_of(const std::string& text, bool resolved) {
  try {
    auto c = parse_configuration(text, "a.conf");
    if (resolved) resolve(c);
    return "none";
  } catch (const ConfigurationError& error) {
    return error.what();
  }
}

TEST(TextFile, APipeIsNoListAndNoSecret) {
  const TemporaryDirectory folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto sentence = pipe + ": cannot be read: it is a pipe, a socket or a device; name a " +
                        "regular file, which can be read again";
  for (const std::string key : {"allow-list", "deny-list", "secret-file"})
    EXPECT_THAT(error_of("interface = lo\n" + key + " = " + pipe + "\n", true), EndsWith(sentence));
  EXPECT_THROW(read_configuration({"--config", pipe}, {}), ConfigurationError);
}

TEST(TextFile, TheConfigurationMayHaveAByteOrderMark) {
  EXPECT_EQ(error_of("\xEF\xBB\xBFpeers-port = 7\r\n", false), "none");
  EXPECT_EQ(error_of(std::string("\xFF\xFEp\0", 4), false),
            "a.conf: it begins with the byte order mark of UTF-16: save it as UTF-8, or as plain "
            "text");
}

// It always was a part of it: taken away, it would part this host from those of the version before.
TEST(TextFile, AByteOrderMarkIsAPartOfASecretAndWarnedOf) {
  const TemporaryDirectory folder;
  const std::string secret = "the secret of this swarm";
  const auto file = write(folder, "secret", "\xEF\xBB\xBF" + secret + "\n");
  ::chmod(file.c_str(), 0600);
  auto marked = parse_configuration("interface = lo\nsecret-file = " + file, "a.conf");
  EXPECT_THAT(resolve(marked), ElementsAre(HasSubstr("byte order mark, which is a part of the")));
  auto plain = parse_configuration("interface = lo\nsecret = " + secret, "a.conf");
  resolve(plain);
  EXPECT_NE(marked.tracker.swarm_secret, plain.tracker.swarm_secret);
}

}  // namespace
}  // namespace swarm::udp
