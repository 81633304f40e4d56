// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// A .wast script as data: the directives of the specification's test suite (core specification, repository
// `interpreter/README.md`, "Scripts"), for core modules and for components, whose values have forms of their own.
// Text modules stay text here; the runners give them to the loaders.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/source.h"

namespace witc::engine::wast {

struct Value {
  enum Kind : std::uint8_t {
    kI32, kI64, kF32, kF64,
    kNanCanonical32, kNanCanonical64, kNanArithmetic32, kNanArithmetic64,  // results only
    kRefNull, kRefFunc,                                                    // a funcref: null, or any but null
    kRefExtern,                                                            // with its number
    kRefExternAny,                                                         // results only: any but null
    kEither,                                                               // results only: one of `options`
    kV128,                                                                 // its lanes are `options`
    kRefHost,                                                              // with its number
    kRefAny, kRefEq, kRefI31, kRefStruct, kRefArray,                       // results only: any of them but null
    kComponent,                                                            // `keyword` says which form
    kUnsupported,                                                          // references of other proposals
  } kind = kI32;
  std::uint64_t bits = 0;
  std::vector<Value> options;
  // Of a component's value, `(record.const (field "a" (u8.const 1)))`: `record.const`, {"a"}, and the u8 in `options`.
  std::string keyword;
  std::vector<std::string> words;
};

/// A module or a component.
struct ModuleForm {
  enum Kind : std::uint8_t { kText, kBinary, kQuote } kind = kText;
  std::string id;
  std::string contents;  // text, or bytes
  bool is_component = false;
  bool is_definition = false;
  bool is_instance = false;  // `(module instance $id $instance_of)`
  std::string instance_of;   // empty: the latest definition
};

struct Action {
  bool is_get = false;
  std::string instance;  // empty: the latest
  std::string name;
  std::vector<Value> args;
};

struct Directive {
  enum Kind : std::uint8_t {
    kModule, kRegister, kAction,
    kAssertReturn, kAssertTrap, kAssertExhaustion, kAssertException,
    kAssertTrapModule, kAssertUnlinkable, kAssertInvalid, kAssertMalformed,
    kThread, kWait,
    kUnknown,
  } kind = kUnknown;
  Span span;
  ModuleForm module;           // kModule, kAssert...Module, kAssertUnlinkable, kAssertInvalid, kAssertMalformed
  Action action;               // kAction, kAssertReturn, kAssertTrap, kAssertExhaustion, kAssertException
  std::string name;            // kRegister: the name; kUnknown: the keyword
  std::string instance;        // kRegister: empty for the latest
  std::vector<Value> results;  // kAssertReturn
  std::string message;         // kAssertTrap and others
  std::string thread;               // kThread, kWait: its id
  std::vector<std::string> shared;  // kThread: the instances whose shared memories it has as well, by id
  std::vector<Directive> body;      // kThread
  bool is_custom = false;      // kAssertInvalid: only a custom section is wrong (`assert_invalid_custom`)
};

/// Errors: kWasmMalformed.
Result<std::vector<Directive>> parse_script(const SourceMap& sources, SourceId source);

}  // namespace witc::engine::wast
