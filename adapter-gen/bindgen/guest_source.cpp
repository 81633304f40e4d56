// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "adapter-gen/bindgen/core_signature.h"
#include "adapter-gen/bindgen/functions.h"
#include "adapter-gen/bindgen/guest.h"
#include "adapter-gen/bindgen/names.h"
#include "adapter-gen/bindgen/types.h"

namespace witc::bindgen {
namespace {

/// The namespace of the core functions, inside the unit's: no WIT name ends in an underscore.
constexpr std::string_view kCore = "core_";

std::string types_of(const std::vector<CoreType>& types, std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < types.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", spell(types[i]));
    if (!name.empty()) text += fmt::format(" {}{}", name, i);
  }
  return text;
}

class UnitSource {
 public:
  UnitSource(const World& world, const Unit& unit) : world_(world), unit_(unit), spelling_(world, unit) {
    for (wit::TypeId id : unit_.types) {
      if (std::holds_alternative<wit::Resource>(resolve().types[id].kind)) resources_.push_back(id);
    }
  }

  /// Declarations of the core functions this unit needs from outside.
  std::string declarations() {
    std::string body;
    for (wit::TypeId id : resources_) body += resource_intrinsics(id);
    if (!unit_.implemented_here) {
      for (const CppFunction& function : all_functions()) {
        CoreSignature core = flatten_functype(resolve(), *function.wit, Context::kLower);
        body += import(unit_.wit_name.empty() ? "$root" : unit_.wit_name, function.wit->name, core_name(function),
                       core.results.empty() ? "void" : spell(core.results[0]), types_of(core.params, ""));
      }
    }
    std::vector<std::string> path = unit_.path;
    path.emplace_back(kCore);
    return body.empty() ? "" : '\n' + in_namespace(path, body);
  }

  /// What records are made of, and handles of our own resources: for namespace wit::abi.
  std::string abi() const {
    std::string text;
    for (wit::TypeId id : unit_.types) {
      const auto* record = std::get_if<wit::Record>(&resolve().types[id].kind);
      if (record == nullptr || shared_with_twin(world_, unit_, id)) continue;
      std::string type = unit_.qualified() + "::" + world_.type_name(id);
      text += fmt::format("template <>\nstruct Abi<{0}>\n    : RecordAbi<{0}", type);
      for (const std::string& field : field_names(*record)) text += fmt::format(", &{}::{}", type, field);
      text += "> {};\n";
    }
    if (!unit_.implemented_here) return text;
    for (wit::TypeId id : resources_) {
      std::string type = unit_.qualified() + "::" + world_.type_name(id);
      std::string core = fmt::format("{}::{}::{}_", unit_.qualified(), kCore, snake(*resolve().types[id].name));
      text += fmt::format("template <>\nstruct Abi<std::unique_ptr<{0}>>\n    : ExportedOwnAbi<{0}, {1}new, {1}rep, {1}drop> {{}};\n",
                          type, core);
    }
    return text;
  }

  /// Bodies: of the imports, or of the exported core functions.
  std::string bodies() {
    std::string body;
    if (unit_.implemented_here) {
      for (wit::TypeId id : resources_) body += destructor(id);
      for (const CppFunction& function : all_functions()) body += export_thunk(function);
      std::vector<std::string> path = unit_.path;
      path.emplace_back(kCore);
      return body.empty() ? "" : '\n' + in_namespace(path, body);
    }
    for (wit::TypeId id : resources_) {
      body += fmt::format("\nvoid {0}::drop_(wit::RawHandle handle) {{ {1}::{2}_drop(handle.index); }}\n",
                          world_.type_name(id), kCore, snake(*resolve().types[id].name));
    }
    for (const CppFunction& function : all_functions()) body += import_body(function);
    return body.empty() ? "" : '\n' + in_namespace(unit_.path, body);
  }

 private:
  const wit::Resolve& resolve() const { return world_.resolve(); }

  std::vector<CppFunction> all_functions() const {
    std::vector<CppFunction> all = functions_of(world_, unit_, std::nullopt);
    for (wit::TypeId id : resources_) {
      for (CppFunction& function : functions_of(world_, unit_, id)) all.push_back(std::move(function));
    }
    return all;
  }

  std::string core_name(const CppFunction& function) {
    if (auto found = core_names_.find(function.wit); found != core_names_.end()) return found->second;
    std::string name = function.wit->resource ? fmt::format("{}_{}", snake(*resolve().types[*function.wit->resource].name),
                                                            function.name)
                                              : function.name;
    return core_names_[function.wit] = core_scope_.claim(name);
  }

  static std::string import(std::string_view module, std::string_view field, std::string_view name,
                            std::string_view result, std::string_view params) {
    return fmt::format("\n__attribute__((import_module(\"{}\"), import_name(\"{}\")))\n{} {}({});\n", module, field, result,
                       name, params);
  }

  std::string resource_intrinsics(wit::TypeId id) {
    const std::string& wit_name = *resolve().types[id].name;
    auto one = [&](std::string_view module, std::string_view what, std::string_view result) {
      return import(module, fmt::format("[resource-{}]{}", what, wit_name),
                    core_scope_.claim(fmt::format("{}_{}", snake(wit_name), what)), result, "std::int32_t");
    };
    if (!unit_.implemented_here) return one(unit_.wit_name.empty() ? "$root" : unit_.wit_name, "drop", "void");
    std::string module = "[export]" + unit_.wit_name;
    return one(module, "new", "std::int32_t") + one(module, "rep", "std::int32_t") + one(module, "drop", "void");
  }

  std::string import_body(const CppFunction& function) {
    std::string result = spelling_.result(function.wit->result);
    std::string args = argument_list(function);
    std::string core = fmt::format("{}::{}", kCore, core_name(function));
    std::string params = parameter_list(function, spelling_, &Spelling::lent_param);
    auto call = [&](const std::string& first) {
      std::string all = first + (first.empty() || args.empty() ? "" : ", ") + args;
      return fmt::format("::wit::abi::call_import<{}>({}{}{})", result, core, all.empty() ? "" : ", ", all);
    };
    if (!function.wit->resource) return fmt::format("\n{} {}({}) {{\n  return {};\n}}\n", result, function.name, params, call(""));
    const std::string& type = world_.type_name(*function.wit->resource);
    if (function.is(wit::FunctionKind::kMethod)) {
      return fmt::format("\n{} {}::{}({}) const {{\n  return {};\n}}\n", result, type, function.name, params,
                         call(fmt::format("wit::Borrow<{}>(*this)", type)));
    }
    if (function.is(wit::FunctionKind::kConstructor) && !function.fallible_constructor) {
      return fmt::format("\n{0}::{0}({1})\n    : {0}({2}) {{}}\n", type, params, call(""));
    }
    return fmt::format("\n{} {}::{}({}) {{\n  return {};\n}}\n", result, type, function.name, params, call(""));
  }

  std::string export_name(std::string_view field) const {
    return unit_.wit_name.empty() ? std::string(field) : fmt::format("{}#{}", unit_.wit_name, field);
  }

  std::string destructor(wit::TypeId id) {
    const std::string& wit_name = *resolve().types[id].name;
    return fmt::format("\n__attribute__((export_name(\"{}\")))\nvoid {}(std::int32_t rep) {{\n  ::wit::abi::destroy<{}>(rep);\n}}\n",
                       export_name("[dtor]" + wit_name), core_scope_.claim(snake(wit_name) + "_destroy"),
                       world_.type_name(id));
  }

  std::string export_thunk(const CppFunction& function) {
    CoreSignature core = flatten_functype(resolve(), *function.wit, Context::kLift);
    std::string result = spelling_.result(function.wit->result);
    std::string implementation = function.name;
    std::string lifted = result;
    if (function.wit->resource) {
      const std::string& type = world_.type_name(*function.wit->resource);
      implementation = fmt::format("&{}::{}", type, function.name);
      if (function.is(wit::FunctionKind::kMethod)) lifted += fmt::format(", std::reference_wrapper<{}>", type);
    } else {
      implementation = fmt::format("&{}::{}", unit_.qualified(), function.name);
    }
    for (const wit::Type& type : function.types) lifted += ", " + spelling_.received_value(type);
    std::string args = implementation;
    for (std::size_t i = 0; i < core.params.size(); ++i) args += fmt::format(", a{}", i);
    std::string name = core_name(function);
    std::string text = fmt::format(
        "\n__attribute__((export_name(\"{}\")))\n{} {}({}) {{\n  return ::wit::abi::call_export<{}>({});\n}}\n",
        export_name(function.wit->name), core.results.empty() ? "void" : spell(core.results[0]), name,
        types_of(core.params, "a"), lifted, args);
    if (core.returns_area && contains_memory(resolve(), *function.wit->result)) {
      text += fmt::format(
          "__attribute__((export_name(\"cabi_post_{}\")))\nvoid {}(std::int32_t area) {{\n  ::wit::abi::post_return<{}>(area);\n}}\n",
          export_name(function.wit->name), core_scope_.claim(name + "_post"), result);
    }
    return text;
  }

  const World& world_;
  const Unit& unit_;
  Spelling spelling_;
  std::vector<wit::TypeId> resources_;
  NameScope core_scope_;
  std::unordered_map<const wit::Function*, std::string> core_names_;
};

constexpr std::string_view kRealloc = R"(
/// Memory for what is passed in. Weak: any number of bindings may be linked together.
extern "C" __attribute__((weak, export_name("cabi_realloc")))
void* cabi_realloc(void* old, std::size_t old_size, std::size_t alignment, std::size_t new_size) {
  return ::wit::abi::reallocate(old, old_size, alignment, new_size);
}
)";

/// Older C libraries leave it to the linker to run constructors and destructors: it then wraps *every* export of a command
/// in them, and each call of cabi_realloc would flush stdio. A program that calls the constructors itself is left alone.
constexpr std::string_view kCommandStart = R"(
// A program with `main` on a C library whose start code calls `__original_main`: its constructors and destructors run
// here, once, and not around every export. Unused in a library, and where the C library knows better.
extern "C" void __wasm_call_ctors();
extern "C" void __wasm_call_dtors();
extern "C" int __main_void();
extern "C" __attribute__((weak)) int __original_main() {
  __wasm_call_ctors();
  int status = __main_void();
  __wasm_call_dtors();
  return status;
}
)";

/// A custom section of the object file, which the linker passes on.
std::string component_type_section(const World& world, std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return {};
  std::string name = fmt::format("component-type:{}:{}:encoded world",
                                 world.resolve().packages[*world.wit().package].name.to_string(), world.wit().name);
  std::string text = fmt::format(
      "\n// The world in binary, for `witc new`.\n__asm__(R\"(\n  .section \".custom_section.{}\",\"\",@\n", name);
  constexpr std::size_t kPerLine = 24;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += i % kPerLine == 0 ? "  .byte " : ",";
    text += std::to_string(bytes[i]);
    if (i % kPerLine == kPerLine - 1 || i + 1 == bytes.size()) text += '\n';
  }
  return text + ")\");\n";
}

}  // namespace

std::string guest_source(const World& world, const std::string& header_name, std::span<const std::uint8_t> component_type) {
  std::string text = fmt::format(
      "// The canonical ABI of world `{}`, made by `witc bindgen cpp`; changes here will be lost.\n"
      "#include \"{}\"\n\n#include \"wit_abi.h\"\n", world.wit().name, header_name);
  std::vector<UnitSource> units;
  for (const Unit& unit : world.units()) units.emplace_back(world, unit);
  for (UnitSource& unit : units) text += unit.declarations();
  std::string abi;
  for (UnitSource& unit : units) abi += unit.abi();
  if (!abi.empty()) text += '\n' + in_namespace({"wit", "abi"}, abi);
  for (UnitSource& unit : units) text += unit.bodies();
  return text + std::string(kRealloc) + std::string(kCommandStart) + component_type_section(world, component_type);
}

}  // namespace witc::bindgen
