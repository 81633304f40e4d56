// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Components as plug-ins of a C++ program: a resource of the host's with a C++ destructor, a component linked once and
// instantiated often, a second one linked at run time to a live instance of the first, values as WAVE text, and a trap.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>

#include "adapter-gen/wave.h"
#include "base/render.h"
#include "engine/component.h"
#include "wasm/component/parse.h"

using witc::SourceKind;
using witc::abi::Val;
using namespace witc::engine;

namespace {

/// Opens a `file` of the host's, writes to it n times and drops it.
constexpr std::string_view kWriter = R"((component
  (import "shop:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "open" (func (param "size" u32) (result (own $file))))
    (export "[method]file.write" (func (param "self" (borrow $file)) (param "n" u32)))))
  (alias export $files "file" (type $file))
  (core func $open (canon lower (func $files "open")))
  (core func $write (canon lower (func $files "[method]file.write")))
  (core func $drop (canon resource.drop $file))
  (core module $Main
    (import "files" "open" (func $open (param i32) (result i32)))
    (import "files" "write" (func $write (param i32 i32)))
    (import "files" "drop" (func $drop (param i32)))
    (global $filled (mut i32) (i32.const 0))
    (func $fill (export "fill") (param $n i32) (result i32) (local $file i32)
      (if (i32.eqz (local.get $n)) (then (unreachable)))
      (local.set $file (call $open (local.get $n)))
      (loop $again
        (call $write (local.get $file) (local.get $n))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (call $drop (local.get $file))
      (global.set $filled (i32.add (global.get $filled) (i32.const 1)))
      (global.get $filled)))
  (core instance $main (instantiate $Main (with "files" (instance
    (export "open" (func $open)) (export "write" (func $write)) (export "drop" (func $drop))))))
  (func $fill (param "n" u32) (result u32) (canon lift (core func $main "fill")))
  (instance (export "shop:writer/fill") (export "fill" (func $fill)))))";

/// Calls the writer it is linked to twice.
constexpr std::string_view kClerk = R"((component
  (import "shop:writer/fill" (instance $writer (export "fill" (func (param "n" u32) (result u32)))))
  (core func $fill (canon lower (func $writer "fill")))
  (core module $Main
    (import "writer" "fill" (func $fill (param i32) (result i32)))
    (func (export "work") (result i32)
      (drop (call $fill (i32.const 1)))
      (call $fill (i32.const 2))))
  (core instance $main (instantiate $Main (with "writer" (instance (export "fill" (func $fill))))))
  (func (export "work") (result u32) (canon lift (core func $main "work")))))";

/// What the host's resource is: C++, with a destructor.
struct File {
  explicit File(std::uint64_t size) : size(size) {
    std::printf("  a file of %llu is opened\n", static_cast<unsigned long long>(size));
  }
  ~File() { std::printf("  and closed with %llu written\n", static_cast<unsigned long long>(written)); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::uint64_t size, written = 0;
};

/// The value, or the end.
template <class T>
T must(witc::Result<T> value, const witc::SourceMap& sources) {
  if (value) return *std::move(value);
  std::fputs(witc::render_text(value.error(), sources).c_str(), stderr);
  std::exit(1);
}
template <class T>
T must(std::expected<T, Trap> value) {
  if (!value) {
    std::fprintf(stderr, "%s\n", value.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(value);
}

}  // namespace

int main() {
  witc::SourceMap sources;
  Engine engine;
  auto load = [&](std::string_view text) {
    const witc::SourceId source = sources.add("component.wat", std::string(text), SourceKind::kText);
    return must(Component::load(engine, sources, must(witc::component::parse_component(sources, source), sources)),
                sources);
  };

  // The host: handles stand for numbers of its own, the guest never sees a pointer.
  std::map<std::uint64_t, File> files;
  Linker linker;
  linker.resource("shop:host/files", "file", [&](std::uint64_t rep) { files.erase(rep); });
  linker.func("shop:host/files", "open", [&](HostContext&, std::span<const Val> args) -> HostResult {
    const std::uint64_t rep = files.size() + 1;
    files.try_emplace(rep, *args[0].get_if<std::uint64_t>());
    return Val::own(rep);
  });
  linker.func("shop:host/files", "[method]file.write", [&](HostContext&, std::span<const Val> args) -> HostResult {
    files.at(args[0].get_if<Val::Handle>()->rep).written += *args[1].get_if<std::uint64_t>();
    return std::nullopt;
  });

  const Component writer = load(kWriter);
  const InstancePre pre = must(linker.instantiate_pre(engine, writer), sources);
  const ComponentFunc fill = *writer.find_func("shop:writer/fill", "fill");
  const auto& type = writer.types()[fill.type];

  // Linked once, instantiated as often as wanted; each instance has its own memory and globals.
  for (const char* wave : {"(3)", "(1)"}) {
    ComponentInstance instance = must(pre.instantiate(), sources);
    must(instance.start());
    const witc::SourceId text = sources.add("arguments", wave, SourceKind::kText);
    const std::vector<Val> args =
        must(witc::abi::parse_wave_arguments(sources, sources.whole(text), writer.types(), type), sources);
    std::printf("fill%s\n", wave);
    const Val result = *must(instance.call(fill, args));
    std::printf("  = %s\n", witc::abi::to_wave(result, writer.types(), *type.result).c_str());
  }

  // A live instance serves the imports of another component.
  ComponentInstance live = must(pre.instantiate(), sources);
  must(live.start());
  linker.instances(live);
  const Component clerk = load(kClerk);
  ComponentInstance worker = must(linker.instantiate(engine, clerk), sources);
  must(worker.start());
  std::printf("work()\n");
  const Val worked = *must(worker.call(*clerk.find_func("", "work"), {}));
  std::printf("  = %llu\n", static_cast<unsigned long long>(*worked.get_if<std::uint64_t>()));

  // A trap closes the instance for good.
  for (int i = 0; i < 2; ++i) {
    auto trapped = live.call(fill, std::vector{Val::unsigned_(0)});
    std::printf("fill(0): %s\n", trapped ? "no trap" : trapped.error().message.c_str());
  }
  return 0;
}
