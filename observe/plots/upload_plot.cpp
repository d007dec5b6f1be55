#include "observe/plots/upload_plot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "observe/plots/plot_text.hpp"

namespace swarm::observe {
namespace {

std::vector<PeerLine> by_volume(std::vector<PeerLine> peers) {
  std::stable_sort(peers.begin(), peers.end(), [](const PeerLine& a, const PeerLine& b) {
    return a.sent_times() > b.sent_times();
  });
  return peers;
}

// The groups of the peers, each once, in the order of `peers`.
std::vector<std::string> groups_of(const std::vector<PeerLine>& peers) {
  std::vector<std::string> groups;
  for (const auto& peer : peers)
    if (std::find(groups.begin(), groups.end(), peer.group) == groups.end())
      groups.push_back(peer.group);
  return groups;
}

// sent_times() of each peer for which `is` returns true, ascending.
template <class Is>
std::vector<double> times_of(const std::vector<PeerLine>& peers, Is is) {
  std::vector<double> times;
  for (const auto& peer : peers)
    if (is(peer)) times.push_back(peer.sent_times());
  std::sort(times.begin(), times.end());
  return times;
}

double median(const std::vector<double>& ascending) {
  return ascending.empty() ? 0 : ascending[(ascending.size() - 1) / 2];
}

double sum(const std::vector<double>& values) {
  double all = 0;
  for (const double value : values) all += value;
  return all;
}

std::string times_text(double times) {
  return times < 0.095 && times > 0 ? fmt::format("{:.2f}", times) : fmt::format("{:.1f}", times);
}

std::string csv_of(const std::vector<PeerLine>& peers) {
  std::string csv = "rank,group,peer,times\n";
  for (std::size_t i = 0; i < peers.size(); ++i)
    csv += fmt::format("{},{},{},{:.4f}\n", i + 1, csv_cell(peers[i].group),
                       csv_cell(peers[i].peer), peers[i].sent_times());
  return csv;
}

}  // namespace

std::string finding(const UploadFigure& figure) {
  const auto had = times_of(figure.peers, [](const PeerLine& peer) { return !peer.fetches(); });
  const auto fetched = times_of(figure.peers, [](const PeerLine& peer) { return peer.fetches(); });
  const double all = sum(had) + sum(fetched);
  if (all <= 0) return "Nobody sent anything";
  const auto half = fetched.size() == 1
                        ? fmt::format("the one who fetches sends {}", times_text(fetched.front()))
                        : fmt::format("half of the {} who fetch send {} or less", fetched.size(),
                                      times_text(median(fetched)));
  if (had.empty()) return fmt::format("Nobody had all at first; {} times the content", half);
  const auto who = had.size() == 1 ? std::string("Who fetches nothing sends")
                                   : fmt::format("The {} who fetch nothing send", had.size());
  return fmt::format("{} {} times the content, {:.0f} % of all; {}", who, times_text(sum(had)),
                     100 * sum(had) / all, half);
}

Plot upload_plot(const UploadFigure& figure) {
  const auto peers = by_volume(figure.peers);
  const auto groups = groups_of(figure.peers);
  const Canvas canvas(figure.name, 420, finding(figure), figure.small_print);
  const double highest = peers.empty() ? 1 : std::max(peers.front().sent_times(), 0.1);
  const auto axis = axis_for(highest / 10, highest);  // the axis begins at zero
  const double left = std::max(66.0, 40 + ticks_width(axis)), right = Canvas::width - 20,
               bottom = canvas.bottom() + 56, top = canvas.top() - 10;
  auto body = reset_graph() + canvas.margins(left, right, bottom, top) + axis_script('y', axis);
  body += fmt::format(
      "set xrange [0:{}]\nset xtics scale 0\nset boxwidth {} absolute\n"
      "set style fill solid 0.85 noborder\n",
      peers.size() + 1, peers.size() > 150 ? 1.0 : 0.8);
  body += fmt::format("set grid ytics linetype 1 linewidth 0.6 linecolor rgb '{}'\n", light_grey);
  body += canvas.x_name(left, right, bottom, "peers, in the order of what they sent") +
          canvas.y_name(bottom, top, "sent, times the content");
  std::string bars;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto colour = line_style(i).colour;
    body += canvas.text(right - 8, top - 16 - 18 * static_cast<double>(i), quoted(groups[i]),
                        fmt::format("right textcolor rgb '{}'", colour));
    bars += fmt::format(
        "{}'{}.csv' using (strcol(2) eq {} ? $1 : NaN):4 with boxes linecolor rgb "
        "'{}'",
        i == 0 ? "" : ", \\\n     ", figure.name, quoted_name(groups[i]), colour);
  }
  return canvas.plot(body + "plot " + (bars.empty() ? "NaN" : bars) + "\n", csv_of(peers));
}

std::string ascii_uploads(const UploadFigure& figure, std::size_t columns) {
  std::string text;
  for (const auto& line : wrapped(finding(figure), columns)) text += line + '\n';
  const auto groups = groups_of(figure.peers);
  double most = 0;
  std::size_t widest = 5;
  for (const auto& peer : figure.peers) most = std::max(most, peer.sent_times());
  for (const auto& group : groups) widest = std::max(widest, width_of(group));
  const auto room = std::max<std::size_t>(columns, 40 + widest) - widest - 30;
  for (const auto& group : groups) {
    const auto times =
        times_of(figure.peers, [&](const PeerLine& peer) { return peer.group == group; });
    const auto length = most > 0 ? times.back() / most * static_cast<double>(room) : 0;
    text +=
        fmt::format("  {}{} median {:>5} most {:>5} |{}\n", group,
                    std::string(widest - width_of(group), ' '), times_text(median(times)),
                    times_text(times.back()), std::string(static_cast<std::size_t>(length), '='));
  }
  return text + '\n';
}

}  // namespace swarm::observe
