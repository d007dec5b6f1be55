// The common parts of all pictures: files, frame (title on top, small print below), axes and
// colours. Pictures are drawn by gnuplot scripts. The functions here only write the scripts;
// write_plot.cpp runs gnuplot.
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
  std::string dash;  // gnuplot's dash type: lengths of line and gap, in line widths
};
LineStyle line_style(std::size_t number);  // the styles of the first thirty numbers all differ

struct Axis {
  bool logarithmic{};
  double low{}, high{};
  std::vector<double> ticks;

  // The position of a value on the axis, 0 to 1. A value beyond an end is drawn at that end.
  double fraction(double value) const;
};
// Logarithmic if the values span more than a factor of twenty; otherwise linear from zero.
Axis axis_for(double lowest, double highest);
// Like axis_for(). But if the values are closer to each other than to zero, the axis is linear from
// `lowest`.
Axis narrow_axis_for(double lowest, double highest);
Axis logarithmic_axis(double low, double high);
std::string axis_script(char axis, const Axis& range, bool labelled = true);

double ticks_width(const Axis& axis);  // width of the longest tick label in pixels

// A picture 800 wide and `height` high, in pixels of the SVG. The PNG is 1.5 times as large.
class Canvas {
 public:
  static constexpr int width = 800;

  Canvas(std::string name, int height, const std::string& title,
         const std::vector<std::string>& small_print);

  int height() const { return height_; }
  // The height of title and small print together.
  double frame_height() const { return height_ - (top() - bottom()); }
  // Graphs must lie between these heights, in pixels from the bottom of the picture.
  double bottom() const;
  double top() const;
  // The commands `set lmargin ...` that put a graph into this rectangle.
  std::string margins(double left, double right, double bottom, double top) const;
  // Pixels as a fraction of the picture's width or height.
  double x(double pixels) const { return pixels / width; }
  double y(double pixels) const { return pixels / height_; }

  // The command `set label ...` for a text at this place. `style`: gnuplot's options for labels.
  std::string text(double x, double y, const std::string& quoted_text,
                   const std::string& style) const;
  // Commands that write the name of an axis as a label at a fixed place, because gnuplot's
  // terminals place names of axes differently.
  std::string x_name(double left, double right, double bottom, const std::string& name) const;
  std::string y_name(double bottom, double top, const std::string& name) const;

  // The whole script. `body`: the commands that draw the graphs. Each graph must begin with
  // reset_graph().
  Plot plot(const std::string& body, std::string csv) const;

 private:
  std::string frame() const;

  std::string name_;
  int height_{};
  std::vector<std::string> title_, small_print_;
};

// The commands that make gnuplot forget the previous graph.
std::string reset_graph();
// quoted_name() quotes a file name for gnuplot. quoted() quotes a text that is shown. It escapes
// characters like _ and ^, so that gnuplot shows them unchanged.
std::string quoted_name(const std::string& name);
std::string quoted(const std::string& text);
std::string quoted_bold(const std::string& text);
// The approximate width of a text in pixels, at the size of axis labels (12).
double text_width(const std::string& text);

}  // namespace swarm::observe
