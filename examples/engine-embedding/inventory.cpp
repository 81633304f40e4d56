// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Modules as plug-ins of a C++ program: a library module, a script that is linked to it at run time and calls a host
// function with a string, a trap with its backtrace, and one store for each thread.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "engine/api.h"

namespace api = witc::api;

namespace {

constexpr const char* kStock = R"((module $stock
  (memory (export "memory") 1)
  (func (export "put") (param $item i32) (param $count i32)
    (i32.store (i32.mul (local.get $item) (i32.const 4)) (local.get $count)))
  (func $count (export "count") (param $item i32) (result i32)
    (i32.load (i32.mul (local.get $item) (i32.const 4))))
  (func (export "share") (param $item i32) (param $people i32) (result i32 i32)
    (i32.div_u (call $count (local.get $item)) (local.get $people))
    (i32.rem_u (call $count (local.get $item)) (local.get $people)))))";

constexpr const char* kScript = R"((module $script
  (import "stock" "count" (func $count (param i32) (result i32)))
  (import "host" "say" (func $say (param i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "apples")
  (data (i32.const 6) "pears")
  (func (export "report")
    (call $say (i32.const 0) (i32.const 6) (call $count (i32.const 1)))
    (call $say (i32.const 6) (i32.const 5) (call $count (i32.const 2))))))";

/// The value, or the end.
template <class T>
T must(api::Expected<T> value) {
  if (value) return *std::move(value);
  std::fprintf(stderr, "error: %s\n", value.error().message.c_str());
  std::exit(1);
}

/// A host function: it reads the string from the memory of whoever calls it, or traps there.
std::expected<void, api::Trap> say(api::Caller& caller, std::uint32_t start, std::uint32_t size, std::int32_t count) {
  const auto bytes = caller.instance().memory("memory")->bytes();
  if (start > bytes.size() || size > bytes.size() - start) return std::unexpected(api::Trap::host("no such string"));
  const std::string name(reinterpret_cast<const char*>(bytes.data()) + start, size);
  std::printf("%s: %d\n", name.c_str(), count);
  return {};
}

/// What each thread does, in a store of its own; the machine code is made once.
int count_on_thread(const api::Engine& engine, const api::Module& stock, int item) {
  api::Store store(engine);
  const api::Instance instance = must(api::Linker().instantiate(store, stock));
  const auto put = must(instance.func<void(std::int32_t, std::int32_t)>("put"));
  const auto count = must(instance.func<std::int32_t(std::int32_t)>("count"));
  for (int i = 1; i <= 1000; ++i) {
    if (!put(item, i * item)) return -1;
  }
  return count(item).value_or(-1);
}

}  // namespace

int main() {
  const api::Engine engine;
  const api::Module stock_module = must(api::Module::load(engine, kStock));
  const api::Module script_module = must(api::Module::load(engine, kScript));

  api::Store store(engine);
  api::Linker linker;
  linker.func("host", "say", say);
  const api::Instance stock = must(linker.instantiate(store, stock_module));
  const auto put = must(stock.func<void(std::int32_t, std::int32_t)>("put"));
  if (!put(1, 30) || !put(2, 12)) return 1;

  // The script is linked to the instance that is there, with what is in it.
  linker.instance("stock", stock);
  const api::Instance script = must(linker.instantiate(store, script_module));
  const auto report = must(script.func<void()>("report"));
  if (auto done = report(); !done) std::printf("%s\n", store.describe(done.error()).c_str());

  using Shares = std::tuple<std::uint32_t, std::uint32_t>;
  const auto share = must(stock.func<Shares(std::int32_t, std::int32_t)>("share"));
  if (auto shares = share(1, 4)) std::printf("each gets %u, %u are left\n", std::get<0>(*shares), std::get<1>(*shares));
  if (auto shares = share(1, 0); !shares) std::printf("trap: %s\n", store.describe(shares.error()).c_str());

  int counts[4] = {};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { counts[i] = count_on_thread(engine, stock_module, i); });
  for (std::thread& thread : threads) thread.join();
  std::printf("on threads: %d %d %d %d\n", counts[0], counts[1], counts[2], counts[3]);
}
