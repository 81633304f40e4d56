// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// For the tests of preview 1: a module that exports all that it imports, so that they call it with whatever a hostile module
// may give, and look at its memory.

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "wasi-preview/filesystem/test_tree.h"
#include "wasi-preview/p1/types.h"
#include "wasi-preview/preview1.h"

namespace witc::wasi::inline p1_testing {

using fs::TestTree;
using p1::Errno;

struct Signature {
  const char* name;
  const char* params;  // i: i32, I: i64
};
inline constexpr Signature kFunctions[] = {
    {"args_get", "ii"}, {"args_sizes_get", "ii"}, {"environ_get", "ii"}, {"environ_sizes_get", "ii"}, {"clock_res_get", "ii"},
    {"clock_time_get", "iIi"}, {"fd_advise", "iIIi"}, {"fd_allocate", "iII"}, {"fd_close", "i"}, {"fd_datasync", "i"},
    {"fd_fdstat_get", "ii"}, {"fd_fdstat_set_flags", "ii"}, {"fd_fdstat_set_rights", "iII"}, {"fd_filestat_get", "ii"},
    {"fd_filestat_set_size", "iI"}, {"fd_filestat_set_times", "iIIi"}, {"fd_pread", "iiiIi"}, {"fd_prestat_get", "ii"},
    {"fd_prestat_dir_name", "iii"}, {"fd_pwrite", "iiiIi"}, {"fd_read", "iiii"}, {"fd_readdir", "iiiIi"}, {"fd_renumber", "ii"},
    {"fd_seek", "iIii"}, {"fd_sync", "i"}, {"fd_tell", "ii"}, {"fd_write", "iiii"}, {"path_create_directory", "iii"},
    {"path_filestat_get", "iiiii"}, {"path_filestat_set_times", "iiiiIIi"}, {"path_link", "iiiiiii"},
    {"path_open", "iiiiiIIii"}, {"path_readlink", "iiiiii"}, {"path_remove_directory", "iii"}, {"path_rename", "iiiiii"},
    {"path_symlink", "iiiii"}, {"path_unlink_file", "iii"}, {"poll_oneoff", "iiii"}, {"proc_raise", "i"}, {"sched_yield", ""},
    {"random_get", "ii"}, {"sock_accept", "iii"}, {"sock_recv", "iiiiii"}, {"sock_send", "iiiii"}, {"sock_shutdown", "ii"},
};

inline std::string module_text(const char* from, bool with_memory) {
  std::string imports, exports;
  for (const Signature& one : kFunctions) {
    if (std::string_view(from) == "wasi_unstable" && std::string_view(one.name) == "sock_accept") continue;
    imports += std::string("(import \"") + from + "\" \"" + one.name + "\" (func $" + one.name + " (param";
    for (char param : std::string_view(one.params)) imports += param == 'i' ? " i32" : " i64";
    imports += ") (result i32)))\n";
    exports += std::string("(export \"") + one.name + "\" (func $" + one.name + "))\n";
  }
  return "(module " + imports + (with_memory ? "(memory (export \"memory\") 2 2)" : "(memory 2 2)") + exports + ")";
}

inline constexpr std::uint32_t kEnd = 2 << 16;  // of the memory

/// A program that does as it is told.
class Program {
 public:
  explicit Program(WasiOptions options, api::EngineOptions engine = {.opt_level = api::OptLevel::kNone},
                   const char* from = "wasi_snapshot_preview1", bool with_memory = true)
      : engine_(engine), store_(engine_) {
    auto made = Preview1::make(options);
    REQUIRE(made.has_value());
    api::Linker linker;
    made->add_to(linker);
    auto module = api::Module::load(engine_, std::string_view(module_text(from, with_memory)));
    REQUIRE_MESSAGE(module.has_value(), module.error().message);
    auto instance = linker.instantiate(store_, *module);
    REQUIRE_MESSAGE(instance.has_value(), instance.error().message);
    instance_ = *instance;
  }

  /// The result, or the trap.
  std::expected<Errno, api::Trap> try_call(std::string_view name, std::initializer_list<std::uint64_t> args) {
    return try_call(name, std::vector<std::uint64_t>(args));
  }
  std::expected<Errno, api::Trap> try_call(std::string_view name, const std::vector<std::uint64_t>& args) {
    auto func = instance_.func(name);
    REQUIRE(func.has_value());
    const api::FuncType type = func->type();
    REQUIRE(type.params.size() == args.size());
    std::vector<api::Val> values;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const std::uint64_t mask = type.params[i] == api::ValType::i32() ? 0xffffffff : ~0ull;
      values.emplace_back(type.params[i], args[i] & mask);
    }
    auto results = func->call(values);
    if (!results) {
      REQUIRE(results.error().trap.has_value());
      return std::unexpected(*results.error().trap);
    }
    return static_cast<Errno>(results->at(0).i32());
  }
  Errno call(std::string_view name, std::initializer_list<std::uint64_t> args) {
    CAPTURE(std::string(name));
    auto result = try_call(name, args);
    REQUIRE(result.has_value());
    return *result;
  }

  std::span<std::uint8_t> memory() { return instance_.memory("memory")->bytes(); }
  template <class T>
  T get(std::uint32_t address) {
    T value;
    std::memcpy(&value, memory().data() + address, sizeof value);
    return value;
  }
  template <class T>
  void put(std::uint32_t address, T value) {
    std::memcpy(memory().data() + address, &value, sizeof value);
  }
  std::uint32_t text(std::uint32_t address, std::string_view text) {
    std::memcpy(memory().data() + address, text.data(), text.size());
    return static_cast<std::uint32_t>(text.size());
  }
  /// One iovec at `address`.
  void iovec(std::uint32_t address, std::uint32_t buffer, std::uint32_t size) {
    put(address, buffer);
    put(address + 4, size);
  }
  /// path_open in the preopen 3; the number, or nothing.
  Errno open(std::string_view path, std::uint32_t oflags, std::uint64_t rights, std::uint32_t& fd, std::uint32_t fdflags = 0) {
    const std::uint32_t size = text(60000, path);
    const Errno error = call("path_open", {3, 1, 60000, size, oflags, rights, p1::rights::kAll, fdflags, 50000});
    fd = get<std::uint32_t>(50000);
    return error;
  }

 private:
  api::Engine engine_;
  api::Store store_;
  api::Instance instance_;
};

inline WasiOptions with_tree(const TestTree& tree, bool read_only = false) {
  return {.args = {"app", "one"}, .env = {{"A", "1"}}, .preopens = {{tree.inside(), "/", read_only}}};
}

}  // namespace witc::wasi::p1_testing
