// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The WIT printer (print.h). Within a block: `use`s, definitions (resources with their functions), then
// functions; the same classes in which elaborated worlds are sorted, so that order survives.
#include "wit-parser/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/overloaded.h"
#include "wit-parser/characters.h"
#include "wit-parser/settle.h"

namespace witc::wit {
namespace {

// What must be escaped; the old names of floats are, too, for older parsers.
constexpr auto kEscaped = std::to_array<std::string_view>(
    {"_",        "as",      "async",     "bool",  "borrow",  "char",    "constructor", "enum",    "error-context",
     "export",   "f32",     "f64",       "flags", "float32", "float64", "from",        "func",    "future",
     "import",   "include", "interface", "list",  "map",     "option",  "own",         "package", "record",
     "resource", "result",  "s16",       "s32",   "s64",     "s8",      "static",      "stream",  "string",
     "tuple",    "type",    "u16",       "u32",   "u64",     "u8",      "use",         "variant", "with",
     "world"});
static_assert(std::ranges::is_sorted(kEscaped));

std::string escaped(std::string_view name) {
  return (std::ranges::binary_search(kEscaped, name) ? "%" : "") + std::string(name);
}

/// In quotes. What WIT text may not hold is escaped; a byte that is not UTF-8 becomes U+FFFD.
std::string string_literal(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const std::int32_t c = next_code_point(text, at);
    if (c == '"') out += "\\\"";
    else if (c == '\\') out += "\\\\";
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c < 0) out += "\uFFFD";
    else if (is_forbidden(c)) out += fmt::format("\\u{{{:x}}}", c);
    else out += text.substr(begin, at - begin);
    if (c < 0) at = begin + 1;
  }
  return out + '"';
}

/// Documentation may come from a binary; what text may not hold becomes U+FFFD.
std::string comment_text(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const std::int32_t c = next_code_point(text, at);
    if (c < 0) at = begin + 1;
    if (c < 0 || is_forbidden(c)) out += "\uFFFD";
    else out += text.substr(begin, at - begin);
  }
  return out;
}

class Printer {
 public:
  Printer(const Resolve& resolve, const PrintOptions& options) : resolve_(resolve), options_(options) {}

  void package(PackageId id, bool nested);
  [[nodiscard]] std::string type(const Type& type) const;
  void newline() { out_ += '\n'; }
  std::string take() { return std::move(out_); }

 private:
  using ResourceFunctions = std::map<TypeId, std::vector<const Function*>>;

  // Lines: everything is written a line, or the start of a block, at a time.
  void line(std::string_view text);
  void open(std::string_view head);
  void close();
  void item();  // a blank line, unless first in its block

  void docs(std::string_view text);
  void info(const ItemInfo& info, bool with_docs = true);
  void stability(const Stability& stability);

  void interface(InterfaceId id);
  void world(WorldId id);
  void world_item(const WorldKey& key, const WorldItem& item, PackageId package, std::string_view verb);
  void types(TypeOwner owner, PackageId package, const std::vector<std::pair<std::string, TypeId>>& types,
             const ResourceFunctions& functions);
  void use(const std::vector<std::pair<std::string, TypeId>>& names, PackageId package);
  void define(TypeId id, const ResourceFunctions& functions);
  void resource(const std::string& name, const std::vector<const Function*>& functions);
  template <class Labels>
  void labels(std::string_view keyword, const std::string& name, const Labels& labels);
  [[nodiscard]] std::string signature(const Function& function) const;
  [[nodiscard]] std::string structure(const TypeDefKind& kind, bool definition) const;
  [[nodiscard]] std::string name_of(TypeId id) const;
  [[nodiscard]] std::string path(InterfaceId id, PackageId from) const;

  const Resolve& resolve_;
  const PrintOptions& options_;
  std::string out_;
  int indent_ = 0;
  bool any_items_ = false;  // in the block at hand
};

void Printer::line(std::string_view text) {
  out_.append(static_cast<std::size_t>(indent_) * 2, ' ');
  out_ += text;
  out_ += '\n';
}

void Printer::open(std::string_view head) {
  line(std::string(head) + " {");
  ++indent_;
}

void Printer::close() {
  --indent_;
  line("}");
}

void Printer::item() {
  if (any_items_) newline();
  any_items_ = true;
}

// -- what stands before an item ------------------------------------------------------------------------

void Printer::docs(std::string_view text) {
  if (!options_.docs || text.empty()) return;
  while (true) {
    std::size_t end = text.find('\n');
    std::string_view one = text.substr(0, end);
    line(one.empty() ? "///" : "/// " + comment_text(one));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

void Printer::stability(const Stability& stability) {
  switch (stability.kind) {
    case Stability::Kind::kUnknown:
      return;
    case Stability::Kind::kStable:
      line(fmt::format("@since(version = {})", stability.since->to_string()));
      break;
    case Stability::Kind::kUnstable:
      line(fmt::format("@unstable(feature = {})", escaped(stability.feature)));
      break;
  }
  if (stability.deprecated) line(fmt::format("@deprecated(version = {})", stability.deprecated->to_string()));
}

void Printer::info(const ItemInfo& info, bool with_docs) {
  if (with_docs) docs(info.docs);
  stability(info.stability);
  if (info.external_id) line(fmt::format("@external-id({})", string_literal(*info.external_id)));
}

// -- types -----------------------------------------------------------------------------------------------

std::string Printer::name_of(TypeId id) const { return escaped(resolve_.types[id].name.value_or("_")); }

std::string Printer::type(const Type& type) const {
  return match(
      type, [](Primitive primitive) { return std::string(to_string(primitive)); },
      [&](TypeId id) { return resolve_.types[id].name ? name_of(id) : structure(resolve_.types[id].kind, false); });
}

/// A structural type. `type a = own<r>` needs its `own`; in signatures `r` says as much.
std::string Printer::structure(const TypeDefKind& kind, bool definition) const {
  auto applied = [&](std::string_view name, const std::optional<Type>& arg) {
    return arg ? fmt::format("{}<{}>", name, type(*arg)) : std::string(name);
  };
  return match(
      kind, [&](const Alias& alias) { return type(alias.type); },
      [&](const Own& own) {
        std::string name = name_of(own.resource);
        return definition ? fmt::format("own<{}>", name) : name;
      },
      [&](const Borrow& borrow) { return fmt::format("borrow<{}>", name_of(borrow.resource)); },
      [&](const Tuple& tuple) {
        std::string args;
        for (const Type& each : tuple.types) args += (args.empty() ? "" : ", ") + type(each);
        return fmt::format("tuple<{}>", args);
      },
      [&](const Option& o) { return applied("option", o.type); },
      [&](const List& l) { return applied("list", l.type); },
      [&](const FixedLengthList& l) { return fmt::format("list<{}, {}>", type(l.type), l.length); },
      [&](const Map& m) { return fmt::format("map<{}, {}>", type(m.key), type(m.value)); },
      [&](const Future& f) { return applied("future", f.type); },
      [&](const Stream& s) { return applied("stream", s.type); },
      [&](const ResultType& r) {
        if (r.ok && r.err) return fmt::format("result<{}, {}>", type(*r.ok), type(*r.err));
        if (r.err) return fmt::format("result<_, {}>", type(*r.err));
        return applied("result", r.ok);
      },
      [](const auto&) { return std::string("_"); });  // records and the like have names
}

template <class Labels>
void Printer::labels(std::string_view keyword, const std::string& name, const Labels& labels) {
  open(fmt::format("{} {}", keyword, name));
  for (const Label& label : labels) {
    docs(label.info.docs);
    line(escaped(label.name) + ",");
  }
  close();
}

void Printer::define(TypeId id, const ResourceFunctions& functions) {
  const TypeDef& def = resolve_.types[id];
  std::string name = name_of(id);
  item();
  info(def.info);
  match(
      def.kind,
      [&](const Record& record) {
        open("record " + name);
        for (const Field& field : record.fields) {
          docs(field.info.docs);
          line(fmt::format("{}: {},", escaped(field.name), type(field.type)));
        }
        close();
      },
      [&](const Variant& variant) {
        open("variant " + name);
        for (const Case& c : variant.cases) {
          docs(c.info.docs);
          line(escaped(c.name) + (c.type ? fmt::format("({})", type(*c.type)) : "") + ",");
        }
        close();
      },
      [&](const Enum& e) { labels("enum", name, e.cases); }, [&](const Flags& f) { labels("flags", name, f.flags); },
      [&](const Resource&) {
        auto found = functions.find(id);
        resource(name, found == functions.end() ? std::vector<const Function*>() : found->second);
      },
      [&](const auto&) { line(fmt::format("type {} = {};", name, structure(def.kind, true))); });
}

void Printer::resource(const std::string& name, const std::vector<const Function*>& functions) {
  if (functions.empty()) return line(fmt::format("resource {};", name));
  open("resource " + name);
  for (const Function* function : functions) {
    info(function->info);
    std::string item_name = escaped(function->item_name());
    switch (function->kind) {
      case FunctionKind::kConstructor:
        line(signature(*function) + ";");
        break;
      case FunctionKind::kStatic:
        line(fmt::format("{}: static {};", item_name, signature(*function)));
        break;
      case FunctionKind::kMethod:
      case FunctionKind::kFreestanding:
        line(fmt::format("{}: {};", item_name, signature(*function)));
        break;
    }
  }
  close();
}

std::string Printer::signature(const Function& function) const {
  std::string params;
  std::size_t first = function.kind == FunctionKind::kMethod ? 1 : 0;  // `self` goes without saying
  for (std::size_t i = first; i < function.params.size(); ++i) {
    const Param& param = function.params[i];
    params += fmt::format("{}{}: {}", i > first ? ", " : "", escaped(param.name), type(param.type));
  }
  bool constructor = function.kind == FunctionKind::kConstructor;
  std::string text =
      fmt::format("{}{}({})", function.is_async ? "async " : "", constructor ? "constructor" : "func", params);
  if (!function.result) return text;
  const auto* id = constructor ? std::get_if<TypeId>(&*function.result) : nullptr;
  if (id != nullptr && std::holds_alternative<Own>(resolve_.types[*id].kind)) return text;
  return text + " -> " + type(*function.result);
}

// -- blocks ------------------------------------------------------------------------------------------------

std::string Printer::path(InterfaceId id, PackageId from) const {
  const Interface& interface = resolve_.interfaces[id];
  std::string name = escaped(interface.name.value_or("_"));
  if (!interface.package || *interface.package == from) return name;
  const PackageName& package = resolve_.packages[*interface.package].name;
  return fmt::format("{}:{}/{}{}", escaped(package.ns), escaped(package.name), name,
                     package.version ? "@" + package.version->to_string() : "");
}

void Printer::use(const std::vector<std::pair<std::string, TypeId>>& names, PackageId package) {
  any_items_ = true;
  TypeId first = names.front().second;
  info(resolve_.types[first].info, false);
  std::string list;
  for (const auto& [name, id] : names) {
    std::string local = escaped(name);
    std::string original = name_of(std::get<TypeId>(std::get<Alias>(resolve_.types[id].kind).type));
    list += (list.empty() ? "" : ", ") + original + (local == original ? "" : " as " + local);
  }
  line(fmt::format("use {}.{{{}}};", path(*used_from(resolve_, first), package), list));
}

void Printer::types(TypeOwner owner, PackageId package, const std::vector<std::pair<std::string, TypeId>>& types,
                    const ResourceFunctions& functions) {
  std::vector<std::vector<std::pair<std::string, TypeId>>> uses;  // neighbours from one interface in one `use`
  std::vector<TypeId> definitions;
  for (const auto& entry : types) {
    std::optional<InterfaceId> from = used_from(resolve_, entry.second);
    if (!from || owner == TypeOwner(*from)) {
      definitions.push_back(entry.second);
      continue;
    }
    const ItemInfo& item_info = resolve_.types[entry.second].info;
    const TypeDef* last = uses.empty() ? nullptr : &resolve_.types[uses.back().front().second];
    if (last != nullptr && used_from(resolve_, uses.back().front().second) == from &&
        same_stability(last->info.stability, item_info.stability) && last->info.external_id == item_info.external_id) {
      uses.back().push_back(entry);
    } else {
      uses.push_back({entry});
    }
  }
  for (const auto& names : uses) use(names, package);
  for (TypeId id : definitions) define(id, functions);
}

void Printer::interface(InterfaceId id) {
  bool outer = std::exchange(any_items_, false);
  const Interface& interface = resolve_.interfaces[id];
  ResourceFunctions resources;
  for (const auto& [_, function] : interface.functions) {
    if (function.resource) resources[*function.resource].push_back(&function);
  }
  std::vector<std::pair<std::string, TypeId>> list(interface.types.begin(), interface.types.end());
  types(id, interface.package.value_or(PackageId()), list, resources);
  for (const auto& [name, function] : interface.functions) {
    if (function.resource) continue;
    item();
    info(function.info);
    line(fmt::format("{}: {};", escaped(name), signature(function)));
  }
  any_items_ = outer;
}

void Printer::world_item(const WorldKey& key, const WorldItem& item, PackageId package, std::string_view verb) {
  const auto* name = std::get_if<std::string>(&key);
  if (const auto* function = std::get_if<Function>(&item)) {
    info(function->info);
    line(fmt::format("{} {}: {};", verb, escaped(*name), signature(*function)));
    return;
  }
  const auto& imported = std::get<WorldInterface>(item);
  const Interface& interface_ = resolve_.interfaces[imported.id];
  docs(imported.info.docs.empty() && name != nullptr && !interface_.name ? interface_.info.docs : imported.info.docs);
  info(imported.info, false);
  if (name == nullptr) {
    line(fmt::format("{} {};", verb, path(imported.id, package)));
  } else if (interface_.name) {
    line(fmt::format("{} {}: {};", verb, escaped(*name), path(imported.id, package)));
  } else {
    open(fmt::format("{} {}: interface", verb, escaped(*name)));
    interface(imported.id);
    close();
  }
}

void Printer::world(WorldId id) {
  bool outer = std::exchange(any_items_, false);
  const World& world = resolve_.worlds[id];
  PackageId package = world.package.value_or(PackageId());
  ResourceFunctions resources;
  std::vector<std::pair<std::string, TypeId>> list;
  for (const auto& [key, item] : world.imports) {
    if (const auto* type = std::get_if<WorldType>(&item)) {
      list.emplace_back(std::get<std::string>(key), type->id);
    } else if (const auto* function = std::get_if<Function>(&item)) {
      if (function->resource) resources[*function->resource].push_back(function);
    } else {
      world_item(key, item, package, "import");
      any_items_ = true;
    }
  }
  types(id, package, list, resources);
  for (const auto& [key, item] : world.imports) {
    const auto* function = std::get_if<Function>(&item);
    if (function == nullptr || function->resource) continue;
    world_item(key, item, package, "import");
    any_items_ = true;
  }
  if (!world.exports.empty()) item();
  for (const auto& [key, item] : world.exports) world_item(key, item, package, "export");
  any_items_ = outer;
}

void Printer::package(PackageId id, bool nested) {
  const Package& package = resolve_.packages[id];
  docs(package.docs);
  std::string head = fmt::format("package {}:{}", escaped(package.name.ns), escaped(package.name.name));
  if (package.name.version) head += "@" + package.name.version->to_string();
  if (nested) {
    open(head);
  } else {
    line(head + ";");
    newline();
  }
  for (const auto& [name, interface_id] : package.interfaces) {
    info(resolve_.interfaces[interface_id].info);
    open("interface " + escaped(name));
    interface(interface_id);
    close();
    if (!nested) newline();
  }
  for (const auto& [name, world_id] : package.worlds) {
    info(resolve_.worlds[world_id].info);
    open("world " + escaped(name));
    world(world_id);
    close();
  }
  if (nested) close();
}

}  // namespace

std::string print_package(const Resolve& resolve, PackageId package, std::span<const PackageId> nested,
                          const PrintOptions& options) {
  Printer printer(resolve, options);
  printer.package(package, false);
  bool first = true;
  for (PackageId id : nested) {
    if (!first) printer.newline(), printer.newline();
    first = false;
    printer.package(id, true);
  }
  return printer.take();
}

std::string print_type(const Resolve& resolve, const Type& type) { return Printer(resolve, {}).type(type); }

}  // namespace witc::wit
