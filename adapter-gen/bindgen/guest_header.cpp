// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "adapter-gen/bindgen/functions.h"
#include "adapter-gen/bindgen/guest.h"
#include "adapter-gen/bindgen/names.h"
#include "adapter-gen/bindgen/types.h"

namespace witc::bindgen {
namespace {

class UnitHeader {
 public:
  UnitHeader(const World& world, const Unit& unit) : world_(world), unit_(unit), spelling_(world, unit) {}

  std::string text() const {
    // The world's types stand on its import side.
    std::string body = define_types(world_, unit_, [&](wit::TypeId id) {
      return unit_.implemented_here ? exported_class(id) : imported_class(id);
    });
    for (const CppFunction& function : functions_of(world_, unit_, std::nullopt)) {
      body += fmt::format("\n{}{};\n", doc_comment(function.wit->info.docs, ""), declaration(function));
    }
    if (body.empty()) return {};
    return fmt::format("\n{}{}{}", heading(), doc_comment(unit_.docs, "", "//"), in_namespace(unit_.path, body));
  }

 private:
  std::string heading() const {
    std::string what = unit_.interface ? fmt::format("`{}`", unit_.wit_name) : fmt::format("of world `{}`", world_.wit().name);
    if (unit_.side == Side::kImport) return fmt::format("// Import {}: to be called.\n", what);
    return fmt::format("// Export {}: to be defined by you.\n", what);
  }

  std::string params(const CppFunction& function) const {
    return parameter_list(function, spelling_,
                          unit_.implemented_here ? &Spelling::received_param : &Spelling::lent_param);
  }

  std::string declaration(const CppFunction& function) const {
    return fmt::format("{} {}({})", spelling_.result(function.wit->result), function.name, params(function));
  }

  std::string imported_class(wit::TypeId id) const {
    const std::string& name = world_.type_name(id);
    std::string text = fmt::format("class {0} : public wit::Handle<{0}> {{\n public:\n", name);
    for (const CppFunction& function : functions_of(world_, unit_, id)) {
      text += doc_comment(function.wit->info.docs, "  ");
      switch (function.wit->kind) {
        case wit::FunctionKind::kConstructor:
          if (!function.fallible_constructor) {
            text += fmt::format("  {}{}({});\n", function.params.size() == 1 ? "explicit " : "", name, params(function));
            break;
          }
          [[fallthrough]];
        case wit::FunctionKind::kStatic: text += fmt::format("  static {};\n", declaration(function)); break;
        case wit::FunctionKind::kMethod: text += fmt::format("  {} const;\n", declaration(function)); break;
        case wit::FunctionKind::kFreestanding: break;
      }
    }
    if (!text.ends_with(":\n")) text += '\n';
    text += fmt::format("  using wit::Handle<{}>::Handle;\n  static void drop_(wit::RawHandle handle);\n", name);
    return text + "};\n";
  }

  /// Abstract: the author's class derives from it and holds the state.
  std::string exported_class(wit::TypeId id) const {
    const std::string& name = world_.type_name(id);
    std::string defined, overridden;
    for (const CppFunction& function : functions_of(world_, unit_, id)) {
      std::string docs = doc_comment(function.wit->info.docs, "  ");
      switch (function.wit->kind) {
        case wit::FunctionKind::kConstructor:
        case wit::FunctionKind::kStatic:
          defined += fmt::format("{}  static {};\n", docs, declaration(function));
          break;
        case wit::FunctionKind::kMethod:
          overridden += fmt::format("{}  virtual {} = 0;\n", docs, declaration(function));
          break;
        case wit::FunctionKind::kFreestanding: break;
      }
    }
    std::string text = fmt::format("class {0} {{\n public:\n  virtual ~{0}() = default;\n", name);
    if (!defined.empty()) text += "\n  // To be defined.\n" + defined;
    if (!overridden.empty()) text += "\n  // To be overridden.\n" + overridden;
    return text + "};\n";
  }

  const World& world_;
  const Unit& unit_;
  Spelling spelling_;
};

}  // namespace

std::string guest_header(const World& world) {
  std::string text = fmt::format(
      "// Bindings for world `{}` of `{}`, made by `witc bindgen cpp`; changes here will be lost.\n"
      "// How WIT types look in C++ stands at the head of wit.h.\n",
      world.wit().name, world.resolve().packages[*world.wit().package].name.to_string());
  if (!world.wit().info.docs.empty()) text += "//\n" + doc_comment(world.wit().info.docs, "", "//");
  text += "#pragma once\n\n#include \"wit_resource.h\"\n";
  for (const Unit& unit : world.units()) text += UnitHeader(world, unit).text();
  return text;
}

}  // namespace witc::bindgen
