// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A component as it is written: the definitions of Binary.md in their order, with indices into index
// spaces that grow as one reads on. The decoder and the text parser make it, the encoder and the printer
// read it, and so do the WIT encoder, `witc new` and composition, which build components. The validator
// turns it into what it means (wasm/component/types.h).
//
// One list of definitions, not one vector per sort: order is meaning here (an alias may stand between two
// imports), and encoding back gives the bytes that were decoded. Consecutive definitions of one sort share
// a section unless `Definition::starts_section` says otherwise.
//
// Source: component-model Binary.md and Explainer.md; names are their productions'.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/source.h"
#include "wasm/core/module.h"

namespace witc::component {

enum class PrimValType : std::uint8_t {
  kBool = 0x7f, kS8 = 0x7e, kU8 = 0x7d, kS16 = 0x7c, kU16 = 0x7b, kS32 = 0x7a, kU32 = 0x79, kS64 = 0x78,
  kU64 = 0x77, kF32 = 0x76, kF64 = 0x75, kChar = 0x74, kString = 0x73, kErrorContext = 0x64,
};

enum class CoreSort : std::uint8_t {
  kFunc = 0x00, kTable = 0x01, kMemory = 0x02, kGlobal = 0x03, kTag = 0x04,
  kType = 0x10, kModule = 0x11, kInstance = 0x12,
};
enum class Sort : std::uint8_t {
  kCore = 0x00, kFunc = 0x01, kValue = 0x02, kType = 0x03, kComponent = 0x04, kInstance = 0x05,
};

enum class StringEncoding : std::uint8_t { kUtf8 = 0x00, kUtf16 = 0x01, kLatin1Utf16 = 0x02 };

namespace ast {

struct CoreSortIndex {
  CoreSort sort = CoreSort::kFunc;
  std::uint32_t index = 0;
};
struct SortIndex {
  Sort sort = Sort::kFunc;
  CoreSort core = CoreSort::kFunc;  // if sort is kCore
  std::uint32_t index = 0;
};

// -- value types --------------------------------------------------------------------------------

struct TypeRef { std::uint32_t index; };  // into the component type index space
using ValType = std::variant<PrimValType, TypeRef>;

struct LabelValType { std::string label; ValType type; };
struct Case { std::string label; std::optional<ValType> type; };
struct Record { std::vector<LabelValType> fields; };
struct Variant { std::vector<Case> cases; };
struct List { ValType element; std::optional<std::uint32_t> length; };
struct Tuple { std::vector<ValType> types; };
struct Flags { std::vector<std::string> labels; };
struct Enum { std::vector<std::string> labels; };
struct Option { ValType type; };
struct ResultType { std::optional<ValType> ok, error; };
struct Own { std::uint32_t type; };
struct Borrow { std::uint32_t type; };
struct Stream { std::optional<ValType> type; };
struct Future { std::optional<ValType> type; };
struct Map { ValType key, value; };

struct FuncType {
  bool is_async = false;
  std::vector<LabelValType> params;
  std::optional<ValType> result;
};
struct ResourceType {
  wasm::ValType rep = wasm::ValType::i32();
  std::optional<std::uint32_t> dtor;      // core function
  std::optional<std::uint32_t> callback;  // core function, of an async destructor
};

// -- extern names and types -----------------------------------------------------------------------

struct NameAttributes {
  std::uint8_t opcode = 0x00;  // as decoded: 0x00, 0x01, or 0x02 when attributes follow
  std::string name;
  std::optional<std::string> implements;
  std::optional<std::string> version_suffix;
  std::optional<std::string> external_id;
  /// The attributes' opcodes as they stood, for encoding back; empty for built names.
  std::vector<std::uint8_t> order;
};

struct TypeBound { std::optional<std::uint32_t> eq; };  // none: (sub resource)
struct ValueBound { std::variant<std::uint32_t, ValType> bound; };
struct ExternType {
  Sort sort = Sort::kFunc;  // kCore: a core module
  /// kFunc, kComponent, kInstance, kCore: the type index.
  std::uint32_t index = 0;
  TypeBound type_bound;                   // kType
  std::optional<ValueBound> value_bound;  // kValue
};

// -- core types -----------------------------------------------------------------------------------

struct CoreModuleDecl;
struct CoreModuleType { std::vector<CoreModuleDecl> decls; };
struct CoreRecGroup { std::vector<wasm::SubType> types; bool is_explicit = false; };
using CoreType = std::variant<CoreRecGroup, CoreModuleType>;
struct CoreOuterAlias { std::uint32_t count = 0; std::uint32_t index = 0; };
struct CoreImportDecl { std::string module, name; wasm::ExternType type; };
struct CoreExportDecl { std::string name; wasm::ExternType type; };
struct CoreModuleDecl { std::variant<CoreImportDecl, CoreType, CoreOuterAlias, CoreExportDecl> decl; };

// -- aliases, types ---------------------------------------------------------------------------------

struct AliasExport { std::uint32_t instance = 0; std::string name; };      // of a component instance
struct AliasCoreExport { std::uint32_t instance = 0; std::string name; };  // of a core instance
struct AliasOuter { std::uint32_t count = 0; std::uint32_t index = 0; };
struct Alias {
  Sort sort = Sort::kFunc;
  CoreSort core = CoreSort::kFunc;  // if sort is kCore
  std::variant<AliasExport, AliasCoreExport, AliasOuter> target;
};

struct Type;
struct ImportDecl { NameAttributes name; ExternType type; };
struct ExportDecl { NameAttributes name; ExternType type; };
/// A declarator of a component or instance type (imports only in the former).
using Decl = std::variant<CoreType, std::unique_ptr<Type>, Alias, ImportDecl, ExportDecl>;
struct ComponentType { std::vector<Decl> decls; };
struct InstanceType { std::vector<Decl> decls; };

struct Type {
  std::variant<PrimValType, Record, Variant, List, Tuple, Flags, Enum, Option, ResultType, Own, Borrow, Stream, Future,
               Map, FuncType, ComponentType, InstanceType, ResourceType>
      type;
};

// -- instances --------------------------------------------------------------------------------------

struct CoreInstantiateArg { std::string name; std::uint32_t instance = 0; };
struct CoreInlineExport { std::string name; CoreSortIndex item; };
struct CoreInstantiate { std::uint32_t module = 0; std::vector<CoreInstantiateArg> args; };
struct CoreInlineExports { std::vector<CoreInlineExport> exports; };
struct CoreInstance { std::variant<CoreInstantiate, CoreInlineExports> expr; };

struct InstantiateArg { std::string name; SortIndex item; };
struct InlineExport { NameAttributes name; SortIndex item; };
struct Instantiate { std::uint32_t component = 0; std::vector<InstantiateArg> args; };
struct InlineExports { std::vector<InlineExport> exports; };
struct Instance { std::variant<Instantiate, InlineExports> expr; };

// -- canonical definitions ----------------------------------------------------------------------------

struct CanonOpts {
  std::optional<StringEncoding> string_encoding;
  std::optional<std::uint32_t> memory, realloc, post_return, callback, core_type;
  bool is_async = false;
  bool is_gc = false;
  /// The options as they stood, for encoding back: opcodes in order (one may wrongly stand twice). Empty
  /// for built ones.
  std::vector<std::uint8_t> order;
};

struct CanonLift { std::uint32_t core_func = 0; CanonOpts opts; std::uint32_t type = 0; };
struct CanonLower { std::uint32_t func = 0; CanonOpts opts; };

/// Every other canonical built-in: its opcode says which (wasm/component/canon.def), the immediates it
/// does not have stay empty.
struct CanonBuiltin {
  std::uint8_t opcode = 0;
  std::uint32_t type = 0;      // resource, stream, future or function type
  std::uint32_t table = 0;     // thread built-ins
  std::uint32_t memory = 0;    // waitable-set.wait and .poll
  std::uint32_t slot = 0;      // context.get and .set
  bool is_async = false;       // cancel built-ins
  bool is_cancellable = false;
  bool is_shared = false;
  wasm::ValType core_type = wasm::ValType::i32();  // context.get and .set
  std::optional<ValType> result;                   // task.return
  CanonOpts opts;
};
inline constexpr std::uint8_t kResourceNew = 0x02;
inline constexpr std::uint8_t kResourceDrop = 0x03;
inline constexpr std::uint8_t kResourceRep = 0x04;

using Canon = std::variant<CanonLift, CanonLower, CanonBuiltin>;

// -- the rest -------------------------------------------------------------------------------------------

struct Import { NameAttributes name; ExternType type; };
struct Export { NameAttributes name; SortIndex item; std::optional<ExternType> type; };
struct Start { std::uint32_t func = 0; std::vector<std::uint32_t> args; std::uint32_t results = 0; };
struct CustomSection { std::string name; std::span<const std::uint8_t> bytes; };
struct CoreModule { std::unique_ptr<wasm::Module> module; };

struct Component;
struct Definition {
  std::variant<CustomSection, CoreModule, CoreInstance, CoreType, std::unique_ptr<Component>, Instance, Alias, Type,
               Canon, Start, Import, Export>
      item;
  std::uint32_t offset = 0;     // in the source; 0 for built components
  bool starts_section = false;  // begins a section of its own even after one of the same kind
};

/// The `component-name` section: names by (sort, core sort, index), and the component's own.
struct ComponentNames {
  struct Entry { SortIndex item; std::string name; };
  std::optional<std::string> component;
  std::vector<Entry> entries;
};

struct Component {
  SourceId source;
  std::uint32_t offset = 0;
  std::vector<Definition> definitions;
  ComponentNames names;
  std::span<const std::uint8_t> bytes;  // where decoded
  /// Bytes made for this component (custom sections of built ones); kept alive with it.
  std::deque<std::vector<std::uint8_t>> owned;
};

}  // namespace ast
}  // namespace witc::component
