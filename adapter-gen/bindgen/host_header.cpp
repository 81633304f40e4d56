// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "adapter-gen/bindgen/functions.h"
#include "adapter-gen/bindgen/host.h"
#include "adapter-gen/bindgen/names.h"
#include "adapter-gen/bindgen/types.h"

namespace witc::bindgen {
namespace {

class UnitHeader {
 public:
  UnitHeader(const World& world, const Unit& unit) : world_(world), unit_(unit), spelling_(world, unit) {}

  std::string text() const {
    std::string body = define_types(world_, unit_, [&](wit::TypeId id) { return resource_class(id); });
    if (!unit_.functions.empty() || has_resources()) body += unit_.implemented_here ? host_class() : exports_class();
    if (body.empty()) return {};
    std::string what = unit_.interface ? fmt::format("`{}`", unit_.wit_name) : fmt::format("of world `{}`", world_.wit().name);
    std::string heading = unit_.implemented_here ? fmt::format("// Import {}: to be implemented by you.\n", what)
                                                 : fmt::format("// Export {}: to be called.\n", what);
    return '\n' + heading + doc_comment(unit_.docs, "", "//") + in_namespace(unit_.path, body);
  }

 private:
  bool has_resources() const {
    for (wit::TypeId id : unit_.types) {
      if (std::holds_alternative<wit::Resource>(world_.resolve().types[id].kind)) return true;
    }
    return false;
  }

  /// Docs and declaration of a function; what the component answers may be a trap.
  std::string declare(const CppFunction& function, const std::string& name) const {
    std::string docs = doc_comment(function.wit->info.docs, "  ");
    std::string result = spelling_.result(function.wit->result);
    if (unit_.implemented_here) {
      return fmt::format("{}  virtual {} {}({}) = 0;\n", docs, result, name,
                         parameter_list(function, spelling_, &Spelling::received_param));
    }
    return fmt::format("{}  wit::OrTrap<{}> {}({}) const;\n", docs, result, name,
                       parameter_list(function, spelling_, &Spelling::lent_param));
  }

  std::string resource_class(wit::TypeId id) const {
    const std::string& name = world_.type_name(id);
    std::string text = unit_.implemented_here
                           ? fmt::format("class {} : public wit::Implementation {{\n public:\n", name)
                           : fmt::format("class {0} : public wit::Handle<{0}> {{\n public:\n", name);
    for (const CppFunction& function : functions_of(world_, unit_, id)) {
      if (function.is(wit::FunctionKind::kMethod)) text += declare(function, function.name);
    }
    if (!unit_.implemented_here) {
      if (!text.ends_with(":\n")) text += '\n';
      text += fmt::format("  using wit::Handle<{}>::Handle;\n", name);
      text += fmt::format("  static constexpr std::string_view kInterface_ = \"{}\";\n", unit_.wit_name);
      text += fmt::format("  static constexpr std::string_view kName_ = \"{}\";\n", *world_.resolve().types[id].name);
    }
    return text + "};\n";
  }

  std::string functions() const {
    std::string text;
    for (const CppFunction& function : host_functions(world_, unit_)) text += declare(function, function.name);
    return text;
  }

  std::string host_class() const {
    std::string name = class_of(world_, unit_);
    std::string members = functions();
    return fmt::format("\n/// What components may call; `trap` ends a call in a trap.\nclass {} : public wit::Implementation {{\n{}{}}};\n",
                       name, members.empty() ? "" : " public:\n", members) +
           fmt::format("\n/// Supplies the interface to what is instantiated with `linker`; `host` must outlive that.\n"
                       "void add_to_linker(wit::HostLinker& linker, {}& host);\n", name);
  }

  std::string exports_class() const {
    if (host_functions(world_, unit_).empty()) return {};
    std::string name = class_of(world_, unit_);
    return fmt::format("\n/// What an instance exports; `caller` must outlive this.\nclass {0} {{\n public:\n"
                       "  explicit {0}(wit::ExportCaller& caller) : caller_(&caller) {{}}\n\n{1}\n private:\n"
                       "  wit::ExportCaller* caller_;\n}};\n", name, functions());
  }

  const World& world_;
  const Unit& unit_;
  Spelling spelling_;
};

}  // namespace

std::string class_of(const World& world, const Unit& unit) {
  std::string name = unit.implemented_here ? "Host" : "Exports";
  NameScope scope;
  for (wit::TypeId id : unit.types) scope.claim(world.type_name(id));
  return scope.claim(name);
}

std::string host_header(const World& world) {
  std::string text = fmt::format(
      "// Host bindings for world `{}` of `{}`, made by `witc bindgen cpp --host`; changes here will be lost.\n"
      "// How WIT types look in C++ stands at the head of wit.h.\n",
      world.wit().name, world.resolve().packages[*world.wit().package].name.to_string());
  if (!world.wit().info.docs.empty()) text += "//\n" + doc_comment(world.wit().info.docs, "", "//");
  text += "#pragma once\n\n#include \"wit_host.h\"\n";
  for (const Unit& unit : world.units()) text += UnitHeader(world, unit).text();
  return text;
}

}  // namespace witc::bindgen
