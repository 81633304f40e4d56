// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The whole program is hashed, not each batch with what it relies on: a function's code depends on its module's types and
// tables, on the layout of all instances, on which functions anywhere may throw, on what is inlined into it; and hashing
// takes less time than finding that out. The build is known by its file: any other file is another build.
#include "engine/cache/program_key.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <map>

#include "base/overloaded.h"
#include "engine/arch/processor.h"
#include "engine/compiler.h"
#include "wasm/core/encode.h"
#include "wasm/core/validate.h"

namespace witc::engine {
namespace {

constexpr std::string_view kFormat = "witc code 2";

bool add_file(Sha256& hash, const char* path) {
  struct stat status {};
  if (stat(path, &status) != 0) return false;
  hash.add_number(status.st_dev);
  hash.add_number(status.st_ino);
  hash.add_number(static_cast<std::uint64_t>(status.st_size));
  hash.add_number(static_cast<std::uint64_t>(status.st_mtim.tv_sec));
  hash.add_number(static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
  return true;
}

void add_types(Sha256& hash, const std::vector<wasm::ValType>& types) {
  hash.add_number(types.size());
  for (const wasm::ValType& type : types) hash.add_number(type.kind);
}

void add_import(Sha256& hash, const ImportBinding& binding) {
  hash.add_number(binding.index());
  match(
      binding,
      [&](const InstanceItem& item) {
        hash.add_number(item.instance.value);
        hash.add_number(item.index);
      },
      [&](HostSlot slot) { hash.add_number(slot.value); },
      [&](Intrinsic intrinsic) { hash.add_number(static_cast<std::uint64_t>(intrinsic)); },
      [&](MemorySlot slot) { hash.add_number(slot.value); },
      [&](const NativeFunc& func) {
        hash.add_number(static_cast<std::uint64_t>(func.native));
        for (std::uint32_t memory : func.memories) hash.add_number(memory);
      });
}

class Modules {
 public:
  void add(Sha256& hash, const CoreInstance& instance) {
    const wasm::Module& module = *instance.module;
    if (instance.facts != nullptr && instance.facts->digest) return hash.add(*instance.facts->digest);
    auto [known, is_new] = digests_.try_emplace(&module);
    if (is_new) known->second = module.bytes.empty() ? sha256(wasm::encode_module(module)) : sha256(module.bytes);
    hash.add(known->second);
  }

 private:
  std::map<const wasm::Module*, Digest> digests_;
};

}  // namespace

void add_build(Sha256& hash) {
  Dl_info info{};
  const bool is_known = dladdr(reinterpret_cast<void*>(&add_build), &info) != 0 && info.dli_fname != nullptr;
  if (!is_known || info.dli_fname[0] != '/' || !add_file(hash, info.dli_fname)) add_file(hash, "/proc/self/exe");
  if (const std::string file = code_generator_file(); !file.empty()) add_file(hash, file.c_str());
}

Digest program_key(const Program& program, const Layout& layout, const EngineOptions& options,
                   std::string_view numbering) {
  Sha256 hash;
  hash.add_text(kFormat);
  add_build(hash);
  hash.add_text(arch::processor_id());
  hash.add_text(numbering);
  hash.add_number(static_cast<std::uint64_t>(options.opt_level));
  hash.add_number(options.canonical_nans ? 1 : 0);
  hash.add_number(options.fuel.has_value() ? 1 : 0);
  hash.add_number(options.interruptible || options.timeout.has_value() ? 1 : 0);
  hash.add_number(program.is_open ? 1 : 0);
  hash.add_number(program.memories.size());
  for (const wasm::MemoryType& memory : program.memories) {
    hash.add_number(memory.limits.min);
    hash.add_number(memory.limits.max.value_or(~std::uint64_t{0}));
    hash.add_number(memory.limits.is_64 ? 1 : 0);
    hash.add_number(memory.is_shared ? 1 : 0);
    hash.add_number(memory.page_size_log2);
  }
  hash.add_number(program.hosts.size());
  for (const HostDecl& host : program.hosts) {
    add_types(hash, host.type.params);
    add_types(hash, host.type.results);
  }
  Modules modules;
  hash.add_number(program.instances.size());
  for (InstanceId id : program.instances.ids()) {
    const CoreInstance& instance = program.instances[id];
    modules.add(hash, instance);
    hash.add_number(instance.inline_always ? 1 : 0);
    for (const ImportBinding& binding : instance.imports) add_import(hash, binding);
    for (std::uint32_t type : layout[id].func_types) hash.add_number(type);  // those of hosts among them
  }
  return hash.finish();
}

}  // namespace witc::engine
