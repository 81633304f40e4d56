// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Causes of the corpus's error messages, and ours for them (tests/new/cause.h).
#include "tests/new/cause.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace witc {
namespace {

struct Cause {
  std::string_view theirs, ours;
};
constexpr Cause kCauses[] = {
    {"type mismatch for function", "has the wrong signature"},
    {"failed to find export of", "which the module does not"},
    {"missing callback for", "has no callback"},
    {"no top-level imported function", "which its world does not import"},
    {"module requires an import interface", "which its world does not import"},
    {"is only allowed to import functions", "which is not a function"},
    {"does not export a memory named", "does not export a memory named"},
    {"not found in target world", "is not in the other"},
    {"different number of imports", "imports, the other"},
    {"missing import named", "the world does not import"},
    {"missing export named", "the component has no export"},
    {"expected at most one of the two", "exports both"},
    {"unresolved symbol(s)", "defined by no library"},
};

/// `[I32, I32] -> [I32]` as we write it: `(i32, i32) -> (i32)`.
std::string as_signature(std::string text) {
  for (char& c : text) {
    c = c == '[' ? '(' : c == ']' ? ')' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

/// `foo needs bar (function [I32] -> [I32])`, a line for each symbol: the three, and the kind of it.
std::vector<std::string> needed(const std::string& text) {
  std::vector<std::string> out;
  constexpr std::string_view kNeeds = " needs ";
  for (std::size_t at = text.find(kNeeds); at != std::string::npos; at = text.find(kNeeds, at + 1)) {
    std::size_t begin = text.rfind('\t', at) + 1, symbol = at + kNeeds.size(), type = text.find(" (", symbol);
    std::size_t end = text.find(')', type), kind = text.find(' ', type + 2);
    if (end == std::string::npos || kind >= end) break;
    out.push_back("for `" + text.substr(begin, at - begin) + "`");
    out.push_back(text.substr(type + 2, kind - type - 2) + " `" + text.substr(symbol, type - symbol) + "` " +
                  as_signature(text.substr(kind + 1, end - kind - 1)));
  }
  return out;
}

/// What the message has in backquotes, taken apart where it joins names (`iface::func`).
std::vector<std::string> named(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = text.find('`'); at != std::string::npos; at = text.find('`', at)) {
    std::size_t end = text.find('`', at + 1);
    if (end == std::string::npos) break;
    std::string name = text.substr(at + 1, end - at - 1);
    at = end + 1;
    if (name.find("->") != std::string::npos) {
      out.push_back(as_signature(std::move(name)));
      continue;
    }
    for (std::size_t part = 0; part <= name.size();) {
      std::size_t joint = std::min(name.find("::", part), name.size());
      if (joint > part) out.push_back(name.substr(part, joint - part));
      part = joint + 2;
    }
  }
  return out;
}

}  // namespace

std::string missing_of_cause(const std::string& ours, const std::string& theirs) {
  auto cause = std::ranges::find_if(kCauses, [&](const Cause& it) { return theirs.find(it.theirs) != std::string::npos; });
  if (cause == std::end(kCauses)) return "a cause known to this test";
  if (ours.find(cause->ours) == std::string::npos) return "`" + std::string(cause->ours) + "`";
  for (const std::string& item : needed(theirs)) {
    if (ours.find(item) == std::string::npos) return item;
  }
  for (const std::string& name : named(theirs)) {
    if (ours.find(name) == std::string::npos) return "`" + name + "`";
  }
  return "";
}

}  // namespace witc
