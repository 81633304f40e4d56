// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// The parser of one module's fields; private to parse_*.cpp. Three passes over the tokens, because text may
// refer to what comes later: `declare` gives every item its index and identifier, `types` reads the type
// definitions, `fields` the rest, writing instructions straight into their binary form. Types that are only
// written inline are appended to the explicit ones, in order of appearance.

#include <unordered_map>
#include <vector>

#include "wasm/binary_writer.h"
#include "wasm/core/branch_hints.h"
#include "wasm/core/module.h"
#include "wasm/core/operators.h"
#include "wasm/text/cursor.h"

namespace witc::wasm {

/// The identifiers of one index space, and how many items it has.
struct IdSpace {
  explicit IdSpace(std::string_view noun) : noun(noun) {}
  std::string_view noun;  // for messages: `function`
  std::unordered_map<std::string, std::uint32_t> ids;
  std::uint32_t count = 0;
};

class ModuleParser {
 public:
  ModuleParser(Cursor& in, const TextOptions& options) : in_(in), options_(options) {}
  /// The fields up to the module's closing parenthesis or the end of the source, which is left.
  Result<Module> parse(std::optional<std::string> name);

 private:
  // -- index spaces
  Result<void> define(IdSpace& space, const std::optional<std::string>& id, const Token& where);
  Result<std::uint32_t> index(const IdSpace& space);
  [[nodiscard]] bool at_index() const { return in_.at(Token::kNumber) || in_.at(Token::kId); }
  template <class Index>
  void name_item(std::map<Index, std::string>& names, std::uint32_t index, const std::optional<std::string>& id) {
    if (given_name_ || id) names.emplace(Index(index), given_name_ ? *given_name_ : *id);
  }
  /// An identifier and its `(@name ...)`, which names the item instead of the identifier.
  Result<std::optional<std::string>> take_id();

  // -- passes (parse_fields.cpp)
  Result<void> declare();
  Result<void> declare_field(std::string_view word);
  Result<void> declare_item(IdSpace& space, std::string_view word);
  Result<void> declare_import();
  Result<void> declare_imports();
  Result<void> types();
  Result<void> fields();
  Result<void> field(std::string_view word);
  IdSpace* space_of(std::string_view word);

  // -- fields
  struct LocalName {
    std::optional<std::string> id;
    std::optional<std::string> name;  // the identifier, or what `(@name ...)` says
  };
  struct TypeUse {
    TypeIndex type;
    std::vector<LocalName> params;
  };
  Result<void> import_field();
  Result<void> import_items(Import import);
  Result<void> import_type(Import& import, bool may_be_named);
  Result<void> extern_type(std::string_view word, Import& import);
  Result<TypeUse> maybe_exact_type_use(bool& is_exact);
  Result<bool> inline_exports_and_import(ExternKind kind, std::uint32_t index, Import& import);
  Result<void> func_field();
  Result<void> table_field();
  Result<void> inline_elements(Table table);
  Result<void> inline_functions(const RefType& type, ElementSegment& segment, std::size_t& count);
  Result<void> memory_field();
  Result<void> global_field();
  Result<void> tag_field();
  Result<void> export_field();
  Result<void> start_field();
  Result<void> elem_field();
  Result<void> elem_list(ElementSegment& segment, bool may_be_bare);
  Result<std::vector<ConstExpr>> elem_exprs();
  Result<void> data_field();
  Result<std::vector<std::uint8_t>> strings();
  Result<std::vector<std::uint8_t>> data_bytes();
  Result<void> data_numbers(std::string_view word, BinaryWriter& out);
  Result<void> custom_field();
  Result<void> custom_place(std::uint8_t& after);
  Result<void> producers_field();
  Result<void> dylink_field();
  Result<void> dylink_sizes(BinaryWriter& out);
  Result<std::uint32_t> symbol_flags();
  Result<void> branch_hint();
  void place_hint(std::optional<bool> hint);
  void finish_hints();
  void add_import(Import import);

  // -- types (parse_types.cpp)
  Result<void> type_field();
  Result<SubType> sub_type(TypeIndex index);
  Result<void> described_type(TypeIndex index, SubType& type);
  Result<CompositeType> composite_type(TypeIndex index);
  Result<StructType> struct_type(TypeIndex index);
  Result<FieldType> field_type();
  Result<FuncType> func_type();
  Result<LocalName> take_local_name();
  struct Signature {
    FuncType type;
    std::vector<LocalName> params;
  };
  Result<Signature> signature(bool names_allowed);
  Result<TypeUse> type_use(bool names_allowed);
  TypeIndex intern(const FuncType& type);
  Result<ValType> val_type();
  Result<RefType> ref_type();
  [[nodiscard]] bool at_ref_type() const;
  Result<HeapType> heap_type();
  Result<Limits> limits(bool is_64);
  Result<std::uint64_t> limit();
  Result<bool> address_type();
  Result<TableType> table_type();
  Result<MemoryType> memory_type();
  Result<void> page_size(MemoryType& type);
  Result<GlobalType> global_type();
  static std::string type_key(const FuncType& type);

  // -- instructions (parse_code.cpp, parse_immediates.cpp)
  struct Level;
  Result<Code> expression();  // to the closing parenthesis, which is left
  Result<Code> one_folded();  // one parenthesised instruction
  Result<void> instructions(std::vector<Level>& levels, bool one);
  Result<void> open_folded(std::vector<Level>& levels);
  Result<void> open_try_clause(std::vector<Level>& levels);
  Result<void> flat_clause(const Token& where, Op op);
  Result<void> close_folded(std::vector<Level>& levels);
  Result<void> flat(std::vector<Level>& levels);
  Result<std::optional<std::string>> block_head(Op op, BinaryWriter& out);
  Result<void> label_again();
  Result<const OpInfo*> take_operator();
  Result<BlockType> block_type();
  Result<void> catches(BinaryWriter& out);
  void push_label(std::optional<std::string> id);
  void pop_label();
  void begin_operator(const Token& token);
  Code finish_code();

  Result<void> immediates(const OpInfo& op, BinaryWriter& out);
  Result<std::uint32_t> label();
  Result<std::uint32_t> optional_index(const IdSpace& space);
  Result<void> two_or_none(const IdSpace& space, BinaryWriter& out);
  Result<void> segment_first(const IdSpace& segments, const IdSpace& holders, BinaryWriter& out);
  Result<void> call_indirect(BinaryWriter& out);
  Result<void> memarg(const OpInfo& op, BinaryWriter& out, bool with_lane);
  Result<void> select(BinaryWriter& out);
  Result<void> ref_cast(const OpInfo& op, BinaryWriter& out);
  Result<void> br_on_cast(BinaryWriter& out);
  Result<void> br_table(BinaryWriter& out);
  Result<void> handlers(BinaryWriter& out);
  Result<void> ordering(BinaryWriter& out);
  Result<std::uint32_t> field_of(std::uint32_t type);
  Result<void> vector_const(BinaryWriter& out);
  Result<std::uint64_t> integer(unsigned bits);
  Result<std::uint64_t> floating(unsigned bits);
  Result<std::uint8_t> lane();
  [[nodiscard]] Diagnostic bad_number(std::string_view what, bool range) const;

  Cursor& in_;
  TextOptions options_;
  Module module_;
  IdSpace types_{"type"}, funcs_{"function"}, tables_{"table"}, memories_{"memory"}, globals_{"global"}, tags_{"tag"},
      elems_{"elem segment"}, datas_{"data segment"};
  std::unordered_map<std::uint32_t, std::unordered_map<std::string, std::uint32_t>> field_ids_;  // by type
  std::unordered_map<std::string, TypeIndex> interned_;
  std::string defined_;                    // the kind of the first item defined and not imported
  std::optional<std::string> given_name_;  // from the last `(@name ...)`
  bool needs_data_count_ = false;
  std::size_t grouped_ = 0;  // characters of module names that groups of imports repeat
  std::uint32_t next_code_ = 1;  // offset of the next Code: unique in the module

  // The function in hand.
  IdSpace locals_{"local"};
  struct Label {
    std::optional<std::string> id;
    enum Flat : std::uint8_t { kNone, kIf, kTry, kCatch } flat = kNone;  // may be followed by `else`, `catch`
  };
  std::vector<Label> labels_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> label_ids_;  // positions in labels_, the innermost last
  FuncIndex func_{~std::uint32_t{0}};
  std::uint32_t blocks_ = 0;
  BinaryWriter code_;
  std::optional<bool> pending_hint_;  // of the next instruction
  BranchHints branch_hints_;
};

/// An open parenthesis of folded instructions.
struct ModuleParser::Level {
  enum Kind : std::uint8_t { kPlain, kBlock, kIf, kThen, kElse, kTry, kDo } kind;  // kDo: a clause of kTry
  std::vector<std::uint8_t> pending;  // kPlain, kIf: written when its operands have been
  Token token;                        // of its operator
  std::size_t labels = 0;             // open when it began: flat blocks inside must have been closed
  std::optional<std::string> label;   // kIf
  std::optional<bool> hint;           // kPlain, kIf
  bool has_then = false, has_else = false;
  enum Clauses : std::uint8_t { kNoClause, kBody, kCatches, kCatchAll, kDelegated } clauses = kNoClause;  // kTry
};

}  // namespace witc::wasm
