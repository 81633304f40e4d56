;; The library that the program is for. It and libhelp.so need each other.
(module
  (@dylink.0 (mem-info (memory 4 2)) (needed "libhelp.so"))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $data i32))
  (import "env" "help" (func $help (param i32) (result i32)))
  (import "GOT.mem" "shared" (global $shared (mut i32)))
  (import "GOT.func" "help" (global $help_address (mut i32)))
  (import "env" "__indirect_function_table" (table $functions 0 funcref))
  (data (global.get $data) "\02\00\00\00")
  (func (export "ten") (result i32) (i32.const 10))
  ;; 10 * n, of help, which asks us for the ten; a second time through its address; and what is in its data
  (func (export "run") (param $n i32) (result i32)
    (i32.add
      (i32.add (call $help (local.get $n))
               (call_indirect $functions (param i32) (result i32) (local.get $n) (global.get $help_address)))
      (i32.load (global.get $shared)))))
