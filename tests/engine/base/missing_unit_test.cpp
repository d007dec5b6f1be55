#include "engine/base/missing_unit.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/base/quantity.hpp"
#include "engine/tracker/settings_keys.hpp"

namespace swarm {
namespace {

std::string of_key(std::string_view name, std::string_view text) {
  TrackerSettings settings;
  for (const auto& key : tracker_settings_keys())
    if (key.name == name) {
      const auto set = set_tracker_setting(settings, key, text);
      return set ? "taken" : set.error();
    }
  return "no such key";
}

std::string said(const std::string& text, const std::string& meant) {
  return "`" + text + "` has no unit, write " + meant + " (ns, us, ms, s, min, h)";
}

TEST(MissingUnit, TheOneIsNamedThatComesNearerToTheDefault) {
  EXPECT_EQ(missing_unit("80", 0s, 60s, 10ms), said("80", "80ms"));
  EXPECT_EQ(missing_unit("60", 1ms, 10'000h, 10s), said("60", "60s"));
  EXPECT_EQ(missing_unit("-5..5", -10s, 10s, 1ms), said("-5..5", "-5..5ms"));
  EXPECT_EQ(missing_unit("0.3", 0s, 60s, 300us), said("0.3", "0.3ms"));
}

TEST(MissingUnit, NoneIsNamedThatTheKeyWouldRefuse) {
  EXPECT_EQ(missing_unit("4", 0s, 10s), said("4", "4s"));
  EXPECT_EQ(missing_unit("500", 0s, 10s), said("500", "500ms"));
  EXPECT_EQ(missing_unit("20", 10s, 24h, 1ms), said("20", "20s"));
}

TEST(MissingUnit, OfWhatIsNoNumberNothingIsSaid) {
  for (const auto* text : {"", "x", "5ms", "1..2s", "..", "5..", "..5", "-", "1,000", "1e3",
                           "99999999999999999999999"})
    EXPECT_FALSE(missing_unit(text, 0s, 10s, 1s)) << text;
}

// As scenarios and the tracker's configuration read them.
TEST(MissingUnit, OfASettingItIsLikeItsDefault) {
  EXPECT_EQ(of_key("keep_alive", "80"), said("80", "80ms"));
  EXPECT_EQ(of_key("promise", "300"), said("300", "300ms"));
  EXPECT_EQ(of_key("drawn", "12..24"), said("12..24", "12..24ms"));
  EXPECT_EQ(of_key("client_interval", "900"), said("900", "900s"));
  EXPECT_EQ(of_key("announce_interval", "120"), said("120", "120s"));
}

}  // namespace
}  // namespace swarm
