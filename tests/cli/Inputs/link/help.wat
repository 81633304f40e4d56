(module
  (@dylink.0 (mem-info (memory 16 3)))
  (import "env" "memory" (memory 1))
  (import "env" "__memory_base" (global $data i32))
  (import "env" "ten" (func $ten (result i32)))
  (global (export "shared") i32 (i32.const 8))
  (func (export "help") (param i32) (result i32) (i32.mul (call $ten) (local.get 0)))
  ;; Constructors run after relocations, and those of the libraries one needs before one's own.
  (func (export "__wasm_apply_data_relocs")
    (i32.store offset=8 (global.get $data) (i32.const 1)))
  (func (export "__wasm_call_ctors")
    (i32.store offset=8 (global.get $data) (i32.add (i32.load offset=8 (global.get $data)) (i32.const 4)))))
