// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The command component: an ordinary program, whose library happens to be another component.
#include "report.h"

#include <cstdio>
#include <string>

using namespace example::text;

namespace {

constexpr const char* kSample =
    "A component has no memory in common with another.\n"
    "What it gives, it gives by value: a string, a list, a record;\n"
    "what it lends, it lends by handle.\n";

void print_summary(const std::string& text) {
  wit::expected<stats::Summary, stats::Error> summary = stats::summarize(text);
  if (!summary) {
    std::printf("nothing to report: the text is empty\n");
    return;
  }
  std::printf("%u lines, %u words, %llu characters\n", summary->lines, summary->words,
              static_cast<unsigned long long>(summary->characters));
  if (const auto& longest = summary->longest) {
    std::printf("longest word: %s (%u:%u)\n", longest->word.c_str(), longest->line, longest->column);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> texts(argv + 1, argv + argc);
  if (texts.empty()) texts.emplace_back(kSample);

  using stats::Cleaning;
  using stats::Pattern;
  stats::WordCounter all(Cleaning::kFoldCase | Cleaning::kStripPunctuation);
  for (const std::string& text : texts) {
    print_summary(text);
    stats::WordCounter one(Cleaning::kFoldCase | Cleaning::kStripPunctuation);
    one.add(text);
    std::printf("words seen before: %u\n", stats::common(all, one));
    all = stats::WordCounter::merge(std::move(all), std::move(one));
  }

  std::printf("\n");
  for (const stats::Frequency& frequency : all.top(5, stats::Order::kByCount)) {
    std::printf("%4u %s\n", frequency.count, frequency.word.c_str());
  }
  std::printf("\n%u words in all, %u of them longer than five letters, %u begin with `th`\n", all.count({Pattern::Any{}}),
              all.count({Pattern::LongerThan{5}}), all.count({Pattern::StartsWith{"th"}}));
  return 0;
}
