// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "chain_component.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "base/overloaded.h"
#include "wasm/component/keywords.h"

namespace witc::abi::testing {
namespace {

constexpr std::string_view kLibc = R"((core module $Libc
      (memory (export "memory") {pages})
      (global $bump (export "bump") (mut i32) (i32.const {heap}))
      (global $trace (export "trace") (mut i32) (i32.const {trace}))
      (func $push (export "push") (param i64)
        (if (i32.ge_u (global.get $trace) (i32.const {heap})) (then unreachable))
        (i64.store (global.get $trace) (local.get 0))
        (global.set $trace (i32.add (global.get $trace) (i32.const 8))))
      (func (export "flip") (param $what i64) (local $at i32)
        (if (i32.eqz (i32.wrap_i64 (local.get $what))) (then return))
        (local.set $at (i32.add (i32.wrap_i64 (local.get $what)) (i32.const {before_heap})))
        (i32.store8 (local.get $at) (i32.xor (i32.load8_u (local.get $at))
          (i32.wrap_i64 (i64.shr_u (local.get $what) (i64.const 32))))))
      (func (export "reset")
        (global.set $bump (i32.const {heap})) (global.set $trace (i32.const {trace})))
      (func (export "realloc") (param $old i32) (param $old_size i32) (param $alignment i32) (param $size i32)
        (result i32) (local $out i32) (local $end i32)
        (call $push (i64.or (i64.extend_i32_u (local.get $old))
          (i64.shl (i64.extend_i32_u (local.get $old_size)) (i64.const 32))))
        (call $push (i64.or (i64.extend_i32_u (local.get $alignment))
          (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))))
        (local.set $out (i32.and (i32.sub (i32.add (global.get $bump) (local.get $alignment)) (i32.const 1))
          (i32.sub (i32.const 0) (local.get $alignment))))
        (local.set $end (i32.add (local.get $out) (local.get $size)))
        (if (i32.gt_u (local.get $end) (i32.shl (memory.size) (i32.const 16)))
          (then (if (i32.eq (i32.const -1) (memory.grow (i32.shr_u (i32.sub (i32.add (local.get $end)
              (i32.const 65535)) (i32.shl (memory.size) (i32.const 16))) (i32.const 16))))
            (then unreachable))))
        (memory.fill (global.get $bump) (i32.const {fresh}) (i32.sub (local.get $end) (global.get $bump)))
        (memory.copy (local.get $out) (local.get $old)
          (select (local.get $old_size) (local.get $size) (i32.lt_u (local.get $old_size) (local.get $size))))
        (memory.fill (local.get $old) (i32.const {freed}) (local.get $old_size))
        (global.set $bump (local.get $end))
        (local.get $out)))
    (core instance $libc (instantiate $Libc))
)";

/// Fields of the module that passes calls on.
constexpr std::string_view kPassing = R"(
      (import "in" "seen" (func $seen (param i32 i32 i32 i32 i32) (result i64)))
      (import "in" "next-borrow" (func $next_borrow (param i32) (result i32)))
      (import "libc" "bump" (global $bump (mut i32)))
      (import "libc" "trace" (global $trace (mut i32)))
      (import "libc" "push" (func $push (param i64)))
      (import "libc" "flip" (func $flip (param i64)))
      (import "libc" "reset" (func $reset))
      (import "libc" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
      (func $look (param $phase i32)
        (call $flip (call $seen (i32.or (i32.const {twice}) (local.get $phase))
          (i32.const {trace}) (i32.sub (global.get $trace) (i32.const {trace}))
          (i32.const {heap}) (i32.sub (global.get $bump) (i32.const {heap})))))
      (func $drop_borrows (local $next i32)
        (loop $again
          (local.set $next (call $next_borrow (i32.const {who})))
          (if (i32.eqz (local.get $next)) (then return))
          (if (i32.lt_s (local.get $next) (i32.const 0))
            (then (call $drop1 (i32.and (local.get $next) (i32.const 0x7fffffff))))
            (else (call $drop0 (local.get $next))))
          (br $again)))
      (func (export "post") (call $reset))
      (func (export "post-i32") (param i32) (call $reset))
      (func (export "post-i64") (param i64) (call $reset))
      (func (export "post-f32") (param f32) (call $reset))
      (func (export "post-f64") (param f64) (call $reset))
)";

/// The type definitions of one component. Those that have to have a name are imported.
class TypeText {
 public:
  TypeText(const Layout& layout, const ChainShape& shape) : types_(layout.types()) {
    for (FuncTypeId func : shape.funcs) {
      for (const component::FieldType& param : types_[func].params) reach(param.type);
      if (types_[func].result) reach(*types_[func].result);
    }
    for (std::uint32_t id : reached_) define(id);
  }
  std::string text;
  std::vector<std::uint32_t> imported;

  std::string name(const ValType& type) const {
    if (std::holds_alternative<PrimValType>(type)) return types_.to_string(type);
    return fmt::format("$t{}", std::get<ValueTypeId>(type).value);
  }
  std::string signature(FuncTypeId id) const {
    std::string out;
    for (const component::FieldType& param : types_[id].params) {
      out += fmt::format("(param \"{}\" {}) ", param.name, name(param.type));
    }
    if (types_[id].result) out += fmt::format("(result {})", name(*types_[id].result));
    return out;
  }

 private:
  std::string maybe(std::string_view label, const std::optional<ValType>& type) const {
    return type ? fmt::format(" ({} {})", label, name(*type)) : "";
  }
  static std::string labels(std::string_view kind, const std::vector<std::string>& all) {
    return fmt::format("({} \"{}\")", kind, fmt::join(all, "\" \""));
  }
  void reach(const ValType& type) {
    const auto* id = std::get_if<ValueTypeId>(&type);
    if (id == nullptr || !reached_.insert(id->value).second) return;
    auto reach_if = [&](const std::optional<ValType>& part) {
      if (part) reach(*part);
    };
    match(
        types_[*id], [&](const component::ListType& list) { reach(list.element); },
        [&](const component::MapType& map) { reach(map.key), reach(map.value); },
        [&](const component::RecordType& record) {
          for (const auto& field : record.fields) reach(field.type);
        },
        [&](const component::TupleType& tuple) {
          for (const auto& part : tuple.types) reach(part);
        },
        [&](const component::VariantType& variant) {
          for (const auto& item : variant.cases) reach_if(item.type);
        },
        [&](const component::OptionType& option) { reach(option.type); },
        [&](const component::ResultValType& result) { reach_if(result.ok), reach_if(result.error); },
        [](const auto&) {});
  }
  void define(std::uint32_t id) {
    bool is_named = false;
    std::string body = match(
        types_[ValueTypeId(id)],
        [&](const component::ListType& list) {
          return list.length ? fmt::format("(list {} {})", name(list.element), *list.length)
                             : fmt::format("(list {})", name(list.element));
        },
        [&](const component::MapType& map) { return fmt::format("(map {} {})", name(map.key), name(map.value)); },
        [&](const component::RecordType& record) {
          is_named = true;
          std::string out = "(record";
          for (const auto& field : record.fields)
            out += fmt::format(" (field \"{}\" {})", field.name, name(field.type));
          return out + ")";
        },
        [&](const component::TupleType& tuple) {
          std::string out = "(tuple";
          for (const auto& part : tuple.types) out += " " + name(part);
          return out + ")";
        },
        [&](const component::VariantType& variant) {
          is_named = true;
          std::string out = "(variant";
          for (const auto& item : variant.cases) {
            out += fmt::format(" (case \"{}\"{})", item.name, item.type ? " " + name(*item.type) : "");
          }
          return out + ")";
        },
        [&](const component::OptionType& option) { return fmt::format("(option {})", name(option.type)); },
        [&](const component::ResultValType& result) {
          return "(result" + (result.ok ? " " + name(*result.ok) : "") + maybe("error", result.error) + ")";
        },
        [&](const component::FlagsType& flags) { return is_named = true, labels("flags", flags.labels); },
        [&](const component::EnumType& cases) { return is_named = true, labels("enum", cases.labels); },
        [&](const component::OwnType& own) { return fmt::format("(own $r{})", own.resource.value); },
        [&](const component::BorrowType& borrow) { return fmt::format("(borrow $r{})", borrow.resource.value); },
        [](const auto&) { return std::string("u8"); });
    text += fmt::format("    (type ${}{} {})\n", is_named ? 'n' : 't', id, body);
    if (!is_named) return;
    imported.push_back(id);
    text += fmt::format("    (import \"t{0}\" (type $t{0} (eq $n{0})))\n", id);
  }

  const Types& types_;
  std::set<std::uint32_t> reached_;  // in the order of their definition: children were interned first
};

std::string core_list(std::string_view kind, const std::vector<CoreType>& types) {
  std::string out;
  for (CoreType type : types) out += fmt::format("({} {}) ", kind, to_string(type));
  return out;
}

std::string push(CoreType type, const std::string& value) {
  switch (type) {
    case CoreType::kI32:
      return fmt::format("        (call $push (i64.extend_i32_u {}))\n", value);
    case CoreType::kI64:
      return fmt::format("        (call $push {})\n", value);
    case CoreType::kF32:
      return fmt::format("        (call $push (i64.extend_i32_u (i32.reinterpret_f32 {})))\n", value);
    case CoreType::kF64:
      return fmt::format("        (call $push (i64.reinterpret_f64 {}))\n", value);
  }
  return {};
}

class ChainText {
 public:
  explicit ChainText(const ChainShape& shape) : shape_(shape), types_(*shape.layout, shape) {}

  std::string run() const {
    std::string out = "(component\n" + imports();
    for (std::uint32_t who = 0; who < 3; ++who) out += link(who);
    for (std::uint32_t who = 3; who-- > 0;) out += instance(who);
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) {
      out += fmt::format("  (export \"f{0}\" (func $i0 \"f{0}\"))\n", i);
    }
    return out + ")\n";
  }

 private:
  std::string imports() const {
    std::string out;
    for (ResourceId id : shape_.resources)
      out += fmt::format("    (import \"r{0}\" (type $r{0} (sub resource)))\n", id.value);
    out += types_.text;
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) {
      out += fmt::format("    (import \"f{0}\" (func $f{0} {1}))\n", i, types_.signature(shape_.funcs[i]));
    }
    out +=
        "    (import \"seen\" (func $seen (param \"who\" u32) (param \"trace\" string) (param \"heap\" string) (result "
        "u64)))\n";
    out += "    (import \"next-borrow\" (func $next-borrow (param \"who\" u32) (result u32)))\n";
    return out;
  }

  std::string options(std::uint32_t who) const {
    return fmt::format("(memory $libc \"memory\") (realloc (func $libc \"realloc\")) string-encoding={}",
                       component::keyword(shape_.encodings[who]));
  }

  std::string link(std::uint32_t who) const {
    std::string out = fmt::format("  (component $L{}\n", who) + imports();
    auto value = [](auto number) { return static_cast<std::uint32_t>(number); };
    out += "    " + fmt::format(fmt::runtime(kLibc), fmt::arg("pages", kChainPages), fmt::arg("heap", kChainHeapAt),
                                fmt::arg("before_heap", kChainHeapAt - 1), fmt::arg("trace", kChainTraceAt),
                                fmt::arg("fresh", value(kFreshByte)), fmt::arg("freed", value(kFreedByte)));
    out +=
        "    (core func $seen' (canon lower (func $seen) (memory $libc \"memory\") string-encoding=latin1+utf16))\n"
        "    (core func $next-borrow' (canon lower (func $next-borrow)))\n";
    for (std::uint32_t i = 0; i < 2; ++i) {
      out += fmt::format("    (core func $drop{} (canon resource.drop $r{}))\n", i, shape_.resources[i].value);
    }
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) {
      out += fmt::format("    (core func $f{0}' (canon lower (func $f{0}) {1}))\n", i, options(who));
    }
    out += module(who);
    out +=
        "    (core instance $m (instantiate $M (with \"libc\" (instance $libc)) (with \"in\" (instance\n"
        "      (export \"seen\" (func $seen')) (export \"next-borrow\" (func $next-borrow'))\n"
        "      (export \"drop0\" (func $drop0)) (export \"drop1\" (func $drop1))\n";
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i)
      out += fmt::format("      (export \"f{0}\" (func $f{0}'))\n", i);
    out += "    ))))\n";
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) out += lift(who, i);
    return out + "  )\n";
  }

  std::string module(std::uint32_t who) const {
    std::string out = "    (core module $M\n";
    for (int i : {0, 1}) out += fmt::format("      (import \"in\" \"drop{0}\" (func $drop{0} (param i32)))\n", i);
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) {
      CoreFuncType lower = shape_.layout->flatten_functype(shape_.funcs[i], Layout::Context::kLower);
      out += fmt::format("      (import \"in\" \"f{0}\" (func $f{0} {1}{2}))\n", i, core_list("param", lower.params),
                         core_list("result", lower.results));
    }
    out += fmt::format(fmt::runtime(kPassing), fmt::arg("who", who), fmt::arg("twice", 2 * who),
                       fmt::arg("heap", kChainHeapAt), fmt::arg("trace", kChainTraceAt));
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) out += pass(i);
    return out + "    )\n";
  }

  /// Function i of the module: its parameters go on as they are; a result in memory gets its place here.
  std::string pass(std::size_t i) const {
    const Layout& layout = *shape_.layout;
    CoreFuncType lift = layout.flatten_functype(shape_.funcs[i], Layout::Context::kLift);
    CoreFuncType lower = layout.flatten_functype(shape_.funcs[i], Layout::Context::kLower);
    std::string out = fmt::format("      (func (export \"f{}\") {}{}", i, core_list("param", lift.params),
                                  core_list("result", lift.results));
    bool is_spilled = lower.params.size() > lift.params.size();
    if (!lift.results.empty()) out += fmt::format("(local $out {})", to_string(lift.results[0]));
    out += "\n";
    std::string pass;
    for (std::size_t p = 0; p < lift.params.size(); ++p) {
      std::string get = fmt::format("(local.get {})", p);
      out += push(lift.params[p], get);
      pass += get;
    }
    out += "        (call $look (i32.const 0))\n";
    if (is_spilled) {
      const ValType& result = *layout.types()[shape_.funcs[i]].result;
      out += fmt::format(
          "        (local.set $out (call $realloc (i32.const 0) (i32.const 0) (i32.const {}) (i32.const {})))\n",
          layout.alignment(result), layout.elem_size(result));
      pass += "(local.get $out)";
    }
    std::string call = fmt::format("(call $f{} {})", i, pass);
    out += lower.results.empty() ? "        " + call + "\n" : "        (local.set $out " + call + ")\n";
    if (!lower.results.empty()) out += push(lower.results[0], "(local.get $out)");
    out += "        (call $look (i32.const 1))\n        (call $drop_borrows)\n";
    if (!lift.results.empty()) out += "        (local.get $out)";
    return out + ")\n";
  }

  std::string lift(std::uint32_t who, std::size_t i) const {
    CoreFuncType type = shape_.layout->flatten_functype(shape_.funcs[i], Layout::Context::kLift);
    std::string post = type.results.empty() ? "post" : "post-" + std::string(to_string(type.results[0]));
    return fmt::format(
        "    (func (export \"f{0}\") {1} (canon lift (core func $m \"f{0}\") {2} (post-return (func $m \"{3}\"))))\n",
        i, types_.signature(shape_.funcs[i]), options(who), post);
  }

  std::string instance(std::uint32_t who) const {
    std::string out = fmt::format("  (instance $i{0} (instantiate $L{0}\n", who);
    for (ResourceId id : shape_.resources) out += fmt::format("    (with \"r{0}\" (type $r{0}))\n", id.value);
    for (std::uint32_t id : types_.imported) out += fmt::format("    (with \"t{0}\" (type $t{0}))\n", id);
    for (std::size_t i = 0; i < shape_.funcs.size(); ++i) {
      out += who == 2 ? fmt::format("    (with \"f{0}\" (func $f{0}))\n", i)
                      : fmt::format("    (with \"f{0}\" (func $i{1} \"f{0}\"))\n", i, who + 1);
    }
    return out + "    (with \"seen\" (func $seen)) (with \"next-borrow\" (func $next-borrow))))\n";
  }

  const ChainShape& shape_;
  TypeText types_;
};

}  // namespace

std::string chain_component(const ChainShape& shape) { return ChainText(shape).run(); }

}  // namespace witc::abi::testing
