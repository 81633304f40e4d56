// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// x86-64, System V. `llvm.ubsantrap(n)` is `ud1l n(%eax), %eax`: the number is the displacement byte.
#include "engine/arch/arch.h"

#ifdef __x86_64__

#include <ucontext.h>

#include <cstddef>

#include "engine/runtime/context.h"

// All callee-saved registers are pushed, so landing with the noted stack pointer restores them; no C++ frame lies
// between the landing and the trap but those of compiled code.
asm(R"(
    .text
    .globl witc_engine_enter
    .hidden witc_engine_enter
    .type witc_engine_enter, @function
    .p2align 4
witc_engine_enter:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    movq %rsp, 0(%rdi)
    leaq 2f(%rip), %rax
    movq %rax, 8(%rdi)
    movq 16(%rdi), %rsp
    movq %rsi, %rax
    movq %rdx, %rdi
    movq %rcx, %rsi
    movq %r8, %rdx
    callq *%rax
    leaq -48(%rbp), %rsp
    xorl %eax, %eax
1:  addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    .cfi_def_cfa %rsp, 8
    ret
2:  .cfi_def_cfa %rbp, 16
    leaq 48(%rsp), %rbp
    movl $1, %eax
    jmp 1b
    .cfi_endproc
    .size witc_engine_enter, .-witc_engine_enter

    .globl witc_engine_callee_saved
    .hidden witc_engine_callee_saved
    .type witc_engine_callee_saved, @function
    .p2align 4
witc_engine_callee_saved:
    .cfi_startproc
    endbr64
    movq %rbx, 0(%rdi)
    movq %rbp, 8(%rdi)
    movq %r12, 16(%rdi)
    movq %r13, 24(%rdi)
    movq %r14, 32(%rdi)
    movq %r15, 40(%rdi)
    leaq 8(%rsp), %rax
    ret
    .cfi_endproc
    .size witc_engine_callee_saved, .-witc_engine_callee_saved

    .globl witc_engine_call_host
    .hidden witc_engine_call_host
    .type witc_engine_call_host, @function
    .p2align 4
witc_engine_call_host:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    movq %rsp, %rbp
    .cfi_def_cfa_register %rbp
    movq 0(%rdi), %rax
    movq %rsp, 16(%rax)
    movq 0(%rax), %rsp
    callq *%r10
    movq %rbp, %rsp
    popq %rbp
    .cfi_def_cfa %rsp, 8
    ret
    .cfi_endproc
    .size witc_engine_call_host, .-witc_engine_call_host
)");

namespace witc::engine::arch {

static_assert(offsetof(Landing, sp) == 0 && offsetof(Landing, pc) == 8 && offsetof(Landing, guest_sp) == 16);
static_assert(offsetof(StoreHeader, landing) == 0);

Registers registers(const void* signal_context) {
  const auto& regs = static_cast<const ucontext_t*>(signal_context)->uc_mcontext.gregs;
  return {static_cast<std::uintptr_t>(regs[REG_RIP]), static_cast<std::uintptr_t>(regs[REG_RSP]),
          static_cast<std::uintptr_t>(regs[REG_RBP])};
}

void leave(void* signal_context, const Landing& landing) {
  auto& context = static_cast<ucontext_t*>(signal_context)->uc_mcontext;
  context.gregs[REG_RSP] = static_cast<greg_t>(landing.sp);
  context.gregs[REG_RIP] = static_cast<greg_t>(landing.pc);
  constexpr greg_t kDirection = 1 << 10;  // the convention wants it clear
  context.gregs[REG_EFL] &= ~kDirection;
}

std::optional<std::uint32_t> trap_number(std::uintptr_t pc) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(pc);
  if (bytes[0] == 0x67 && bytes[1] == 0x0f && bytes[2] == 0xb9 && bytes[3] == 0x40) return bytes[4];
  return std::nullopt;
}

}  // namespace witc::engine::arch

#endif
