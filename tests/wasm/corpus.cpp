// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/wasm/corpus.h"

#include <cstdio>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "wasm/component/parse.h"
#include "wasm/text/cursor.h"

namespace witc::wasm {
namespace {

namespace fs = std::filesystem;

class Script {
 public:
  Script(const SourceMap& sources, SourceId source, const std::vector<Token>& tokens, const std::string& shown)
      : sources_(sources), in_(sources, source, tokens), tokens_(tokens), shown_(shown) {}

  std::vector<CorpusModule> modules() {
    bool bare = in_.at(Token::kLeft) && !is_directive(in_.text(in_.peek(1)));
    if (bare) return {{shown_ + ":1", std::string(sources_.text(in_.source())), SourceKind::kText}};
    while (!in_.at_end()) {
      std::size_t start = in_.position();
      directive();
      in_.seek(start);
      in_.skip_form();
    }
    return std::move(modules_);
  }

 private:
  static bool is_directive(std::string_view word) {
    return word == "module" || word == "component" || word == "register" || word == "invoke" || word == "get" ||
           word == "thread" || word == "wait" || word.starts_with("assert_");
  }

  /// `(module ...)`, or a form that holds one.
  void directive() {
    std::string_view word = in_.text(in_.peek(1));
    if (word == "module") return module();
    if (word == "component" || word.starts_with("assert_invalid") || word.starts_with("assert_malformed")) return;
    in_.skip(2);
    while (in_.at(Token::kLeft) || in_.at(Token::kString) || in_.at(Token::kId)) {
      std::size_t start = in_.position();
      if (in_.at(Token::kLeft)) directive();
      in_.seek(start);
      in_.skip_form();
    }
  }

  void module() {
    Token first = in_.peek();
    std::string where = fmt::format("{}:{}", shown_, sources_.line_column(in_.source(), first.begin).line);
    Cursor inner = in_;
    in_.skip_form();
    std::uint32_t end = tokens_[in_.position() - 1].end;
    inner.skip(2);
    if (inner.take_keyword("instance")) return;
    inner.take_keyword("definition");
    std::size_t fields = inner.position();
    inner.take_id();
    bool binary = inner.take_keyword("binary");
    if (binary || inner.take_keyword("quote")) {
      std::string contents;
      for (; inner.at(Token::kString); inner.skip()) contents += string_value(inner.text()) + (binary ? "" : " ");
      modules_.push_back({where, contents, binary ? SourceKind::kBinary : SourceKind::kText});
      return;
    }
    inner.seek(fields);
    std::string_view text = sources_.text(in_.source());
    modules_.push_back(
        {where, fmt::format("(module {}", text.substr(inner.offset(), end - inner.offset())), SourceKind::kText});
  }

  const SourceMap& sources_;
  Cursor in_;
  const std::vector<Token>& tokens_;
  std::string shown_;
  std::vector<CorpusModule> modules_;
};

}  // namespace

std::string read_whole_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<CorpusModule> modules_of(const fs::path& file, const std::string& shown) {
  SourceMap sources;
  SourceId source = sources.add(shown, read_whole_file(file), SourceKind::kText);
  Result<std::vector<Token>> tokens = lex(sources, sources.whole(source), {.allow_confusing_unicode = true});
  if (!tokens || tokens->size() < 3 || component::is_component_text(sources, source)) return {};
  return Script(sources, source, *tokens, shown).modules();
}

std::vector<CorpusModule> modules_below(const fs::path& root, const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file()) continue;
    if (entry.path().extension() == ".wast" || entry.path().extension() == ".wat") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<CorpusModule> modules;
  for (const fs::path& file : files) {
    for (CorpusModule& module : modules_of(file, fs::relative(file, root).string())) {
      modules.push_back(std::move(module));
    }
  }
  return modules;
}

/// With the lines that `\` joins.
std::optional<WastCommand> wast_command(const fs::path& file) {
  std::istringstream lines(read_whole_file(file));
  std::string words;
  bool open = false;
  for (std::string line; std::getline(lines, line) && (line.starts_with(";;") || line.empty());) {
    std::size_t run = line.find("RUN");
    if (run == std::string::npos && !open) continue;
    words += " " + (open ? line.substr(2) : line.substr(line.find(':', run) + 1));
    open = words.ends_with('\\');
    if (open) words.pop_back();
    if (!open) break;
  }
  std::istringstream in(words);
  std::string word;
  while (in >> word && word.find('=') != std::string::npos) {
  }  // settings of the environment
  if (word != "wast") return std::nullopt;
  WastCommand command;
  while (in >> word) {
    if (word == "--snapshot") command.snapshots = true;
    if (word.starts_with("--features=")) command.features = word.substr(11);
    if (word.starts_with("-f=")) command.features = word.substr(3);
    if (word == "-f" || word == "--features") in >> command.features;
  }
  return command;
}

FailureList::FailureList(const fs::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') entries_[line.substr(0, line.find(' '))] = false;
  }
}

bool FailureList::expects(const std::string& where) {
  // The module, its file, its folders from the inside out.
  for (std::string key = where; !key.empty();) {
    if (auto found = entries_.find(key); found != entries_.end()) return found->second = true;
    if (key.back() == '/') key.pop_back();
    std::size_t cut = key.find_last_of(":/");
    if (cut == std::string::npos) return false;
    key.resize(key[cut] == '/' ? cut + 1 : cut);
  }
  return false;
}

std::vector<std::string> FailureList::unused() const {
  std::vector<std::string> out;
  for (const auto& [where, used] : entries_) {
    if (!used) out.push_back(where);
  }
  return out;
}

int FailureList::report(const std::map<std::string, std::string>& failures, bool is_whole) {
  int wrong = 0;
  for (const auto& [where, what] : failures) {
    if (expects(where)) continue;
    std::printf("FAIL %s: %s\n", where.c_str(), what.c_str());
    ++wrong;
  }
  if (!is_whole) return wrong;
  for (const std::string& where : unused()) {
    std::printf("PASSES NOW, take it off the list: %s\n", where.c_str());
    ++wrong;
  }
  return wrong;
}

}  // namespace witc::wasm
