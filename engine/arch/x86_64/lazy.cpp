// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// x86-64, System V. An entry is
//
//     jmp *slot(%rip)
//     push $number       <- what the slot leads to at first
//     jmp stub
//
// All registers that `swiftcc` and `swifttailcc` pass anything in are kept while the compiler runs: the six of integers,
// eight of vectors, r13; r12 and r14 are callee-saved in C++. r10 and r11 are nobody's.
#include "engine/arch/lazy.h"

#ifdef __x86_64__

#include <cstring>

#include "engine/runtime/context.h"
#include "engine/runtime/entry.h"

asm(R"(
    .text
    .globl witc_engine_lazy
    .hidden witc_engine_lazy
    .type witc_engine_lazy, @function
    .p2align 4
witc_engine_lazy:
    endbr64
    pushq %rbp
    movq %rsp, %rbp
    subq $200, %rsp
    movq %rdi, 0(%rsp)
    movq %rsi, 8(%rsp)
    movq %rdx, 16(%rsp)
    movq %rcx, 24(%rsp)
    movq %r8, 32(%rsp)
    movq %r9, 40(%rsp)
    movq %rax, 48(%rsp)
    movups %xmm0, 64(%rsp)
    movups %xmm1, 80(%rsp)
    movups %xmm2, 96(%rsp)
    movups %xmm3, 112(%rsp)
    movups %xmm4, 128(%rsp)
    movups %xmm5, 144(%rsp)
    movups %xmm6, 160(%rsp)
    movups %xmm7, 176(%rsp)
    movq %r11, %rdi
    movl 8(%rbp), %esi
    movq 0(%r11), %rax
    movl (%rax,%rsi,4), %eax
    movq %r13, %rdx
    testl $1, %eax
    jnz 1f
    subq %rax, %rdx
    jmp 2f
1:  movq -136(%r13), %rdx
2:
    movq 0(%rdx), %rax
    movq %rsp, 16(%rax)
    movq 0(%rax), %rsp
    callq *8(%r11)
    movq %rax, %r11
    leaq -200(%rbp), %rsp
    movq 0(%rsp), %rdi
    movq 8(%rsp), %rsi
    movq 16(%rsp), %rdx
    movq 24(%rsp), %rcx
    movq 32(%rsp), %r8
    movq 40(%rsp), %r9
    movq 48(%rsp), %rax
    movups 64(%rsp), %xmm0
    movups 80(%rsp), %xmm1
    movups 96(%rsp), %xmm2
    movups 112(%rsp), %xmm3
    movups 128(%rsp), %xmm4
    movups 144(%rsp), %xmm5
    movups 160(%rsp), %xmm6
    movups 176(%rsp), %xmm7
    movq %rbp, %rsp
    popq %rbp
    addq $8, %rsp
    jmpq *%r11
    .size witc_engine_lazy, .-witc_engine_lazy
)");

extern "C" void witc_engine_lazy();

namespace witc::engine::arch {

static_assert(offsetof(LazyEntry, contexts) == 0 && offsetof(LazyEntry, compile) == 8);
static_assert(kHeaderInCell == 1 && kCellBeforeContext == 136 && kCellBeforeContext == kContextBias + sizeof(StoreHeader*));

namespace {

std::uint8_t* put(std::uint8_t* at, std::initializer_list<std::uint8_t> bytes) {
  for (std::uint8_t byte : bytes) *at++ = byte;
  return at;
}
template <class T>
std::uint8_t* put_word(std::uint8_t* at, T word) {
  std::memcpy(at, &word, sizeof word);
  return at + sizeof word;
}
template <class Address>
std::uint64_t bits(Address address) {
  return reinterpret_cast<std::uint64_t>(address);
}
/// Behind the four bytes at `at`.
std::int32_t distance(const std::uint8_t* at, const void* target) {
  return static_cast<std::int32_t>(static_cast<const std::uint8_t*>(target) - (at + 4));
}

}  // namespace

void write_lazy_stubs(std::uint8_t* stubs, const LazyEntry* entry) {
  constexpr std::uint8_t kInt3 = 0xcc;
  std::memset(stubs, kInt3, kLazyStubBytes);
  std::uint8_t* at = put(stubs + kEnterStub, {0x49, 0xbb});  // movabs entry, %r11
  at = put(put_word(at, bits(entry)), {0x49, 0xba});         // movabs witc_engine_lazy, %r10
  put(put_word(at, bits(&witc_engine_lazy)), {0x41, 0xff, 0xe2});  // jmp *%r10
  // push %rbp; mov %rsp, %rbp; ud1l kPendingTrap(%eax), %eax
  put(stubs + kTrapStub, {0x55, 0x48, 0x89, 0xe5, 0x67, 0x0f, 0xb9, 0x40, static_cast<std::uint8_t>(kPendingTrap)});
  const std::uint64_t libc[] = {bits(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memcpy)),
                                bits(static_cast<void* (*)(void*, const void*, std::size_t)>(&std::memmove)),
                                bits(static_cast<void* (*)(void*, int, std::size_t)>(&std::memset))};
  at = stubs + kLibcStubs;
  for (std::uint64_t function : libc) {
    put(put_word(put(at, {0x49, 0xbb}), function), {0x41, 0xff, 0xe3});  // movabs function, %r11; jmp *%r11
    at += kLibcStubBytes;
  }
}

void write_count_stub(std::uint8_t* at, const void* counter, const void* spent, const void* code) {
  at = put(at, {0xff, 0x0d});  // decl counter(%rip)
  at = put_word(at, distance(at, counter));
  at = put(at, {0x0f, 0x88});  // js spent
  at = put_word(at, distance(at, spent));
  at = put(at, {0xe9});  // jmp code
  put_word(at, distance(at, code));
}

const void* write_lazy_entry(std::uint8_t* at, std::uint32_t number, const void* slot, const std::uint8_t* stubs) {
  at = put(at, {0xff, 0x25});
  at = put_word(at, distance(at, slot));
  const std::uint8_t* first_time = at;  // kLazyEntryFirst
  at = put_word(put(at, {0x68}), number);
  at = put(at, {0xe9});
  put_word(at, distance(at, stubs + kEnterStub));
  return first_time;
}

}  // namespace witc::engine::arch

#endif
