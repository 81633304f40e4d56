// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// `wasmtime run` on the C API, as a process of its own, for start_bench.
//
//     start_peer [--compile OUT | --precompiled] [--component] [--dir HOST::GUEST] [--env NAME=VALUE] FILE ARGUMENTS...
//
// The file is compiled and run; or compiled and written to OUT; or it is such an OUT, and run.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/peer/library.h"

namespace {

struct ByteVec {
  std::size_t size = 0;
  char* data = nullptr;
};
/// Structures of the C API that are only handed on, with room to spare.
struct Opaque {
  std::uint64_t words[8] = {};
};
struct ComponentResult {  // `wasmtime_component_val_t` of a `result` without payloads
  std::uint64_t kind = 0;
  bool is_ok = false;
  void* payload = nullptr;
  std::uint64_t rest[1] = {};
};

void* library = nullptr;

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "start_peer: %s\n", message.c_str());
  std::exit(70);
}

/// Calls a function of the library's.
template <class Result, class... Args>
Result api(const char* name, Args... args) {
  auto* function = reinterpret_cast<Result (*)(Args...)>(dlsym(library, name));
  if (function == nullptr) fail(name);
  return function(args...);
}

/// Ends the program as the guest ended, if it exited, and by `fail` otherwise.
void check(void* error) {
  if (error == nullptr) return;
  int status = 0;
  if (api<bool>("wasmtime_error_exit_status", static_cast<const void*>(error), &status)) {
    std::fflush(stdout);
    std::exit(status);
  }
  ByteVec message;
  api<void>("wasmtime_error_message", static_cast<const void*>(error), &message);
  fail(std::string(message.data, message.size));
}

struct Request {
  std::string out, file;
  bool is_precompiled = false, is_component = false;
  std::vector<std::pair<std::string, std::string>> dirs, env;
  std::vector<const char*> args;
};

std::pair<std::string, std::string> split(std::string_view text, std::string_view by) {
  const std::size_t at = text.find(by);
  if (at == std::string_view::npos) fail("no " + std::string(by));
  return {std::string(text.substr(0, at)), std::string(text.substr(at + by.size()))};
}

Request parse(int argc, char** argv) {
  Request request;
  int i = 1;
  for (; i < argc && argv[i][0] == '-'; ++i) {
    const std::string_view option = argv[i];
    if (option == "--precompiled")
      request.is_precompiled = true;
    else if (option == "--component")
      request.is_component = true;
    else if (option == "--compile" && i + 1 < argc)
      request.out = argv[++i];
    else if (option == "--dir" && i + 1 < argc)
      request.dirs.push_back(split(argv[++i], "::"));
    else if (option == "--env" && i + 1 < argc)
      request.env.push_back(split(argv[++i], "="));
    else
      fail("no such option");
  }
  if (i == argc) fail("which file?");
  request.file = argv[i];
  request.args.assign(argv + i, argv + argc);
  return request;
}

/// The module or component.
void* load(void* engine, const Request& request) {
  const std::string kind = request.is_component ? "wasmtime_component_" : "wasmtime_module_";
  void* code = nullptr;
  if (request.is_precompiled) {
    check(api<void*>((kind + "deserialize_file").c_str(), engine, request.file.c_str(), &code));
    return code;
  }
  std::ifstream in(request.file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (bytes.empty()) fail("cannot read " + request.file);
  check(api<void*>((kind + "new").c_str(), engine, bytes.data(), bytes.size(), &code));
  return code;
}

void* wasi(const Request& request) {
  void* config = api<void*>("wasi_config_new");
  api<bool>("wasi_config_set_argv", config, request.args.size(), request.args.data());
  std::vector<const char*> names, values;
  for (const auto& [name, value] : request.env) names.push_back(name.c_str()), values.push_back(value.c_str());
  api<bool>("wasi_config_set_env", config, names.size(), names.data(), values.data());
  for (const char* stream : {"wasi_config_inherit_stdin", "wasi_config_inherit_stdout", "wasi_config_inherit_stderr"}) {
    api<void>(stream, config);
  }
  for (const auto& [host, guest] : request.dirs) {
    if (!api<bool>("wasi_config_preopen_dir", config, host.c_str(), guest.c_str(), true)) fail("no folder " + host);
  }
  return config;
}

void run_module(void* engine, void* context, void* module) {
  void* linker = api<void*>("wasmtime_linker_new", engine);
  check(api<void*>("wasmtime_linker_define_wasi", linker));
  check(api<void*>("wasmtime_linker_module", linker, context, "", std::size_t{0}, static_cast<const void*>(module)));
  Opaque start;
  check(api<void*>("wasmtime_linker_get_default", linker, context, "", std::size_t{0}, &start));
  void* trap = nullptr;
  check(api<void*>("wasmtime_func_call", context, static_cast<const void*>(&start), static_cast<const void*>(nullptr),
                   std::size_t{0}, static_cast<void*>(nullptr), std::size_t{0}, &trap));
  if (trap != nullptr) fail("the guest trapped");
}

/// `wasi:cli/run`, of whichever release the component exports.
void run_component(void* engine, void* context, void* component) {
  void* linker = api<void*>("wasmtime_component_linker_new", engine);
  check(api<void*>("wasmtime_component_linker_add_wasip2", linker));
  check(api<void*>("wasmtime_component_linker_add_wasi_http", linker));
  api<void>("wasmtime_context_set_wasi_http", context);
  Opaque instance, function;
  check(api<void*>("wasmtime_component_linker_instantiate", linker, context, component, &instance));
  void* interface = nullptr;
  for (int release = 0; release < 100 && interface == nullptr; ++release) {
    const std::string name = "wasi:cli/run@0.2." + std::to_string(release);
    interface = api<void*>("wasmtime_component_instance_get_export_index", &instance, context,
                           static_cast<void*>(nullptr), name.c_str(), name.size());
  }
  if (interface == nullptr) fail("it does not export wasi:cli/run");
  void* index =
      api<void*>("wasmtime_component_instance_get_export_index", &instance, context, interface, "run", std::size_t{3});
  if (index == nullptr || !api<bool>("wasmtime_component_instance_get_func", &instance, context, index, &function)) {
    fail("it does not export run");
  }
  ComponentResult result;
  check(api<void*>("wasmtime_component_func_call", &function, context, static_cast<void*>(nullptr), std::size_t{0},
                   &result, std::size_t{1}));
  std::fflush(stdout);
  std::exit(result.is_ok ? 0 : 1);
}

}  // namespace

int main(int argc, char** argv) {
  const Request request = parse(argc, argv);
  library = witc::peer::open_library();
  if (library == nullptr) fail("wasmtime is not installed");
  void* config = api<void*>("wasm_config_new");
  api<void>("wasmtime_config_cranelift_opt_level_set", config, std::uint8_t{1});
  void* engine = api<void*>("wasm_engine_new_with_config", config);
  void* code = load(engine, request);
  if (!request.out.empty()) {
    ByteVec bytes;
    check(
        api<void*>(request.is_component ? "wasmtime_component_serialize" : "wasmtime_module_serialize", code, &bytes));
    std::ofstream(request.out, std::ios::binary).write(bytes.data, static_cast<std::streamsize>(bytes.size));
    return 0;
  }
  void* store = api<void*>("wasmtime_store_new", engine, static_cast<void*>(nullptr), static_cast<void*>(nullptr));
  void* context = api<void*>("wasmtime_store_context", store);
  check(api<void*>("wasmtime_context_set_wasi", context, wasi(request)));
  if (request.is_component)
    run_component(engine, context, code);
  else
    run_module(engine, context, code);
  return 0;
}
