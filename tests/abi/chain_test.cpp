// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The oracle of the canonical ABI: random function types of depth 5, of every constructor, and random values, through
// host -> component -> component -> component -> host and back. The outer two of the four boundaries are the
// interpreter's, the inner two are compiled adapters. What went in must come out at either end, and on the way every
// component must see exactly what the interpreter alone works out: each realloc, core value and byte of its heap.
// Every ordered pair of string encodings occurs as (a, b) and as (b, c), with each of three at the third place.
//
// Then each call again with one byte spoilt in one component's heap: the same trap, or the same other values, as the
// interpreter says. And the oracle itself is tried: of a byte that is spoilt behind its back it must tell.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <bitset>

#include "adapter-gen/random.h"
#include "chain_oracle.h"
#include "engine/component.h"
#include "wasm/component/parse.h"

namespace witc::abi::testing {
namespace {

using engine::HostResult;

constexpr std::size_t kSeedsPerProgram = 62;
constexpr StringEncoding kEncodings[] = {StringEncoding::kUtf8, StringEncoding::kUtf16, StringEncoding::kLatin1Utf16};

template <class T>
T good(Result<T> result) {
  if (!result) FAIL(result.error()->message);
  return *std::move(result);
}

std::size_t parts(const Val& val) {
  std::size_t out = 1;
  if (const auto* list = val.get_if<Val::List>())
    for (const Val& item : list->items) out += parts(item);
  if (const auto* bytes = val.get_if<Val::Bytes>()) out += bytes->bytes.size();
  if (const auto* record = val.get_if<Val::Record>())
    for (const Val& field : record->fields) out += parts(field);
  if (const auto* variant = val.get_if<Val::Variant>(); variant != nullptr && variant->payload)
    out += parts(*variant->payload);
  return out;
}

/// One composition with a function for each seed, and its cases.
class Chain {
 public:
  Chain(std::uint64_t seed, std::array<StringEncoding, 3> encodings, engine::OptLevel opt_level, std::size_t seeds)
      : layout_(types_, PtrType::kI32), engine_({.opt_level = opt_level}), random_(seed) {
    shape_.layout = &layout_;
    shape_.resources = {types_.add_resource({"r"}), types_.add_resource({"s"})};
    shape_.encodings = encodings;
    for (std::size_t i = 0; i < seeds; ++i) {
      Random random(seed * kSeedsPerProgram + i);
      cases_.push_back(make_case(random));
      shape_.funcs.push_back(cases_.back().type);
    }
    SourceId source = sources_.add("chain.wat", chain_component(shape_), SourceKind::kText);
    component_ = good(engine::Component::load(engine_, sources_, good(component::parse_component(sources_, source))));
    for (std::size_t i = 0; i < cases_.size(); ++i) funcs_.push_back(*component_->find_func("", name(i)));
    supply();
    restart();
  }

  /// Every case as it is.
  void run() {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      CAPTURE(types_.to_string(cases_[i].type));
      note(cases_[i].type);
      ChainRun expected = oracle_->run(cases_[i]);
      REQUIRE_FALSE(expected.trap);
      CHECK(*expected.at_the_end == cases_[i].args);
      if (cases_[i].result) CHECK(expected.result->front() == *cases_[i].result);
      call(i, expected);
      for (const std::string& line : report_) FAIL_CHECK(line);
      if (report_.empty()) ++agreed;
    }
  }
  /// Every case with a byte changed, of which the oracle knows.
  void run_spoilt() {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      CAPTURE(types_.to_string(cases_[i].type));
      ChainRun expected = oracle_->run(cases_[i], some_spoil());
      call(i, expected);
      for (const std::string& line : report_) FAIL_CHECK(line);
      if (report_.empty()) ++agreed_spoilt;
      if (expected.trap) ++trapped;
      if (expected.trap || !report_.empty()) restart();
    }
  }
  /// Every case with a byte changed behind the oracle's back: it tells, unless nothing can be seen of the byte.
  void run_unknown() {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      CAPTURE(types_.to_string(cases_[i].type));
      restart();
      ChainRun clean = ChainOracle(layout_, shape_).run(cases_[i]);
      ChainRun real = ChainOracle(layout_, shape_).run(cases_[i], some_spoil());
      bool is_flipped = false,
           is_visible = real.trap != clean.trap || real.at_the_end != clean.at_the_end || real.result != clean.result;
      for (std::size_t who = 0; who < real.looks.size(); ++who) {
        ChainRun::Look seen = real.looks[who].value_or(ChainRun::Look());
        is_flipped |= std::exchange(seen.flip, 0) != 0;
        is_visible |= seen != *clean.looks[who];
      }
      if (!is_flipped) continue;
      call(i, clean, &real);
      CHECK((!report_.empty()) == is_visible);
      ++(report_.empty() ? invisible : told);
    }
  }

  int agreed = 0, agreed_spoilt = 0, trapped = 0, told = 0, invisible = 0;
  std::bitset<std::variant_size_v<ValueType>> constructors;  // in the types, by ValueType's alternative

 private:
  static std::string name(std::size_t i) { return "f" + std::to_string(i); }

  ChainCase make_case(Random& random) {
    RandomTypeOptions options;
    options.max_depth = 5;
    options.resources = shape_.resources;
    while (true) {
      ChainCase out{random_func_type(random, types_, options, 4), {}, {}};
      const component::FuncType type = types_[out.type];
      std::vector<ValType> all = param_types(type);
      if (type.result) all.push_back(*type.result);
      std::uint32_t weight = 0;
      for (const ValType& part : all) weight += std::min(layout_.weight(part), 10'000u);
      if (weight > 600 || layout_.record(all).size > 8000) continue;
      std::size_t size = 0;
      for (const ValType& param : param_types(type))
        size += parts(out.args.emplace_back(random_val(random, types_, param)));
      if (type.result) size += parts(out.result.emplace(random_val(random, types_, *type.result)));
      if (size <= 2000) return out;
    }
  }

  void note(FuncTypeId id) {
    std::vector<ValType> all = param_types(types_[id]);
    if (types_[id].result) all.push_back(*types_[id].result);
    for (const ValType& type : all) constructors.set(types_.get(type).index());  // the outermost
  }

  ChainSpoil some_spoil() {
    return {random_.below(6), random_.next(), static_cast<std::uint8_t>(1 + random_.below(255))};
  }

  void check(std::string_view what, bool is_same) {
    if (!is_same) report_.push_back(fmt::format("{} differ", what));
  }

  void supply() {
    for (ResourceId id : shape_.resources) linker_.resource("", fmt::format("r{}", id.value), [](std::uint64_t) {});
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      linker_.func("", name(i), [this, i](engine::HostContext&, std::span<const Val> args) -> HostResult {
        check("arguments at the end of the chain", now_->at_the_end && std::ranges::equal(args, *now_->at_the_end));
        return cases_[i].result;
      });
    }
    linker_.func("", "seen", [this](engine::HostContext&, std::span<const Val> args) -> HostResult {
      auto who = static_cast<std::size_t>(*args[0].get_if<std::uint64_t>());
      const auto& look = now_->looks.at(who);
      auto is_text = [](const Val& val, const std::string& text) { return val.get_if<Val::String>()->text == text; };
      check(fmt::format("reallocs or core values of component {} (look {})", who / 2, who % 2),
            look && is_text(args[1], look->trace));
      check(fmt::format("heaps of component {} (look {})", who / 2, who % 2), look && is_text(args[2], look->heap));
      const auto& real = real_->looks.at(who);
      return Val::unsigned_(real ? real->flip : 0);
    });
    linker_.func("", "next-borrow", [this](engine::HostContext&, std::span<const Val> args) -> HostResult {
      std::vector<std::uint32_t>& left = borrows_.at(*args[0].get_if<std::uint64_t>());
      if (left.empty()) return Val::unsigned_(0);
      std::uint32_t next = left.front();
      left.erase(left.begin());
      return Val::unsigned_(next);
    });
  }

  void restart() {
    instance_.reset();
    instance_ = good(linker_.instantiate(engine_, *component_));
    REQUIRE(instance_->start());
    oracle_.emplace(layout_, shape_);
  }

  /// Calls, and compares with `run`. `real` is what is done to it: the same, unless the oracle is not to know.
  void call(std::size_t i, const ChainRun& run, const ChainRun* real = nullptr) {
    now_ = &run;
    real_ = real == nullptr ? &run : real;
    borrows_ = real_->borrows;
    report_.clear();
    auto got = instance_->call(funcs_[i], cases_[i].args);
    if (!got) {
      auto kind = run.trap ? engine::trap_kind(static_cast<std::uint32_t>(*run.trap)) : std::nullopt;
      check("traps (" + got.error().message + ")", kind == got.error().kind);
      auto again = instance_->call(funcs_[i], cases_[i].args);
      check("traps after a trap", !again && again.error().kind == engine::TrapKind::kCannotEnter);
      return;
    }
    check("traps (none came)", !run.trap);
    if (!run.result) return;
    check("results", run.result->empty() ? !got->has_value() : got->has_value() && run.result->front() == **got);
  }

  Types types_;
  Layout layout_;
  ChainShape shape_;
  std::vector<ChainCase> cases_;
  SourceMap sources_;
  engine::Engine engine_;
  engine::Linker linker_;
  std::optional<engine::Component> component_;
  std::vector<engine::ComponentFunc> funcs_;
  std::optional<engine::ComponentInstance> instance_;
  std::optional<ChainOracle> oracle_;
  Random random_;
  const ChainRun* now_ = nullptr;
  const ChainRun* real_ = nullptr;
  std::array<std::vector<std::uint32_t>, 3> borrows_;
  std::vector<std::string> report_;
};

struct Count {
  int agreed = 0, agreed_spoilt = 0, trapped = 0;
  std::bitset<std::variant_size_v<ValueType>> constructors;
};

/// All of one encoding at the first place: 9 programs of three kinds each, and, as that takes the compiler long, three
/// small ones at full optimisation, which between the parts have each pair of encodings once at the adapters.
void run_all(StringEncoding a) {
  Count count;
  std::uint64_t seed = 100 * static_cast<std::uint64_t>(a);
  auto run = [&](std::array<StringEncoding, 3> encodings, engine::OptLevel opt_level, std::size_t seeds) {
    CAPTURE(seed);
    Chain chain(seed++, encodings, opt_level, seeds);
    chain.run();
    chain.run_spoilt();
    count.agreed += chain.agreed;
    count.agreed_spoilt += chain.agreed_spoilt;
    count.trapped += chain.trapped;
    count.constructors |= chain.constructors;
  };
  for (int b = 0; b < 3; ++b) {
    for (int c = 0; c < 3; ++c) {
      std::array<StringEncoding, 3> encodings = {a, kEncodings[b], kEncodings[c]};
      for (int i = 0; i < 3; ++i) run(encodings, engine::OptLevel::kNone, kSeedsPerProgram);
      if (c == (static_cast<int>(a) + b) % 3) run(encodings, engine::OptLevel::kFull, 24);
    }
  }
  fmt::print("abi/chain: {} random cases agree; {} more with a byte spoilt, of which {} trap alike\n", count.agreed,
             count.agreed_spoilt, count.trapped);
  CHECK(count.agreed == 27 * static_cast<int>(kSeedsPerProgram) + 3 * 24);
  // All but streams and futures.
  CHECK(count.constructors.count() == std::variant_size_v<ValueType> - 2);
}

}  // namespace

TEST_CASE("through a component of utf8") { run_all(StringEncoding::kUtf8); }
TEST_CASE("through a component of utf16") { run_all(StringEncoding::kUtf16); }
TEST_CASE("through a component of latin1+utf16") { run_all(StringEncoding::kLatin1Utf16); }

TEST_CASE("the oracle tells of a byte that is spoilt behind its back") {
  int told = 0, invisible = 0;
  std::uint64_t seed = 1000;
  for (StringEncoding encoding : kEncodings) {
    Chain chain(seed++, {encoding, encoding, encoding}, engine::OptLevel::kNone, 4 * kSeedsPerProgram);
    chain.run_unknown();
    told += chain.told;
    invisible += chain.invisible;
  }
  fmt::print("abi/chain: {} spoilt bytes told, {} that nobody can see\n", told, invisible);
  CHECK(told >= 100);
}

}  // namespace witc::abi::testing
