// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Types, functions and interfaces of two graphs compared (wit-parser/same.h).
#include "wit-parser/same.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"
#include "wit-parser/print.h"

namespace witc::wit {
namespace {

/// Types without a name nest as deep as the parser lets them; what is built otherwise may not go deeper.
constexpr int kMaxDepth = 200;

class Same {
 public:
  explicit Same(const Comparison& graphs) : graphs_(graphs) {}

  bool type(const Type& from, const Type& into) {
    if (from.index() != into.index()) return false;
    if (const auto* primitive = std::get_if<Primitive>(&from)) return *primitive == std::get<Primitive>(into);
    return id(std::get<TypeId>(from), std::get<TypeId>(into));
  }
  bool optional(const std::optional<Type>& from, const std::optional<Type>& into) {
    return from.has_value() == into.has_value() && (!from || type(*from, *into));
  }
  bool id(TypeId from, TypeId into) {
    const TypeDef& a = graphs_.from.types[from];
    const TypeDef& b = graphs_.into.types[into];
    if (a.name || b.name) return a.name == b.name && place(graphs_.from, a.owner) == place(graphs_.into, b.owner);
    return kind(a.kind, b.kind);
  }

  bool kind(const TypeDefKind& from, const TypeDefKind& into) {
    if (from.index() != into.index() || depth_ >= kMaxDepth) return false;
    ++depth_;
    bool same = match(from, [&](const auto& a) { return parts(a, std::get<std::remove_cvref_t<decltype(a)>>(into)); });
    --depth_;
    return same;
  }

 private:
  template <class Items>
  bool all(const Items& from, const Items& into, auto same) {
    return std::ranges::equal(from, into, same);
  }
  bool labels(const std::vector<Label>& from, const std::vector<Label>& into) {
    return all(from, into, [](const Label& a, const Label& b) { return a.name == b.name; });
  }

  bool parts(const Record& a, const Record& b) {
    return all(a.fields, b.fields, [&](const Field& x, const Field& y) { return x.name == y.name && type(x.type, y.type); });
  }
  bool parts(const Variant& a, const Variant& b) {
    return all(a.cases, b.cases, [&](const Case& x, const Case& y) { return x.name == y.name && optional(x.type, y.type); });
  }
  bool parts(const Tuple& a, const Tuple& b) {
    return all(a.types, b.types, [&](const Type& x, const Type& y) { return type(x, y); });
  }
  bool parts(const Resource&, const Resource&) { return true; }
  bool parts(const Own& a, const Own& b) { return id(a.resource, b.resource); }
  bool parts(const Borrow& a, const Borrow& b) { return id(a.resource, b.resource); }
  bool parts(const Flags& a, const Flags& b) { return labels(a.flags, b.flags); }
  bool parts(const Enum& a, const Enum& b) { return labels(a.cases, b.cases); }
  bool parts(const Option& a, const Option& b) { return type(a.type, b.type); }
  bool parts(const ResultType& a, const ResultType& b) { return optional(a.ok, b.ok) && optional(a.err, b.err); }
  bool parts(const List& a, const List& b) { return type(a.type, b.type); }
  bool parts(const FixedLengthList& a, const FixedLengthList& b) { return a.length == b.length && type(a.type, b.type); }
  bool parts(const Map& a, const Map& b) { return type(a.key, b.key) && type(a.value, b.value); }
  bool parts(const Future& a, const Future& b) { return optional(a.type, b.type); }
  bool parts(const Stream& a, const Stream& b) { return optional(a.type, b.type); }
  bool parts(const Alias& a, const Alias& b) { return type(a.type, b.type); }

  /// Where a named type lives, as text. Interfaces inside a world have no name of their own; they are only ever
  /// compared with the one of the same key.
  std::string place(const Resolve& resolve, const TypeOwner& owner) const {
    std::optional<PackageId> package;
    std::string name;
    if (const auto* interface = std::get_if<InterfaceId>(&owner)) {
      package = resolve.interfaces[*interface].package;
      name = resolve.interfaces[*interface].name.value_or("");
    } else if (const auto* world = std::get_if<WorldId>(&owner)) {
      package = resolve.worlds[*world].package;
      name = resolve.worlds[*world].name;
    }
    if (!package) return name;
    PackageName spelled = resolve.packages[*package].name;
    std::string version = spelled.version ? spelled.version->to_string() : "";
    if (graphs_.compatible_versions && spelled.version) version = compatibility_track(*spelled.version);
    return fmt::format("{}:{}/{}@{}", spelled.ns, spelled.name, name, version);
  }

  const Comparison& graphs_;
  int depth_ = 0;
};

Span span_of(const ItemInfo& info) { return info.span.value_or(Span{}); }

}  // namespace

Result<void> check_same_type(const Comparison& graphs, TypeId from, TypeId into, const std::string& path) {
  const TypeDef& def = graphs.from.types[from];
  // Another name for a type is as good as the type: it may have moved to an interface of its own.
  TypeId from_end = graphs.from.dealias(from), into_end = graphs.into.dealias(into);
  Same same(graphs);
  const TypeDefKind& a = graphs.from.types[from_end].kind;
  bool is_new_resource = std::holds_alternative<Resource>(a) && (from_end != from || into_end != into);
  if (is_new_resource ? same.id(from_end, into_end) : same.kind(a, graphs.into.types[into_end].kind)) return {};
  return error(DiagCode::kWitResolve, span_of(def.info), fmt::format("type `{}` is not the same in the two copies", path))
      .hint("two copies of an interface may each have items the other lacks, but what both have must agree");
}

Result<void> check_same_function(const Comparison& graphs, const Function& from, const Function& into, const std::string& path) {
  Same same(graphs);
  bool params = std::ranges::equal(from.params, into.params, [&](const Param& a, const Param& b) {
    return a.name == b.name && same.type(a.type, b.type);
  });
  if (params && from.kind == into.kind && from.is_async == into.is_async && same.optional(from.result, into.result)) return {};
  return error(DiagCode::kWitResolve, span_of(from.info), fmt::format("function `{}` is not the same in the two copies", path))
      .note(fmt::format("one has {} parameters{}, the other {}{}", from.params.size(), from.is_async ? " and is `async`" : "",
                        into.params.size(), into.is_async ? " and is `async`" : ""))
      .hint("parameters must agree in name and type, and results in type");
}

Result<void> check_same_interface(const Comparison& graphs, InterfaceId from, InterfaceId into, const std::string& path,
                                  bool must_have_all) {
  const Interface& a = graphs.from.interfaces[from];
  const Interface& b = graphs.into.interfaces[into];
  auto lacks = [&](const ItemInfo& info, const std::string& what, const std::string& name) {
    return error(DiagCode::kWitResolve, span_of(info), fmt::format("{} `{}` of `{}` is not in the newer version", what, name, path))
        .hint("a newer version that is compatible keeps everything the older one has");
  };
  for (const auto& [name, type] : a.types) {
    if (const TypeId* other = b.types.find(name)) {
      TRY(check_same_type(graphs, type, *other, path + "." + name));
    } else if (must_have_all) {
      return lacks(graphs.from.types[type].info, "type", name);
    }
  }
  for (const auto& [name, function] : a.functions) {
    if (const Function* other = b.functions.find(name)) {
      TRY(check_same_function(graphs, function, *other, path + "." + name));
    } else if (must_have_all) {
      return lacks(function.info, "function", name);
    }
  }
  return {};
}

}  // namespace witc::wit
