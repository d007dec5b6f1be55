// What all pictures have in common: files, frame (title on top, small print below), axes and
// colours. The scripts are for gnuplot. Here they are only text; write_plot.cpp runs gnuplot.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace swarm::observe {

// NAME.gp draws NAME.svg and NAME.png from NAME.csv, all in one folder.
struct Plot {
  std::string name;
  std::string csv;
  std::string script;
};

// The palette of Okabe and Ito, which colour-blind readers can tell apart. Black is for references.
inline constexpr auto black = "#000000";
inline constexpr auto grey = "#666666";
inline constexpr auto light_grey = "#e4e4e4";
struct LineStyle {
  std::string colour;
  std::string dash;  // gnuplot's: lengths of line and gap, in line widths
};
LineStyle line_style(std::size_t number);  // the first thirty all differ

struct Axis {
  bool logarithmic{};
  double low{}, high{};
  std::vector<double> ticks;

  double fraction(double value) const;  // position on the axis, 0..1; values outside are at an end
};
// Logarithmic if the values span more than a factor of twenty.
Axis axis_for(double lowest, double highest);
// Like axis_for(). But the axis begins at the lowest value if zero is further from the values than
// they are from each other.
Axis narrow_axis_for(double lowest, double highest);
Axis logarithmic_axis(double low, double high);
std::string axis_script(char axis, const Axis& range, bool labelled = true);

double ticks_width(const Axis& axis);  // pixels of the longest label

// A picture 800 wide and `height` high, in pixels of the SVG. The PNG is 1.5 times as large.
class Canvas {
 public:
  static constexpr int width = 800;

  Canvas(std::string name, int height, const std::string& title,
         const std::vector<std::string>& small_print);

  int height() const { return height_; }
  // The height that title and small print take.
  double frame_height() const { return height_ - (top() - bottom()); }
  // In pixels from the bottom: where graphs may begin, and where they must end.
  double bottom() const;
  double top() const;
  // `set lmargin ...` for a graph in this rectangle.
  std::string margins(double left, double right, double bottom, double top) const;
  double x(double pixels) const { return pixels / width; }
  double y(double pixels) const { return pixels / height_; }

  // `set label ...` at this place; the style is gnuplot's.
  std::string text(double x, double y, const std::string& quoted_text,
                   const std::string& style) const;
  // The names of axes, as labels at fixed places, because gnuplot's terminals place axis names
  // differently.
  std::string x_name(double left, double right, double bottom, const std::string& name) const;
  std::string y_name(double bottom, double top, const std::string& name) const;

  // The whole script. `body` draws the graphs; each graph begins with reset_graph().
  Plot plot(const std::string& body, std::string csv) const;

 private:
  std::string frame() const;

  std::string name_;
  int height_{};
  std::vector<std::string> title_, small_print_;
};

// The commands that make gnuplot forget the previous graph.
std::string reset_graph();
// quoted_name() quotes a file's name for gnuplot. quoted() quotes a text to be shown, in which _
// and ^ stand for themselves.
std::string quoted_name(const std::string& name);
std::string quoted(const std::string& text);
std::string quoted_bold(const std::string& text);
// The approximate width of a text in pixels, at the size of axis labels (12).
double text_width(const std::string& text);

}  // namespace swarm::observe
