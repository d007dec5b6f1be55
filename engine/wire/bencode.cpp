#include "engine/wire/bencode.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace swarm::wire {
namespace {

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Never throws. After the first error it reads each value as 0, and ends each list or dictionary.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Bencode whole(Trailing trailing) {
    Bencode value = this->value(1);
    if (!error_ && trailing == Trailing::refused && at_ < text_.size())
      fail(fmt::format("{} bytes follow the value", text_.size() - at_));
    return value;
  }
  const std::optional<BencodeError>& error() const { return error_; }

 private:
  Bencode value(int level) {
    if (++values_ > Bencode::most_values)
      return fail(fmt::format("more than {} values", Bencode::most_values));
    const char kind = peek();
    if (is_digit(kind)) return std::string(string());
    if (kind == 'i') return integer();
    if (kind != 'l' && kind != 'd') return fail(no_value());
    if (level > Bencode::deepest)
      return fail(fmt::format("more than {} levels of lists", Bencode::deepest));
    ++at_;
    return kind == 'l' ? Bencode(list(level)) : Bencode(dictionary(level));
  }

  Bencode::List list(int level) {
    Bencode::List items;
    while (!error_ && peek() != 'e') items.push_back(value(level + 1));
    ++at_;
    return items;
  }

  Bencode::Dictionary dictionary(int level) {
    Bencode::Dictionary items;
    while (!error_ && peek() != 'e') {
      const std::size_t begin = at_;
      const std::string_view key = string();
      if (error_) break;
      const auto [item, is_new] = items.try_emplace(std::string(key));
      if (is_new)
        item->second = value(level + 1);
      else
        fail("a key comes twice in its dictionary, and programs differ in which one holds", begin);
    }
    ++at_;
    return items;
  }

  std::int64_t integer() {
    const std::size_t begin = at_++;
    const bool negative = peek() == '-';
    const auto number = this->number<std::int64_t>(at_ + (negative ? 1 : 0), 'e');
    if (number) return *number;
    fail("a number that is not written as i42e, or does not fit 64 bits", begin);
    return 0;
  }

  std::string_view string() {
    const std::size_t begin = at_;
    const auto size = number<std::uint64_t>(at_, ':');
    if (!size || *size > text_.size() - at_) {
      fail(size ? fmt::format("a string of {} bytes, and {} are left", *size, text_.size() - at_)
                : "a string must begin with its length and ':'",
           begin);
      return {};
    }
    const auto string = text_.substr(at_, *size);
    at_ += *size;
    return string;
  }

  // Reads a number at at_, and the byte `end` after it. `digits` is the index of the first digit,
  // which comes after the sign if there is one.
  template <class Number>
  std::optional<Number> number(std::size_t digits, char end) {
    const char* const last = text_.data() + text_.size();
    const char* const first = text_.data() + digits;
    if (first >= last || !is_digit(*first)) return {};
    Number number{};
    const auto [rest, code] = std::from_chars(text_.data() + at_, last, number);
    if (code != std::errc() || rest == last || *rest != end) return {};
    at_ = static_cast<std::size_t>(rest - text_.data()) + 1;
    return number;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  std::string no_value() const {
    return at_ < text_.size() ? "no value begins with this byte" : "it ends where a value must be";
  }
  Bencode fail(std::string sentence) { return fail(std::move(sentence), at_), Bencode(); }
  void fail(std::string sentence, std::size_t at) {
    if (!error_) error_ = BencodeError{at, std::move(sentence)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t values_ = 0;
  std::optional<BencodeError> error_;
};

void append(std::vector<std::uint8_t>& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

void append_string(std::vector<std::uint8_t>& out, std::string_view text) {
  append(out, fmt::format("{}:", text.size()));
  append(out, text);
}

void append_value(std::vector<std::uint8_t>& out, const Bencode& value) {
  if (const auto* number = value.number()) return append(out, fmt::format("i{}e", *number));
  if (const auto* text = value.text()) return append_string(out, *text);
  if (const auto* list = value.list()) {
    append(out, "l");
    for (const auto& item : *list) append_value(out, item);
  } else {
    append(out, "d");
    for (const auto& [key, item] : *value.dictionary()) {
      append_string(out, key);
      append_value(out, item);
    }
  }
  append(out, "e");
}

// The functions below need valid bencode. They return the string that begins at `at`, or the index
// behind the string or value that begins at `at`.
std::string_view string_at(std::string_view text, std::size_t at) {
  const std::size_t colon = text.find(':', at);
  std::size_t size = 0;
  std::from_chars(text.data() + at, text.data() + colon, size);
  return text.substr(colon + 1, size);
}

std::size_t end_of_string(std::string_view text, std::size_t at) {
  const auto string = string_at(text, at);
  return static_cast<std::size_t>(string.data() - text.data()) + string.size();
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
  int level = 0;
  do {
    const char kind = text[at];
    if (is_digit(kind)) {
      at = end_of_string(text, at);
    } else if (kind == 'i') {
      at = text.find('e', at) + 1;
    } else {
      level += kind == 'e' ? -1 : 1;
      ++at;
    }
  } while (level > 0);
  return at;
}

}  // namespace

const Bencode* Bencode::find(std::string_view key) const {
  const auto* items = dictionary();
  if (items == nullptr) return nullptr;
  const auto found = items->find(key);
  return found == items->end() ? nullptr : &found->second;
}

tl::expected<Bencode, BencodeError> parse_bencode(Bytes bytes, Trailing trailing) {
  Parser parser(text_of(bytes));
  Bencode value = parser.whole(trailing);
  if (parser.error()) return tl::unexpected(*parser.error());
  return value;
}

std::vector<std::uint8_t> to_bytes(const Bencode& value) {
  std::vector<std::uint8_t> out;
  append_value(out, value);
  return out;
}

Bytes raw_value(Bytes bytes, std::string_view key) {
  const auto text = text_of(bytes);
  if (!text.starts_with('d')) return {};
  for (std::size_t at = 1; text[at] != 'e';) {
    const std::size_t begin = end_of_string(text, at);
    const std::size_t end = end_of_value(text, begin);
    if (string_at(text, at) == key) return bytes.subspan(begin, end - begin);
    at = end;
  }
  return {};
}

}  // namespace swarm::wire
