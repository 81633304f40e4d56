// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A whole file (WIT.md "Top-level items", "Package declaration"): the entry rule, the one place where
// errors are handled, and parse_file(). No exception of the grammar's leaves this file.
#include <fmt/format.h>

#include "wit-parser/comments.h"
#include "wit-parser/grammar/rules.h"
#include "wit-parser/parse.h"

namespace witc::wit::grammar {
namespace {

using ast::File, ast::FileItem, ast::Interface, ast::NestedPackage, ast::PackageHeader, ast::TopLevelUse;

constexpr auto set_body = [](auto& context) { x3::_val(context).body = std::move(x3::_attr(context)); };

struct TopLevelUseId {};
constexpr x3::rule<TopLevelUseId, TopLevelUse> top_level_use{"`use`"};
constexpr auto top_level_use_def = placed[word("use", "`use`") > use_path[set<&TopLevelUse::path>] >
                                          -(as_ > identifier[set<&TopLevelUse::as>]) > semicolon];

struct InterfaceId_ {};
constexpr x3::rule<InterfaceId_, Interface> interface_{"`interface`"};
constexpr auto interface__def = placed[word("interface", "`interface`") > identifier[set<&Interface::name>] >
                                       interface_body[set<&Interface::body>]];

struct NestedPackageId {};
constexpr x3::rule<NestedPackageId, NestedPackage> nested_package{"`package`"};

using FileInner = decltype(FileItem::body);
struct FileInnerId {};
constexpr x3::rule<FileInnerId, FileInner> file_inner{"`interface`, `world` or `use`"};
constexpr auto file_inner_def = interface_[assign] | world[assign] | top_level_use[assign] | nested_package[assign];

struct FileItemId {};
constexpr x3::rule<FileItemId, FileItem> file_item{"`interface`, `world` or `use`"};
constexpr auto file_item_def = placed[(+gate[add<&FileItem::gates>] > file_inner[set_body]) | file_inner[set_body]];

constexpr auto nested_package_def =
    placed[deeper[word("package", "`package`") > package_name[set<&NestedPackage::name>] > open_brace >
                  *file_item[add<&NestedPackage::items>] > Sign("}", "`interface`, `world`, `use` or `}`")]];

struct PackageHeaderId {};
constexpr x3::rule<PackageHeaderId, PackageHeader> package_header{"`package`"};
constexpr auto package_header_def =
    placed[word("package", "`package`") >> package_name[set<&PackageHeader::name>] >> semicolon];

struct FileId {
  template <class Exception, class Ctx>
  x3::error_handler_result on_error(Iterator&, Iterator const&, Exception const& exception, Ctx const& context) {
    State& state = x3::get<StateTag>(context);
    state.mistake_at = exception.where();
    state.expected = exception.which();
    return x3::error_handler_result::fail;
  }
};
constexpr x3::rule<FileId, File> wit_file{"a WIT file"};
constexpr auto wit_file_def =
    placed[-package_header[set<&File::package>] > *file_item[add<&File::items>] > end_of_file];

BOOST_SPIRIT_DEFINE(top_level_use, interface_, nested_package, file_inner, file_item, package_header, wit_file)

/// What stands at `first`, for "found ..."; moves `last` to its end.
std::string describe(Iterator first, Iterator& last) {
  if (first == last) return "the end of the file";
  Iterator begin = first;
  if (std::string_view word = word_at(first, last); !word.empty()) {
    last = first + word.size();
    return fmt::format("{} `{}`", is_keyword(word) ? "keyword" : "name", word);
  }
  while (begin != last && is_digit(*begin)) ++begin;
  if (begin == first) begin += first[0] == '-' && last - first > 1 && first[1] == '>' ? 2 : 1;
  last = begin;
  return fmt::format("`{}`", std::string_view(first, static_cast<std::size_t>(begin - first)));
}

Diagnostic expected(const State& state) {
  Iterator last = state.text.data() + state.text.size();
  Iterator first = state.mistake_at;
  x3::unused_type unused;
  trivia.parse(first, last, unused, unused, unused);
  std::string found = describe(first, last);
  return error(DiagCode::kWitSyntax, state.span(first, last),
               fmt::format("expected {}, found {}", state.expected, found));
}

}  // namespace

ast::Docs docs_at(const State& state, Iterator first) {
  return docs_before(state.text, *state.comments, static_cast<std::uint32_t>(first - state.text.data()));
}

}  // namespace witc::wit::grammar

namespace witc::wit {

Result<ast::File> parse_file(const SourceMap& sources, SourceId source) {
  using namespace grammar;
  ast::File file;
  file.comments = TRY(find_comments(sources, source));
  State state{.source = source, .text = sources.text(source), .comments = &file.comments, .expected = {}};
  Iterator first = state.text.data();
  Iterator last = first + state.text.size();
  if (state.text.starts_with("\xEF\xBB\xBF")) first += 3;

  ast::File parsed;
  try {
    auto entry = x3::with<StateTag>(state)[wit_file];
    if (!x3::phrase_parse(first, last, entry, trivia, parsed)) return expected(state);
  } catch (const Fault& fault) {
    Diagnostic diagnostic = error(fault.code, state.span(fault.first, fault.last), fault.message);
    return fault.hint.empty() ? std::move(diagnostic) : std::move(diagnostic).hint(fault.hint);
  }
  parsed.comments = std::move(file.comments);
  return parsed;
}

}  // namespace witc::wit
