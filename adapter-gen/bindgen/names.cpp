// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace witc::bindgen {
namespace {

// Keywords of C++23, alternative tokens, and the macros of the C library that are written small.
constexpr auto kKeywords = std::to_array<std::string_view>({
    "alignas",   "alignof",      "and",          "and_eq",       "asm",           "assert",        "auto",
    "bitand",    "bitor",        "bool",         "break",        "case",          "catch",         "char",
    "char16_t",  "char32_t",     "char8_t",      "class",        "co_await",      "co_return",     "co_yield",
    "compl",     "concept",      "const",        "const_cast",   "consteval",     "constexpr",     "constinit",
    "continue",  "decltype",     "default",      "delete",       "do",            "double",        "dynamic_cast",
    "else",      "enum",         "errno",        "explicit",     "export",        "extern",        "false",
    "float",     "for",          "friend",       "goto",         "if",            "inline",        "int",
    "linux",     "long",         "major",        "makedev",      "minor",         "mutable",       "namespace",
    "new",       "noexcept",     "not",          "not_eq",       "nullptr",       "operator",      "or",
    "or_eq",     "private",      "protected",    "public",       "register",      "reinterpret_cast",
    "requires",  "return",       "short",        "signed",       "sizeof",        "static",        "static_assert",
    "static_cast", "stderr",     "stdin",        "stdout",       "struct",        "switch",        "template",
    "this",      "thread_local", "throw",        "true",         "try",           "typedef",       "typeid",
    "typename",  "union",        "unix",         "unsigned",     "using",         "virtual",       "void",
    "volatile",  "wchar_t",      "while",        "xor",          "xor_eq",
});

// Macros that a name in capitals could meet.
constexpr auto kMacros = std::to_array<std::string_view>({"EOF", "NULL", "NAN", "INFINITY", "BUFSIZ", "RAND_MAX"});

// Functions of the C library (and friends) that stand in the global namespace, as far as somebody
// might call a WIT package namespace so.
constexpr auto kGlobals = std::to_array<std::string_view>({
    "abort",  "accept", "access", "alarm",  "bind",   "close",   "connect", "exit",    "exports", "free",  "index",
    "link",   "listen", "log",    "main",   "malloc", "open",    "pause",   "pipe",    "poll",    "printf", "read",
    "recv",   "remove", "rename", "select", "send",   "shutdown", "signal", "sleep",   "socket",  "stat",  "sync",
    "system", "time",   "times",  "truncate", "wait", "write",   "yn",      "y0",      "y1",      "j0",    "j1",
    "div",    "gamma",  "environ", "clock", "round",   "random",  "exp",     "pow",     "utime",
});

template <std::size_t kCount>
bool contains(const std::array<std::string_view, kCount>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

}  // namespace

std::string snake(std::string_view wit_name) {
  std::string name;
  for (char c : wit_name) name += c == '-' ? '_' : lower(c);
  if (contains(kKeywords, name)) name += '_';
  return name;
}

std::string camel(std::string_view wit_name) {
  std::string name;
  bool word_starts = true;
  for (char c : wit_name) {
    if (c == '-') {
      word_starts = true;
      continue;
    }
    name += word_starts ? upper(c) : lower(c);
    word_starts = false;
  }
  if (contains(kMacros, name)) name += '_';
  return name;
}

std::string namespace_name(std::string_view wit_name, bool global) {
  std::string name = snake(wit_name);
  if (name == "std" || name == "wit" || (global && contains(kGlobals, name))) name += '_';
  return name;
}

std::string NameScope::claim(std::string name) {
  while (!taken_.insert(name).second) name += '_';
  return name;
}

std::string doc_comment(std::string_view docs, std::string_view indent, std::string_view marker) {
  std::string text;
  while (!docs.empty()) {
    std::size_t end = std::min(docs.find('\n'), docs.size());
    std::string line(docs.substr(0, end));
    docs.remove_prefix(std::min(end + 1, docs.size()));
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) line.pop_back();
    // A backslash at the end would draw the next line into the comment.
    if (line.ends_with('\\')) line += " .";
    text += indent;
    text += marker;
    if (!line.empty()) {
      if (!line.starts_with(' ')) text += ' ';
      text += line;
    }
    text += '\n';
  }
  return text;
}

}  // namespace witc::bindgen
