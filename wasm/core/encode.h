// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Module → binary (core specification, "Binary Format > Modules"). Integers are written in their shortest
// form; function bodies and constant expressions as they are held. Custom sections keep their places;
// `name` is written anew from Module::names where the module has any.

#include <cstdint>
#include <vector>

#include "wasm/core/module.h"

namespace witc::wasm {

/// The module in binary form. Total: a Module that is not valid gives bytes that are not valid.
std::vector<std::uint8_t> encode_module(const Module& module);

}  // namespace witc::wasm
