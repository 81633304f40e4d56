// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs the `.waves` scripts of the conformance corpus (wave/tests/ui): calls separated by `;` and a line end. What
// `accept-*` holds must be read, and print as its `.out` has it; what `reject-*` holds must be refused. The functions
// are those of the suite's ui.wit.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "adapter-gen/wave.h"
#include "base/render.h"

namespace {

using namespace witc;
using component::FieldType;
using component::FuncType;
using component::Types;
using component::ValType;
using component::ValueType;
using Prim = component::PrimValType;

/// ui.wit.
std::map<std::string, FuncType> functions(Types& types) {
  auto type = [&](ValueType seen) -> ValType { return types.intern(std::move(seen)); };
  auto list = [&](ValType element) { return type(component::ListType{element, std::nullopt}); };
  ValType option = type(component::OptionType{Prim::kU8});
  ValType result = type(component::ResultValType{});
  auto record = [&](std::vector<FieldType> fields) { return type(component::RecordType{std::move(fields)}); };
  std::map<std::string, FuncType> out;
  auto add = [&](std::string name, std::vector<FieldType> params) { out[name] = {false, std::move(params), {}}; };
  add("nullary", {});
  add("f32", {{"val", Prim::kF32}});
  add("list-f32", {{"vals", list(Prim::kF32)}});
  add("f64", {{"val", Prim::kF64}});
  add("list-f64", {{"vals", list(Prim::kF64)}});
  add("char", {{"val", Prim::kChar}});
  add("list-chars", {{"vals", list(Prim::kChar)}});
  add("string", {{"val", Prim::kString}});
  add("list-strings", {{"vals", list(Prim::kString)}});
  add("option-u8", {{"opt", option}});
  add("result-ok-u8", {{"res", type(component::ResultValType{Prim::kU8, std::nullopt})}});
  add("result-err-u8", {{"res", type(component::ResultValType{std::nullopt, Prim::kU8})}});
  add("result-both-u8", {{"res", type(component::ResultValType{Prim::kU8, Prim::kU8})}});
  add("result-no-payloads", {{"res", result}});
  add("basic-record", {{"rec", record({{"required", Prim::kU8}, {"optional", option}})}});
  add("optional-fields-record", {{"rec", record({{"a", option}, {"b", option}})}});
  add("keyword-fields-record",
      {{"rec", record({{"true", Prim::kBool}, {"false", Prim::kBool}, {"some", option}, {"none", option}, {"ok", result},
                       {"err", result}, {"inf", Prim::kF32}, {"nan", Prim::kF32}})}});
  add("hand-enum", {{"enm", type(component::EnumType{{"left", "right"}})}});
  add("keyword-cases-enum",
      {{"enm", type(component::EnumType{{"true", "false", "some", "none", "ok", "err", "inf", "nan"}})}});
  add("permission-flags", {{"flgs", type(component::FlagsType{{"read", "write"}})}});
  return out;
}

std::string read(const std::filesystem::path& path) {
  std::stringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// The calls of a script without the comments before them.
std::vector<std::string> calls(std::string text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(";\n"), text.size());
    std::string call = text.substr(0, end);
    text.erase(0, end + 2);
    if (call.ends_with(';')) call.pop_back();
    while (call.starts_with("//")) call.erase(0, std::min(call.find('\n'), call.size() - 1) + 1);
    if (call.find_first_not_of(" \n") != std::string::npos) out.push_back(call);
  }
  return out;
}

struct Runner {
  Types types;
  std::map<std::string, FuncType> functions = ::functions(types);
  SourceMap sources;

  /// The call printed with parameter names, as the suite's `.out` files have it.
  Result<std::string> run(std::string text) {
    SourceId id = sources.add("call", std::move(text), SourceKind::kText);
    abi::WaveCall call = TRY(abi::parse_wave_call(sources, sources.whole(id)));
    bool is_here = call.interface.empty() || call.interface == "ui" || call.interface == "ui:tests/ui" ||
                   call.interface == "ui:tests/ui@0.1.0";
    auto found = functions.find(call.function);
    if (!is_here || found == functions.end()) return error(DiagCode::kRunNoSuchExport, call.name, "no such function");
    std::vector<abi::Val> arguments = TRY(abi::parse_wave_arguments(sources, call.arguments, types, found->second));
    std::string out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const FieldType& param = found->second.params[i];
      out += fmt::format("{}{}: {}", i > 0 ? ", " : "", param.name, abi::to_wave(arguments[i], types, param.type));
    }
    std::string_view name = sources.text(call.name);
    return fmt::format("{}({})", name, out);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  Runner runner;
  int passed = 0, failed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.path().extension() != ".waves") continue;
    bool is_accept = entry.path().filename().string().starts_with("accept-");
    std::stringstream expected(read(std::filesystem::path(entry.path()).replace_extension(".out")));
    for (const std::string& call : calls(read(entry.path()))) {
      std::string line;
      do {
        if (!std::getline(expected, line)) line = "?";
      } while (line.starts_with("//"));
      Result<std::string> got = runner.run(call);
      bool is_right = is_accept ? got && *got == line : !got;
      is_right ? ++passed : ++failed;
      if (is_right) continue;
      fmt::print("{}: {}\n  expected: {}\n  got: {}\n", entry.path().filename().string(), call,
                 is_accept ? line : "an error", got ? *got : render_text(got.error(), runner.sources));
    }
  }
  fmt::print("wave: {} passed, {} failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
