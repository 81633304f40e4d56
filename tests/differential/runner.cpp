// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tests/differential/runner.h"

#include <fmt/format.h>

#include <cstring>

#include "tests/differential/random.h"

namespace witc::differential {
namespace {

using wasm::ValType;

constexpr std::int32_t kFuelPerCall = 60;
constexpr std::uint32_t kCallsPerFunction = 2;

struct Bits {
  std::uint64_t low = 0, high = 0;
};

/// The argument is the same whichever engine asks, and does not depend on the seed.
Bits argument(const ValType& type, std::uint32_t func, std::uint32_t call, std::size_t position) {
  Random random(func * 10007 + call * 101 + position);
  switch (type.kind) {
    case ValType::kI32:
      return {interesting_i32(random)};
    case ValType::kI64:
      return {interesting_i64(random)};
    case ValType::kF32:
      return {interesting_f32(random)};
    case ValType::kF64:
      return {interesting_f64(random)};
    case ValType::kV128:
      return {interesting_i64(random), interesting_f64(random)};
    case ValType::kRef:
      return {};
  }
  return {};
}

/// A NaN is a NaN; a reference is there or not.
std::string show(const ValType& type, Bits bits) {
  switch (type.kind) {
    case ValType::kI32:
      return fmt::format("i32:{:#x}", static_cast<std::uint32_t>(bits.low));
    case ValType::kI64:
      return fmt::format("i64:{:#x}", bits.low);
    case ValType::kF32:
      if ((bits.low & 0x7fffffff) > 0x7f800000) return "f32:nan";
      return fmt::format("f32:{:#x}", static_cast<std::uint32_t>(bits.low));
    case ValType::kF64:
      if ((bits.low & 0x7fffffffffffffff) > 0x7ff0000000000000) return "f64:nan";
      return fmt::format("f64:{:#x}", bits.low);
    case ValType::kV128:
      return fmt::format("v128:{:016x}{:016x}", bits.high, bits.low);
    case ValType::kRef:
      return bits.low == 0 ? "null" : "ref";
  }
  return {};
}

/// Traps of one kind have several names.
std::string trap_class(std::string_view message) {
  for (auto [part, name] : {std::pair{"exception", "exception"}, {"undefined element", "table"},
                            {"out of bounds table access", "table"}, {"null", "null"}, {"cast", "cast"},
                            {"stack exhausted", "stack"}}) {
    if (message.find(part) != std::string_view::npos) return name;
  }
  return std::string(message);
}

std::string memory_line(std::string_view name, std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = (hash ^ word) * 0x100000001b3;
    hash ^= hash >> 29;
  }
  for (std::size_t at = bytes.size() / 8 * 8; at < bytes.size(); ++at) hash = (hash ^ bytes[at]) * 0x100000001b3;
  return fmt::format("{}: {} bytes, hash {:016x}", name, bytes.size(), hash);
}

/// One engine's instance of the module.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual void refuel(std::int32_t fuel) = 0;
  /// Results, or a trap's message.
  virtual std::expected<std::vector<Bits>, std::string> call(const wasm::Export& func, const wasm::FuncType& type,
                                                             const std::vector<Bits>& args) = 0;
  virtual std::span<const std::uint8_t> memory(const wasm::Export& item) = 0;
  virtual Bits global(const wasm::Export& item, const ValType& type) = 0;
  virtual std::uint64_t table_size(const wasm::Export& item) = 0;
  virtual bool table_has(const wasm::Export& item, std::uint64_t index) = 0;
};

std::string call_line(Subject& subject, const wasm::Export& item, const wasm::FuncType& type, std::uint32_t call) {
  std::vector<Bits> args;
  for (std::size_t i = 0; i < type.params.size(); ++i) args.push_back(argument(type.params[i], item.index, call, i));
  subject.refuel(kFuelPerCall);
  const auto results = subject.call(item, type, args);
  std::string line = fmt::format("{}(", item.name);
  for (std::size_t i = 0; i < args.size(); ++i) line += (i == 0 ? "" : ", ") + show(type.params[i], args[i]);
  line += ") ->";
  if (!results) return line + " trap: " + trap_class(results.error());
  for (std::size_t i = 0; i < results->size(); ++i) line += " " + show(type.results[i], (*results)[i]);
  return line;
}

/// Everything of the module that is exported.
void observe(Subject& subject, const wasm::Module& module, Outcome& lines) {
  for (std::uint32_t call = 0; call < kCallsPerFunction; ++call) {
    for (const wasm::Export& item : module.exports) {
      if (item.kind != wasm::ExternKind::kFunc) continue;
      lines.push_back(call_line(subject, item, module.func_type(wasm::FuncIndex(item.index)), call));
    }
  }
  for (const wasm::Export& item : module.exports) {
    if (item.kind == wasm::ExternKind::kMemory) {
      lines.push_back(memory_line(item.name, subject.memory(item)));
    } else if (item.kind == wasm::ExternKind::kGlobal) {
      const ValType& type = module.globals[wasm::GlobalIndex(item.index)].type.type;
      lines.push_back(item.name + " = " + show(type, subject.global(item, type)));
    } else if (item.kind == wasm::ExternKind::kTable) {
      const std::uint64_t size = subject.table_size(item);
      std::string line = fmt::format("{}: size {}, not null: ", item.name, size);
      for (std::uint64_t i = 0; i < size; ++i) line += subject.table_has(item, i) ? '1' : '0';
      lines.push_back(line);
    }
  }
}

class WitcSubject final : public Subject {
 public:
  WitcSubject(engine::Instance& instance, engine::InstanceId id) : instance_(instance), id_(id) {}

  void refuel(std::int32_t fuel) override {
    instance_.set_global(id_, wasm::GlobalIndex(0), static_cast<std::uint32_t>(fuel));
  }
  std::expected<std::vector<Bits>, std::string> call(const wasm::Export& func, const wasm::FuncType& type,
                                                     const std::vector<Bits>& args) override {
    std::vector<std::uint64_t> in, out;
    for (std::size_t i = 0; i < args.size(); ++i) {
      in.push_back(args[i].low);
      if (type.params[i].kind == ValType::kV128) in.push_back(args[i].high);
    }
    for (const ValType& result : type.results) out.resize(out.size() + (result.kind == ValType::kV128 ? 2 : 1));
    const auto done = instance_.call(id_, wasm::FuncIndex(func.index), in, out);
    if (!done) return std::unexpected(done.error().message);
    std::vector<Bits> results;
    std::size_t at = 0;
    for (const ValType& result : type.results) {
      const bool is_vector = result.kind == ValType::kV128;
      results.push_back({out[at], is_vector ? out[at + 1] : 0});
      at += is_vector ? 2 : 1;
    }
    return results;
  }
  std::span<const std::uint8_t> memory(const wasm::Export& item) override {
    return instance_.memory(id_, wasm::MemoryIndex(item.index));
  }
  Bits global(const wasm::Export& item, const ValType&) override {
    const std::span<std::uint64_t> slots = instance_.global_slots(id_, wasm::GlobalIndex(item.index));
    return {slots[0], slots.size() > 1 ? slots[1] : 0};
  }
  std::uint64_t table_size(const wasm::Export& item) override {
    return instance_.table_size(id_, wasm::TableIndex(item.index));
  }
  bool table_has(const wasm::Export& item, std::uint64_t index) override {
    return instance_.table_get(id_, wasm::TableIndex(item.index), index).value_or(0) != 0;
  }

 private:
  engine::Instance& instance_;
  engine::InstanceId id_;
};

class WasmtimeSubject final : public Subject {
 public:
  explicit WasmtimeSubject(peer::WasmtimeInstance& instance) : instance_(instance) {}

  void refuel(std::int32_t fuel) override {
    peer::Value value;
    value.of.i32 = fuel;
    instance_.set_global("fuel", value);
  }
  std::expected<std::vector<Bits>, std::string> call(const wasm::Export& func, const wasm::FuncType& type,
                                                     const std::vector<Bits>& args) override {
    std::vector<peer::Value> in(args.size()), out(type.results.size());
    for (std::size_t i = 0; i < args.size(); ++i) {
      in[i].kind = static_cast<std::uint8_t>(type.params[i].kind);
      std::memcpy(in[i].of.v128, &args[i], 16);
    }
    if (auto trap = instance_.call(func.name, in, out)) return std::unexpected(*trap);
    std::vector<Bits> results;
    for (std::size_t i = 0; i < out.size(); ++i) results.push_back(bits(out[i], type.results[i]));
    return results;
  }
  std::span<const std::uint8_t> memory(const wasm::Export& item) override {
    return instance_.memory(item.name).value_or(std::span<const std::uint8_t>{});
  }
  Bits global(const wasm::Export& item, const ValType& type) override {
    return bits(instance_.global(item.name).value_or(peer::Value{}), type);
  }
  std::uint64_t table_size(const wasm::Export& item) override { return instance_.table_size(item.name).value_or(0); }
  bool table_has(const wasm::Export& item, std::uint64_t index) override {
    return instance_.table_has(item.name, index);
  }

 private:
  static Bits bits(const peer::Value& value, const ValType& type) {
    Bits bits;
    std::memcpy(&bits, value.of.v128, type.kind == ValType::kV128 ? 16 : 8);
    if (type.kind == ValType::kI32 || type.kind == ValType::kF32) bits.low &= 0xffffffff;
    return bits;
  }

  peer::WasmtimeInstance& instance_;
};

}  // namespace

Result<std::vector<Outcome>> run_witc(const std::vector<const Case*>& cases, engine::OptLevel level) {
  engine::Program program;
  for (const Case* subject : cases) program.instances.push({&subject->module, subject->name, {}, false});
  engine::EngineOptions options;
  options.opt_level = level;
  options.threads = 1;
  engine::Engine engine(options);
  const engine::CompiledProgram code = TRY(engine.compile(program));
  engine::Instance instance = TRY(engine.instantiate(code, {}));
  std::vector<Outcome> outcomes;
  for (engine::InstanceId id : program.instances.ids()) {
    Outcome& lines = outcomes.emplace_back();
    const auto started = instance.instantiate_one(id);
    if (!started) {
      lines.push_back("instantiation traps: " + trap_class(started.error().message));
      continue;
    }
    WitcSubject subject(instance, id);
    observe(subject, cases[id.value]->module, lines);
  }
  return outcomes;
}

Outcome run_wasmtime(peer::Wasmtime& wasmtime, const Case& subject) {
  Outcome lines;
  auto instance = wasmtime.instantiate(subject.bytes);
  if (!instance) return {"instantiation traps: " + trap_class(instance.error())};
  WasmtimeSubject running(*instance);
  observe(running, subject.module, lines);
  return lines;
}

}  // namespace witc::differential
