// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The library component: defines what `library.h` declares.
#include "library.h"

#include <algorithm>

namespace exports::example::text::stats {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
/// Bytes that continue a character are not counted (UTF-8).
bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }
bool is_punctuation(char c) { return std::string_view(".,;:!?\"'()[]").find(c) != std::string_view::npos; }
char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

/// Calls `visit(word, offset)` for each run of characters between spaces.
template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (end > at) visit(text.substr(at, end - at), at);
    at = end + 1;
  }
}

class Counter final : public WordCounter {
 public:
  explicit Counter(Cleaning cleaning) : cleaning_(cleaning) {}

  std::uint32_t add(std::string_view text) override {
    std::uint32_t added = 0;
    for_each_word(text, [&](std::string_view word, std::size_t) {
      std::string cleaned = clean(word);
      if (cleaned.empty()) return;
      ++counts[std::move(cleaned)];
      ++added;
    });
    return added;
  }

  std::uint32_t count(Pattern pattern) override {
    std::uint32_t sum = 0;
    for (const auto& [word, count] : counts) {
      if (matches(pattern, word)) sum += count;
    }
    return sum;
  }

  std::vector<Frequency> top(std::uint32_t limit, Order order) override {
    std::vector<Frequency> all;
    for (const auto& [word, count] : counts) all.push_back({word, count});  // by word already
    if (order == Order::kByCount) {
      std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.count > b.count; });
    }
    if (all.size() > limit) all.resize(limit);
    return all;
  }

  std::map<std::string, std::uint32_t> counts;

 private:
  std::string clean(std::string_view word) const {
    if (cleaning_.has(Cleaning::kStripPunctuation)) {
      while (!word.empty() && is_punctuation(word.front())) word.remove_prefix(1);
      while (!word.empty() && is_punctuation(word.back())) word.remove_suffix(1);
    }
    std::string cleaned(word);
    if (cleaning_.has(Cleaning::kFoldCase)) std::transform(cleaned.begin(), cleaned.end(), cleaned.begin(), folded);
    return cleaned;
  }

  static bool matches(const Pattern& pattern, const std::string& word) {
    if (const auto* exactly = std::get_if<Pattern::Exactly>(&pattern.value)) return word == exactly->value;
    if (const auto* start = std::get_if<Pattern::StartsWith>(&pattern.value)) return word.starts_with(start->value);
    if (const auto* longer = std::get_if<Pattern::LongerThan>(&pattern.value)) return characters_in(word) > longer->value;
    return true;
  }

  Cleaning cleaning_;
};

}  // namespace

std::unique_ptr<WordCounter> WordCounter::create(Cleaning cleaning) { return std::make_unique<Counter>(cleaning); }

std::unique_ptr<WordCounter> WordCounter::merge(std::unique_ptr<WordCounter> a, std::unique_ptr<WordCounter> b) {
  for (const auto& [word, count] : static_cast<Counter&>(*b).counts) static_cast<Counter&>(*a).counts[word] += count;
  return a;
}

std::uint32_t common(WordCounter& a, WordCounter& b) {
  const auto& others = static_cast<Counter&>(b).counts;
  std::uint32_t both = 0;
  for (const auto& [word, _] : static_cast<Counter&>(a).counts) both += others.contains(word) ? 1 : 0;
  return both;
}

wit::expected<Summary, Error> summarize(std::string_view text) {
  if (text.empty()) return wit::unexpected<Error>({Error::EmptyText{}});
  Summary summary;
  summary.lines = 1;
  summary.characters = characters_in(text);
  std::size_t line_start = 0, looked_at = 0;
  for_each_word(text, [&](std::string_view word, std::size_t offset) {
    for (; looked_at < offset; ++looked_at) {
      if (text[looked_at] != '\n') continue;
      ++summary.lines;
      line_start = looked_at + 1;
    }
    ++summary.words;
    if (!summary.longest || characters_in(word) > characters_in(summary.longest->word)) {
      auto column = static_cast<std::uint32_t>(characters_in(text.substr(line_start, offset - line_start)));
      summary.longest = Place{std::string(word), summary.lines, column + 1};
    }
  });
  return summary;
}

}  // namespace exports::example::text::stats
