// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "adapter-gen/bindgen/types.h"

#include <fmt/format.h>

#include "adapter-gen/bindgen/names.h"
#include "adapter-gen/bindgen/spelling.h"
#include "base/overloaded.h"

namespace witc::bindgen {
namespace {

constexpr std::string_view kEquality = "\n  friend bool operator==(const {0}&, const {0}&) = default;\n";

std::string_view unsigned_for(std::size_t bits) {
  if (bits <= 8) return "std::uint8_t";
  return bits <= 16 ? "std::uint16_t" : "std::uint32_t";
}

class TypeWriter {
 public:
  TypeWriter(const World& world, const Unit& unit, const ResourceWriter& resource_class)
      : world_(world), unit_(unit), resource_class_(resource_class), spelling_(world, unit) {}

  std::string all() {
    std::string text = forward_declarations();
    // Small things and other names first: they need no complete type. Then classes of resources,
    // whose declarations need none either, then what holds values.
    for (wit::TypeId id : unit_.types) text += small(id);
    for (wit::TypeId id : unit_.types) {
      if (std::holds_alternative<wit::Resource>(kind(id))) text += '\n' + docs(id) + resource_class_(id);
    }
    for (wit::TypeId id : unit_.types) text += aggregate(id);
    return text;
  }

 private:
  const wit::TypeDef& def(wit::TypeId id) const { return world_.resolve().types[id]; }
  const wit::TypeDefKind& kind(wit::TypeId id) const { return def(id).kind; }
  const std::string& name(wit::TypeId id) const { return world_.type_name(id); }
  std::string docs(wit::TypeId id) const { return doc_comment(def(id).info.docs, ""); }
  bool shared(wit::TypeId id) const { return shared_with_twin(world_, unit_, id); }
  std::string equality(wit::TypeId id) const {
    return contains_handle(world_.resolve(), id) ? "" : fmt::format(fmt::runtime(kEquality), name(id));
  }

  std::string forward_declarations() const {
    std::string text;
    for (wit::TypeId id : unit_.types) {
      if (shared(id)) continue;
      if (std::holds_alternative<wit::Resource>(kind(id))) text += fmt::format("class {};\n", name(id));
      if (std::holds_alternative<wit::Record>(kind(id)) || std::holds_alternative<wit::Variant>(kind(id))) {
        text += fmt::format("struct {};\n", name(id));
      }
    }
    return text;
  }

  std::string small(wit::TypeId id) const {
    if (shared(id)) {
      return fmt::format("\nusing {} = {}::{};\n", name(id), world_.twin(unit_)->qualified(), name(id));
    }
    if (const auto* an_enum = std::get_if<wit::Enum>(&kind(id))) return '\n' + docs(id) + enum_class(id, *an_enum);
    if (const auto* flags = std::get_if<wit::Flags>(&kind(id))) return '\n' + docs(id) + flags_class(id, *flags);
    if (std::holds_alternative<wit::Resource>(kind(id)) || std::holds_alternative<wit::Record>(kind(id)) ||
        std::holds_alternative<wit::Variant>(kind(id))) {
      return {};
    }
    return fmt::format("\n{}using {} = {};\n", docs(id), name(id), alias_target(spelling_, def(id)));
  }

  std::string enum_class(wit::TypeId id, const wit::Enum& an_enum) const {
    std::size_t count = an_enum.cases.size();
    std::string text = fmt::format("enum class {} : {} {{\n", name(id),
                                   unsigned_for(count <= 0x100 ? 8 : count <= 0x10000 ? 16 : 32));
    std::vector<std::string> names = constant_names(an_enum.cases);
    for (std::size_t i = 0; i < count; ++i) {
      text += doc_comment(an_enum.cases[i].info.docs, "  ");
      text += fmt::format("  {},\n", names[i]);
    }
    return text + "};\n";
  }

  std::string flags_class(wit::TypeId id, const wit::Flags& flags) const {
    std::string text = fmt::format("struct {0} : wit::Flags<{0}, {1}> {{\n  using wit::Flags<{0}, {1}>::Flags;\n", name(id),
                                   unsigned_for(flags.flags.size()));
    std::string values;
    std::vector<std::string> names = constant_names(flags.flags);
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += doc_comment(flags.flags[i].info.docs, "  ");
      text += fmt::format("  static const {} {};\n", name(id), names[i]);
      values += fmt::format("inline constexpr {0} {0}::{1}{{1u << {2}}};\n", name(id), names[i], i);
    }
    return text + "};\n" + values;
  }

  std::string aggregate(wit::TypeId id) const {
    if (shared(id)) return {};
    if (const auto* record = std::get_if<wit::Record>(&kind(id))) return '\n' + docs(id) + record_struct(id, *record);
    if (const auto* variant = std::get_if<wit::Variant>(&kind(id))) {
      return '\n' + docs(id) + variant_struct(id, *variant);
    }
    return {};
  }

  std::string record_struct(wit::TypeId id, const wit::Record& record) const {
    std::string text = fmt::format("struct {} {{\n", name(id));
    std::vector<std::string> names = field_names(record);
    for (std::size_t i = 0; i < names.size(); ++i) {
      text += doc_comment(record.fields[i].info.docs, "  ");
      text += fmt::format("  {} {}{};\n", spelling_.value(record.fields[i].type), names[i],
                          initializer(record.fields[i].type));
    }
    return text + equality(id) + "};\n";
  }

  /// Numbers begin as 0: a struct somebody forgot to fill in must not leak what was in memory.
  std::string initializer(const wit::Type& type) const {
    if (const auto* primitive = std::get_if<wit::Primitive>(&type)) {
      return *primitive == wit::Primitive::kString ? "" : *primitive == wit::Primitive::kBool ? " = false" : " = 0";
    }
    return std::holds_alternative<wit::Enum>(kind(world_.resolve().dealias(std::get<wit::TypeId>(type)))) ? "{}" : "";
  }

  std::string variant_struct(wit::TypeId id, const wit::Variant& variant) const {
    std::string text = fmt::format("struct {} {{\n", name(id));
    std::string all;
    std::vector<std::string> names = case_names(variant, name(id));
    Spelling inside = spelling_;
    for (const std::string& a_case : names) inside.shadow(a_case);
    bool equal = !contains_handle(world_.resolve(), id);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const wit::Case& a_case = variant.cases[i];
      text += doc_comment(a_case.info.docs, "  ");
      text += fmt::format("  struct {} {{\n", names[i]);
      if (a_case.type) text += fmt::format("    {} value{};\n", inside.value(*a_case.type), initializer(*a_case.type));
      if (equal) text += fmt::format("    friend bool operator==(const {0}&, const {0}&) = default;\n", names[i]);
      text += "  };\n";
      all += (i == 0 ? "" : ", ") + names[i];
    }
    return text + fmt::format("  using Cases = std::variant<{}>;\n\n  Cases value;\n", all) + equality(id) + "};\n";
  }

  const World& world_;
  const Unit& unit_;
  const ResourceWriter& resource_class_;
  Spelling spelling_;
};

}  // namespace

bool shared_with_twin(const World& world, const Unit& unit, wit::TypeId type) {
  return world.twin(unit) != nullptr && !contains_handle(world.resolve(), type);
}

std::string define_types(const World& world, const Unit& unit, const ResourceWriter& resource_class) {
  return TypeWriter(world, unit, resource_class).all();
}

std::string in_namespace(const std::vector<std::string>& path, const std::string& body) {
  if (body.empty()) return {};
  std::string name;
  for (const std::string& part : path) name += (name.empty() ? "" : "::") + part;
  return fmt::format("namespace {0} {{\n{1}{2}\n}}  // namespace {0}\n", name, body.starts_with('\n') ? "" : "\n", body);
}

std::vector<std::string> field_names(const wit::Record& record) {
  std::vector<std::string> names;
  for (const wit::Field& field : record.fields) names.push_back(snake(field.name));
  return names;
}

std::vector<std::string> case_names(const wit::Variant& variant, const std::string& type_name) {
  NameScope scope;
  scope.claim(type_name);
  scope.claim("Cases");
  std::vector<std::string> names;
  for (const wit::Case& a_case : variant.cases) names.push_back(scope.claim(camel(a_case.name)));
  return names;
}

std::vector<std::string> constant_names(const std::vector<wit::Label>& labels) {
  NameScope scope;
  std::vector<std::string> names;
  for (const wit::Label& label : labels) names.push_back(scope.claim("k" + camel(label.name)));
  return names;
}

}  // namespace witc::bindgen
