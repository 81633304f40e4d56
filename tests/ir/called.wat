;; A callee that is too large to be inlined.
(component
  (component $lib
    (core module $m
      (func (export "stir") (param i32) (result i32)
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654435761)) (i32.const 5)) (i32.const 1)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654443680)) (i32.const 982)) (i32.const 2)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654451599)) (i32.const 1959)) (i32.const 3)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654459518)) (i32.const 2936)) (i32.const 4)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654467437)) (i32.const 3913)) (i32.const 5)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654475356)) (i32.const 4890)) (i32.const 6)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654483275)) (i32.const 5867)) (i32.const 7)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654491194)) (i32.const 6844)) (i32.const 8)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654499113)) (i32.const 7821)) (i32.const 9)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654507032)) (i32.const 8798)) (i32.const 10)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654514951)) (i32.const 9775)) (i32.const 11)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654522870)) (i32.const 10752)) (i32.const 12)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654530789)) (i32.const 11729)) (i32.const 13)))
        (local.set 0 (i32.rotl (i32.xor (i32.mul (local.get 0) (i32.const 2654538708)) (i32.const 12706)) (i32.const 14)))
        (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "stir") (param "x" u32) (result u32) (canon lift (core func $i "stir"))))
  (component $app
    (import "stir" (func $stir (param "x" u32) (result u32)))
    (core func $stir (canon lower (func $stir)))
    (core module $m
      (import "lib" "stir" (func $stir (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (i32.add (call $stir (local.get 0)) (i32.const 1))))
    (core instance $i (instantiate $m (with "lib" (instance (export "stir" (func $stir))))))
    (func (export "run") (param "x" u32) (result u32) (canon lift (core func $i "run"))))
  (instance $l (instantiate $lib))
  (instance $a (instantiate $app (with "stir" (func $l "stir"))))
  (export "run" (func $a "run")))
