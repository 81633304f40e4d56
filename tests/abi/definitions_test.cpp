// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A test for each function of the specification's definitions.py that is about values: what it must give was worked out
// by running it (definitions_cases.py made definitions.json). Crossings are put to the interpreter and to a compiled
// adapter: core values, reallocs and bytes must be the specification's, to the padding that nobody writes.
// The functions that are about instances are in definitions_instances_test.cpp.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "running.h"

namespace witc::abi::testing {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPlayground = 1 << 16;  // bytes from kHeapAt on that a case may use
constexpr std::uint8_t kUnwritten = 0xee;

const Json& all_cases() {
  static const Json cases = Json::parse(std::ifstream(WITC_ABI_DEFINITIONS));
  return cases;
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
  }
  return out;
}

StringEncoding encoding_of(const std::string& name) {
  if (name == "utf8") return StringEncoding::kUtf8;
  return name == "utf16" ? StringEncoding::kUtf16 : StringEncoding::kLatin1Utf16;
}

/// Types from the notation of definitions_cases.py.
class TypeReader {
 public:
  explicit TypeReader(Types& types) : types_(types), resource_(types.add_resource({"r"})) {}

  ValType read(const Json& text) {
    if (text.is_string()) return prim(text);
    std::string kind = text[0];
    auto add = [&](ValueType type) { return types_.intern(std::move(type)); };
    if (kind == "list") {
      return add(
          component::ListType{read(text[1]), text.size() > 2 ? std::optional<std::uint32_t>(text[2]) : std::nullopt});
    }
    if (kind == "tuple") return add(component::TupleType{all(text)});
    if (kind == "record") {
      component::RecordType record;
      for (const ValType& type : all(text)) record.fields.push_back({fmt::format("f{}", record.fields.size()), type});
      return add(std::move(record));
    }
    if (kind == "variant") {
      component::VariantType variant;
      for (std::size_t i = 1; i < text.size(); ++i) variant.cases.push_back({fmt::format("c{}", i), maybe(text[i])});
      return add(std::move(variant));
    }
    if (kind == "enum") return add(component::EnumType{labels(text[1])});
    if (kind == "flags") return add(component::FlagsType{labels(text[1])});
    if (kind == "option") return add(component::OptionType{read(text[1])});
    if (kind == "result") return add(component::ResultValType{maybe(text[1]), maybe(text[2])});
    if (kind == "map") return add(component::MapType{read(text[1]), read(text[2])});
    if (kind == "own") return add(component::OwnType{resource_});
    REQUIRE(kind == "borrow");
    return add(component::BorrowType{resource_});
  }
  FuncTypeId func(const Json& params, const Json& result) {
    component::FuncType out;
    for (const Json& param : params) out.params.push_back({fmt::format("p{}", out.params.size()), read(param)});
    out.result = maybe(result);
    return types_.intern(std::move(out));
  }

 private:
  static ValType prim(const std::string& name) {
    static const std::map<std::string, PrimValType> kNames = {
        {"bool", PrimValType::kBool},    {"s8", PrimValType::kS8},   {"u8", PrimValType::kU8},
        {"s16", PrimValType::kS16},      {"u16", PrimValType::kU16}, {"s32", PrimValType::kS32},
        {"u32", PrimValType::kU32},      {"s64", PrimValType::kS64}, {"u64", PrimValType::kU64},
        {"f32", PrimValType::kF32},      {"f64", PrimValType::kF64}, {"char", PrimValType::kChar},
        {"string", PrimValType::kString}};
    return kNames.at(name);
  }
  std::optional<ValType> maybe(const Json& text) {
    if (text.is_null()) return std::nullopt;
    return read(text);
  }
  std::vector<ValType> all(const Json& text) {
    std::vector<ValType> out;
    for (std::size_t i = 1; i < text.size(); ++i) out.push_back(read(text[i]));
    return out;
  }
  static std::vector<std::string> labels(std::size_t count) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(fmt::format("l{}", i));
    return out;
  }

  Types& types_;
  ResourceId resource_;
};

std::vector<std::string> names(const std::vector<CoreType>& types) {
  std::vector<std::string> out;
  for (CoreType type : types) out.emplace_back(to_string(type));
  return out;
}

constexpr std::pair<const char*, PtrType> kPointers[] = {{"i32", PtrType::kI32}, {"i64", PtrType::kI64}};

void run_layout(const Json& item) {
  Types types;
  ValType type = TypeReader(types).read(item["type"]);
  for (auto [name, ptr_type] : kPointers) {
    Layout layout(types, ptr_type);
    CHECK(layout.elem_size(type) == item[name][0]);
    CHECK(layout.alignment(type) == item[name][1]);
    // What no rule passes flat is cut off behind 17 core types.
    auto wanted = item[name][2].get<std::vector<std::string>>();
    CHECK(layout.flatten_type(type).is_cut == (wanted.size() > 17));
    if (wanted.size() > 17) wanted.resize(17);
    CHECK(names(layout.flatten_type(type).types) == wanted);
  }
}

void run_functype(const Json& item) {
  Types types;
  FuncTypeId type = TypeReader(types).func(item["params"], item["result"]);
  for (auto [name, ptr_type] : kPointers) {
    Layout layout(types, ptr_type);
    for (auto [context_name, context] :
         {std::pair("lift", Layout::Context::kLift), {"lower", Layout::Context::kLower}}) {
      CoreFuncType got = layout.flatten_functype(type, context);
      const Json& wanted = item[fmt::format("{}-{}", context_name, name)];
      CHECK(names(got.params) == wanted[0].get<std::vector<std::string>>());
      CHECK(names(got.results) == wanted[1].get<std::vector<std::string>>());
    }
  }
}

/// What came of a crossing.
struct Outcome {
  std::optional<int> trap;  // TrapKind's number
  std::vector<CoreValue> flat;
  std::vector<Heap::Call> calls;
  std::vector<std::uint8_t> bytes;
};

/// The crossings of one pair of encodings: adapters for all their types in one program.
class Crossings {
 public:
  Crossings(StringEncoding from, StringEncoding to) : from_(from), to_(to) {}

  void add(const Json& item) {
    FuncTypeId type = reader_.func(item["types"], nullptr);
    auto [found, is_new] = numbers_.emplace(type.value, plans_.size());
    if (is_new) {
      AdapterRequest request{.types = &types_, .type = type, .name = "crossing"};
      request.lower = {.instance = 1, .string_encoding = from_, .has_memory = true, .has_realloc = true};
      request.lift = {.instance = 2, .string_encoding = to_, .has_memory = true, .has_realloc = true};
      Result<AdapterPlan> plan = plan_adapter(request);
      REQUIRE(plan);
      plans_.push_back(*std::move(plan));
    }
    items_.emplace_back(&item, found->second);
  }

  void run() {
    std::vector<const AdapterPlan*> plans;
    for (const AdapterPlan& plan : plans_) plans.push_back(&plan);
    guests_.emplace(plans, engine::OptLevel::kNone);
    for (auto [item, number] : items_) {
      INFO(item->dump());
      Outcome compiled = run_compiled(*item, number), interpreted = run_interpreted(*item, number);
      check(*item, interpreted);
      check(*item, compiled);
      CHECK(compiled.trap == interpreted.trap);
    }
  }

 private:
  static std::span<std::uint8_t> playground(GuestMemory& guest) { return guest.bytes().subspan(kHeapAt, kPlayground); }
  static void prepare(const Json& item, GuestMemory& caller, GuestMemory& callee) {
    std::ranges::fill(playground(caller), std::uint8_t{0});
    std::ranges::copy(from_hex(item["data"]), playground(caller).begin());
    std::ranges::fill(playground(callee), kUnwritten);
  }
  static std::vector<std::uint8_t> written(GuestMemory& callee, std::uint64_t bump) {
    REQUIRE(bump - kHeapAt <= kPlayground);
    auto bytes = callee.bytes().subspan(kHeapAt, bump - kHeapAt);
    return {bytes.begin(), bytes.end()};
  }

  Outcome run_compiled(const Json& item, std::size_t number) {
    Runtime& runtime = guests_->runtime;
    guests_->reset_flags();
    for (Guest* guest : {&*runtime.lower, &*runtime.lift}) guest->reset_globals();
    prepare(item, *runtime.lower, *runtime.lift);
    std::ranges::fill(runtime.lift->bytes().subspan(kArgumentsAt, 256), std::uint8_t{0});
    auto flat = item["flat"].get<std::vector<std::uint64_t>>();
    engine::CallResult done = guests_->call(number, flat, {});
    if (!done) return {static_cast<int>(done.error().kind), {}, {}, {}};
    Outcome out{std::nullopt, {}, runtime.lift->log(), written(*runtime.lift, runtime.lift->bump())};
    for (std::size_t i = 0; i < plans_[number].lift_type.params.size(); ++i) {
      out.flat.push_back(runtime.lift->word(kArgumentsAt + 8 * i));
    }
    return out;
  }

  Outcome run_interpreted(const Json& item, std::size_t number) {
    callee_.calls.clear();
    callee_.last_alloc = kHeapAt;
    prepare(item, caller_, callee_);
    std::vector<ValType> params = param_types(types_[plans_[number].request.type]);
    auto flat = item["flat"].get<std::vector<std::uint64_t>>();
    CoreValueIter vi{flat};
    auto vals = lift_flat_values({layout_, from_, &caller_, nullptr}, kMaxFlatParams, vi, params);
    if (!vals) return {static_cast<int>(vals.error().kind), {}, {}, {}};
    auto lowered = lower_flat_values({layout_, to_, &callee_, nullptr}, kMaxFlatParams, *vals, params);
    if (!lowered) return {static_cast<int>(lowered.error().kind), {}, {}, {}};
    return {std::nullopt, *lowered, callee_.calls, written(callee_, callee_.last_alloc)};
  }

  static void check(const Json& item, const Outcome& outcome) {
    CHECK(outcome.trap.has_value() == item.contains("traps"));
    if (item.contains("traps") || outcome.trap) return;
    std::vector<Heap::Call> calls;
    for (const Json& call : item["calls"]) calls.push_back({call[0], call[1], call[2], call[3]});
    CHECK(outcome.flat == item["result"].get<std::vector<CoreValue>>());
    CHECK(outcome.calls == calls);
    CHECK(outcome.bytes == from_hex(item["bytes"]));
  }

  StringEncoding from_, to_;
  Types types_;
  TypeReader reader_{types_};
  Layout layout_{types_, PtrType::kI32};
  std::deque<AdapterPlan> plans_;
  std::map<std::uint32_t, std::size_t> numbers_;  // of plans, by FuncTypeId
  std::vector<std::pair<const Json*, std::size_t>> items_;
  std::optional<RunningGuests> guests_;
  Heap caller_{std::size_t{kPages} << 16}, callee_{std::size_t{kPages} << 16};
};

void run_definition(const char* name) {
  REQUIRE(all_cases().contains(name));
  std::map<std::pair<std::string, std::string>, std::vector<const Json*>> crossings;
  for (const Json& item : all_cases()[name]) {
    if (item["kind"] == "layout") {
      INFO(item.dump());
      run_layout(item);
    } else if (item["kind"] == "functype") {
      INFO(item.dump());
      run_functype(item);
    } else {
      crossings[{item["from"], item["to"]}].push_back(&item);
    }
  }
  for (const auto& [encodings, items] : crossings) {
    Crossings all(encoding_of(encodings.first), encoding_of(encodings.second));
    for (const Json* item : items) all.add(*item);
    all.run();
  }
}

}  // namespace

#define WITC_ABI_DEFINITION(name) \
  TEST_CASE(#name) { run_definition(#name); }
#include "definitions.def"
#undef WITC_ABI_DEFINITION

TEST_CASE("each function with cases has its test") {
  std::size_t count = 0;
#define WITC_ABI_DEFINITION(name)     \
  CHECK(all_cases().contains(#name)); \
  ++count;
#include "definitions.def"
#undef WITC_ABI_DEFINITION
  CHECK(count == all_cases().size());
}

}  // namespace witc::abi::testing
