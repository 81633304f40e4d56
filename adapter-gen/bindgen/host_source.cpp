// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "adapter-gen/bindgen/functions.h"
#include "adapter-gen/bindgen/host.h"
#include "adapter-gen/bindgen/names.h"
#include "adapter-gen/bindgen/types.h"

namespace witc::bindgen {
namespace {

class UnitSource {
 public:
  UnitSource(const World& world, const Unit& unit) : world_(world), unit_(unit), spelling_(world, unit) {}

  /// Conversions of the unit's own records, enums and flags: for namespace wit::host.
  std::string codecs() const {
    std::string text;
    for (wit::TypeId id : unit_.types) {
      if (shared_with_twin(world_, unit_, id)) continue;
      const wit::TypeDefKind& kind = world_.resolve().types[id].kind;
      std::string type = unit_.qualified() + "::" + world_.type_name(id);
      if (const auto* record = std::get_if<wit::Record>(&kind)) {
        text += fmt::format("template <>\nstruct Codec<{0}>\n    : RecordCodec<{0}", type);
        for (const std::string& field : field_names(*record)) text += fmt::format(", &{}::{}", type, field);
        text += "> {};\n";
      } else if (const auto* an_enum = std::get_if<wit::Enum>(&kind)) {
        text += fmt::format("template <>\nstruct Codec<{0}> : EnumCodec<{0}, {1}> {{}};\n", type, an_enum->cases.size());
      } else if (const auto* flags = std::get_if<wit::Flags>(&kind)) {
        text += fmt::format("template <>\nstruct Codec<{0}> : FlagsCodec<{0}, {1}> {{}};\n", type, flags->flags.size());
      }
    }
    return text;
  }

  std::string bodies() const {
    std::string body = unit_.implemented_here ? add_to_linker() : exports();
    return body.empty() ? "" : '\n' + in_namespace(unit_.path, body);
  }

 private:
  std::vector<wit::TypeId> resources() const {
    std::vector<wit::TypeId> ids;
    for (wit::TypeId id : unit_.types) {
      if (std::holds_alternative<wit::Resource>(world_.resolve().types[id].kind)) ids.push_back(id);
    }
    return ids;
  }

  std::string received(const CppFunction& function) const {
    std::string text;
    for (const wit::Type& type : function.types) text += ", " + spelling_.received_value(type);
    return text;
  }

  std::string add_to_linker() const {
    if (unit_.functions.empty() && resources().empty()) return {};
    std::string host = class_of(world_, unit_);
    std::string text = fmt::format("\nvoid add_to_linker(wit::HostLinker& linker, [[maybe_unused]] {}& host) {{\n", host);
    text += fmt::format("  constexpr std::string_view kInterface = \"{}\";\n", unit_.wit_name);
    for (wit::TypeId id : resources()) {
      text += fmt::format("  linker.define_resource(kInterface, \"{}\", [table = linker.resources()](std::uint64_t rep) {{ table->drop(rep); }});\n",
                          *world_.resolve().types[id].name);
    }
    for (const CppFunction& function : host_functions(world_, unit_)) {
      text += fmt::format("  linker.define_func(kInterface, \"{}\",\n      ::wit::host::function<{}{}>(linker, host, &{}::{}));\n",
                          function.wit->name, spelling_.result(function.wit->result), received(function), host, function.name);
    }
    for (wit::TypeId id : resources()) {
      for (const CppFunction& function : functions_of(world_, unit_, id)) {
        if (!function.is(wit::FunctionKind::kMethod)) continue;
        const std::string& type = world_.type_name(id);
        text += fmt::format("  linker.define_func(kInterface, \"{}\",\n      ::wit::host::method<{}, {}{}>(linker, &{}::{}));\n",
                            function.wit->name, spelling_.result(function.wit->result), type, received(function), type,
                            function.name);
      }
    }
    return text + "}\n";
  }

  std::string exports() const {
    std::string text;
    auto body = [&](const CppFunction& function, const std::string& scope, const std::string& caller,
                    const std::string& first, const std::string& interface) {
      std::string result = spelling_.result(function.wit->result);
      std::string args = first;
      for (const std::string& param : function.params) args += ", " + param;
      return fmt::format("\nwit::OrTrap<{0}> {1}::{2}({3}) const {{\n  return ::wit::host::call<{0}, {5}, \"{6}\">({4}{7});\n}}\n",
                         result, scope, function.name, parameter_list(function, spelling_, &Spelling::lent_param), caller,
                         interface, function.wit->name, args);
    };
    std::string interface = fmt::format("\"{}\"", unit_.wit_name);
    for (const CppFunction& function : host_functions(world_, unit_)) {
      text += body(function, class_of(world_, unit_), "*caller_", "", interface);
    }
    for (wit::TypeId id : resources()) {
      const std::string& type = world_.type_name(id);
      for (const CppFunction& function : functions_of(world_, unit_, id)) {
        if (!function.is(wit::FunctionKind::kMethod)) continue;
        text += body(function, type, "*raw_handle(*this).caller", fmt::format(", wit::Borrow<{}>(*this)", type), interface);
      }
    }
    return text;
  }

  const World& world_;
  const Unit& unit_;
  Spelling spelling_;
};

}  // namespace

std::string host_source(const World& world, const std::string& header_name) {
  std::string text = fmt::format(
      "// Conversions and glue of world `{}`, made by `witc bindgen cpp --host`; changes here will be lost.\n"
      "#include \"{}\"\n", world.wit().name, header_name);
  std::string codecs, bodies;
  for (const Unit& unit : world.units()) {
    UnitSource source(world, unit);
    codecs += source.codecs();
    bodies += source.bodies();
  }
  if (!codecs.empty()) text += '\n' + in_namespace({"wit", "host"}, codecs);
  return text + bodies;
}

}  // namespace witc::bindgen
