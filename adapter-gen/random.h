// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
// Random types and values, the same for the same seed everywhere: for tests and for fuzzing an interface boundary.

#include <cstdint>
#include <vector>

#include "adapter-gen/layout.h"
#include "adapter-gen/val.h"

namespace witc::abi {

/// splitmix64. A fuzzer may instead feed it bytes of its input: when they run out all is 0.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// In [0, bound); 0 if bound is 0.
  std::uint32_t below(std::uint32_t bound) { return bound == 0 ? 0 : static_cast<std::uint32_t>(next() % bound); }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

 private:
  std::uint64_t state_;
};

struct RandomTypeOptions {
  std::uint32_t max_depth = 4;
  std::uint32_t max_fields = 5;          // of records, variants and tuples
  std::vector<ResourceId> resources;     // for own and borrow; none: no handles
  bool may_borrow = true;                // not in results
};

/// A value type of at most `max_depth` constructors, every constructor among them.
ValType random_type(Random& random, Types& types, const RandomTypeOptions& options);
/// A function with up to `max_params` parameters and, mostly, a result.
FuncTypeId random_func_type(Random& random, Types& types, const RandomTypeOptions& options, std::uint32_t max_params);

/// A value of the type; numbers are often extreme, strings often not ASCII, lists up to about `max_length` long, or 100
/// more if they are of numbers, or of records or variants of a few.
/// Handles have a representation from 1 to 1000.
Val random_val(Random& random, const Types& types, const ValType& type, std::uint32_t max_length = 6);

}  // namespace witc::abi
