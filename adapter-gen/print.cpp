// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// AdapterPlans as text: what `witc adapters` shows and goldens hold.
//
//     adapter app -> lib: count-words
//       func(text: string) -> u32
//       lower  instance 1, utf-8, i32 memory, realloc
//       lift   instance 0, utf-16, i32 memory, realloc
//       params: core values (i32 i32) -> (i32 i32)
//         0 -> 0  lift_flat_string / lower_flat_string  string: utf-8 -> utf-16
//       call callee (i32 i32) -> (i32)
//       ...
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapter-gen/adapter.h"
#include "adapter-gen/trap.h"

namespace witc::abi {
namespace {

struct Names {
  std::string_view lift, lower;
};
Names names_of(OpKind kind, bool is_flat) {
  switch (kind) {
#define WITC_ABI_OP(name, load, store, lift_flat, lower_flat) \
  case OpKind::name: return is_flat ? Names{lift_flat, lower_flat} : Names{load, store};
#include "adapter-gen/ops.def"
#undef WITC_ABI_OP
  }
  return {"?", "?"};
}

std::string_view encoding_name(StringEncoding encoding) {
  switch (encoding) {
    case StringEncoding::kUtf8: return "utf-8";
    case StringEncoding::kUtf16: return "utf-16";
    case StringEncoding::kLatin1Utf16: return "latin1+utf-16";
  }
  return "?";
}

std::string types_text(const std::vector<CoreType>& types) {
  std::string out;
  for (CoreType type : types) {
    if (!out.empty()) out += ' ';
    out += to_string(type);
  }
  return "(" + out + ")";
}

class Printer {
 public:
  explicit Printer(const AdapterPlan& plan) : plan_(plan) {}

  std::string run() {
    const AdapterRequest& request = plan_.request;
    line(0, fmt::format("adapter {}", request.name));
    line(1, request.types->to_string(request.type));
    line(1, side_text("lower", request.lower));
    line(1, side_text("lift ", request.lift));
    if (request.lower.guard_may_leave) {
      line(1, fmt::format("trap_if(not may_leave {})  CannotLeave", request.lower.instance));
    }
    for (std::uint32_t instance : request.entering_set) line(1, fmt::format("enter {}  CannotEnter", instance));
    if (plan_.has_borrow_scope) line(1, plan_.counts_lends ? "borrow_scope.enter  lends" : "borrow_scope.enter");
    flow("params", plan_.params, plan_.lower_type.params, plan_.lift_type.params);
    line(1, fmt::format("call callee {} -> {}", types_text(plan_.lift_type.params), types_text(plan_.lift_type.results)));
    flow("result", plan_.results, plan_.lift_type.results, plan_.lower_type.results);
    if (plan_.has_borrow_scope) line(1, "borrow_scope.exit  BorrowsRemain");
    if (request.lift.has_post_return) line(1, "call post_return");
    for (std::uint32_t instance : request.entering_set) line(1, fmt::format("leave {}", instance));
    for (const Helper& helper : plan_.helpers) {
      line(1, fmt::format("function {}  {}", helper.name, request.types->to_string(helper.type)));
      op(2, helper.root, helper.target, !helper.in_memory);
    }
    return std::move(out_);
  }

 private:
  void line(int depth, std::string_view text) {
    out_.append(static_cast<std::size_t>(2 * depth), ' ');
    out_ += text;
    out_ += '\n';
  }

  static std::string side_text(std::string_view name, const AdapterSide& side) {
    std::string out = fmt::format("{}  instance {}, {}", name, side.instance, encoding_name(side.string_encoding));
    if (side.has_memory) out += fmt::format(", {} memory", to_string(core_type(side.ptr_type)));
    if (side.has_realloc) out += ", realloc";
    if (side.has_post_return) out += ", post-return";
    if (side.guard_may_leave) out += ", may_leave guarded";
    return out;
  }

  void flow(std::string_view name, const Flow& flow, const std::vector<CoreType>& from,
            const std::vector<CoreType>& to) {
    if (flow.roots.empty()) return;
    if (!flow.is_spilled) {
      line(1, fmt::format("{}: core values {} -> {}", name, types_text(from), types_text(to)));
    } else {
      line(1, fmt::format("{}: in memory, {} bytes aligned to {} -> {} bytes aligned to {}{}", name, flow.from.size,
                          flow.from.alignment, flow.to.size, flow.to.alignment,
                          flow.target == Side::kLift ? ", allocated" : ""));
    }
    for (PlanOpId root : flow.roots) op(2, root, flow.target, !flow.is_spilled);
  }

  void op(int depth, PlanOpId id, Side target, bool is_flat) {
    const PlanOp& op = plan_.ops[id];
    Names names = names_of(op.kind, is_flat);
    std::string text = fmt::format("{} -> {}  {} / {}", op.from, op.to, names.lift, names.lower);
    std::string detail = detail_of(op, target);
    if (!detail.empty()) text += "  " + detail;
    line(depth, text);
    bool is_elsewhere = op.kind == OpKind::kListLoop || op.kind == OpKind::kListCheckCopy;
    bool are_parts_flat = is_flat && !is_elsewhere;
    for (std::size_t i = 0; i < op.body.size(); ++i) {
      if (op.kind == OpKind::kVariant) {
        line(depth + 1, fmt::format("case {}", op.cases[i]));
        this->op(depth + 2, op.body[i], target, are_parts_flat);
      } else {
        this->op(depth + 1, op.body[i], target, are_parts_flat);
      }
    }
  }

  std::string detail_of(const PlanOp& op, Side target) const {
    auto elements = [&] { return fmt::format("elements of {} -> {} bytes", op.from_size, op.to_size); };
    auto encoding = [&](Side side) {
      return encoding_name(side == Side::kLift ? plan_.request.lift.string_encoding : plan_.request.lower.string_encoding);
    };
    switch (op.kind) {
      case OpKind::kBool: return "bool";
      case OpKind::kInt:
      case OpKind::kSigned:
      case OpKind::kFloat: return plan_.request.types->to_string(op.type);
      case OpKind::kChar: return "char, checked";
      case OpKind::kFlags: return fmt::format("mask {:#x}", op.mask);
      case OpKind::kEnum:
      case OpKind::kVariant: return fmt::format("{} cases, checked", op.count);
      case OpKind::kRecord: return "";
      case OpKind::kCopy: return fmt::format("{} bytes as they are", op.width);
      case OpKind::kString: return fmt::format("string: {} -> {}", encoding(other(target)), encoding(target));
      case OpKind::kListCopy: return elements() + ": one copy";
      case OpKind::kListCheckCopy: {
        if (!op.written) return elements() + ": checked while copied";
        if (!op.written->is_variant) return elements() + ": copied but for padding";
        return fmt::format("{}: {} cases, checked while copied", elements(), op.written->cases.size());
      }
      case OpKind::kListLoop: return elements() + ": one by one";
      case OpKind::kFixedListLoop: return fmt::format("{} {}: one by one", op.count, elements());
      case OpKind::kOwn: return plan_.request.types->to_string(op.type);
      case OpKind::kBorrow: {
        const auto& defined_in = plan_.request.resource_instances;
        std::uint32_t to = (target == Side::kLift ? plan_.request.lift : plan_.request.lower).instance;
        bool is_rep = op.resource < defined_in.size() && defined_in[op.resource] == to;
        return plan_.request.types->to_string(op.type) + (is_rep ? ", as its representation" : "");
      }
      case OpKind::kCall: return "by " + plan_.helpers[*op.helper].name;
    }
    return "";
  }

  const AdapterPlan& plan_;
  std::string out_;
};

}  // namespace

std::string to_string(const AdapterPlan& plan) { return Printer(plan).run(); }

}  // namespace witc::abi
