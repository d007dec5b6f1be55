// What every picture has in common: its files, its frame (a title on top, small print below), its
// axes, its colours. Scripts are gnuplot's; they are text here, gnuplot itself is plots.cpp's.
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

// Okabe and Ito's palette, which colour-blind readers can tell apart; black is for references.
inline constexpr auto black = "#000000";
inline constexpr auto grey = "#666666";
inline constexpr auto light_grey = "#e4e4e4";
struct LineStyle {
  std::string colour;
  std::string dash;  // gnuplot's: lengths of line and gap, in line widths
};
LineStyle line_style(std::size_t number);  // no two of the first thirty are alike

struct Axis {
  bool logarithmic{};
  double low{}, high{};
  std::vector<double> ticks;

  double fraction(double value) const;  // where on the axis, 0..1; what lies outside is at its end
};
// Logarithmic where the values span more than a factor of twenty.
Axis axis_for(double lowest, double highest);
// The same, but it begins where the values do, if zero is further from them than they are apart.
Axis narrow_axis_for(double lowest, double highest);
Axis logarithmic_axis(double low, double high);
std::string axis_script(char axis, const Axis& range, bool labelled = true);

double ticks_width(const Axis& axis);  // pixels, of the longest label

// A picture 800 wide and `height` high, in pixels of the SVG; the PNG has half as many again.
class Canvas {
 public:
  static constexpr int width = 800;

  Canvas(std::string name, int height, const std::string& title,
         const std::vector<std::string>& small_print);

  int height() const { return height_; }
  // What title and small print take of any height.
  double frame_height() const { return height_ - (top() - bottom()); }
  // Pixels from the bottom: where the graphs may begin and must end.
  double bottom() const;
  double top() const;
  // `set lmargin ...` for a graph in this rectangle.
  std::string margins(double left, double right, double bottom, double top) const;
  double x(double pixels) const { return pixels / width; }
  double y(double pixels) const { return pixels / height_; }

  // `set label ...` at this place; the style is gnuplot's.
  std::string text(double x, double y, const std::string& quoted_text,
                   const std::string& style) const;
  // Names of axes, at places of their own: terminals do not agree where theirs would be.
  std::string x_name(double left, double right, double bottom, const std::string& name) const;
  std::string y_name(double bottom, double top, const std::string& name) const;

  // The whole script; `body` draws the graphs, each one beginning with `reset_graph`.
  Plot plot(const std::string& body, std::string csv) const;

 private:
  std::string frame() const;

  std::string name_;
  int height_{};
  std::vector<std::string> title_, small_print_;
};

// What makes a graph forget the one before it.
std::string reset_graph();
// A name of a file, quoted for gnuplot; a text to be shown, in which _ and ^ mean themselves.
std::string quoted_name(const std::string& name);
std::string quoted(const std::string& text);
std::string quoted_bold(const std::string& text);
// Pixels that a text is wide at the size of axis labels (12), roughly.
double text_width(const std::string& text);

}  // namespace swarm::observe
