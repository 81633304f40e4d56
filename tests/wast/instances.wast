;; One component instantiated often, with other functions, modules, components and types each time.

;; A component given a module and a component to instantiate itself, twice in each of two instances.
(component
  (core module $Ten (func (export "number") (result i32) (i32.const 10)))
  (core module $Twenty (func (export "number") (result i32) (i32.const 20)))
  (component $Counter
    (core module $M (global $n (mut i32) (i32.const 0))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (component $Double
    (import "counter" (component $Counter (export "next" (func (result u32)))))
    (import "base" (core module $Base (export "number" (func (result i32)))))
    (instance $a (instantiate $Counter))
    (instance $b (instantiate $Counter))
    (core instance $base (instantiate $Base))
    (core func $a (canon lower (func $a "next")))
    (core func $b (canon lower (func $b "next")))
    (core module $M
      (import "" "a" (func $a (result i32)))
      (import "" "b" (func $b (result i32)))
      (import "base" "number" (func $base (result i32)))
      (func (export "next") (result i32)
        (drop (call $a))
        (i32.add (call $base) (i32.add (call $a) (i32.mul (call $b) (i32.const 100))))))
    (core instance $m (instantiate $M
      (with "" (instance (export "a" (func $a)) (export "b" (func $b))))
      (with "base" (instance $base))))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))
  (instance $x (instantiate $Double (with "counter" (component $Counter)) (with "base" (core module $Ten))))
  (instance $y (instantiate $Double (with "counter" (component $Counter)) (with "base" (core module $Twenty))))
  ;; What $Double makes is itself something that $Double can be given.
  (instance $z (instantiate $Double
    (with "counter" (component $Counter)) (with "base" (core module $Ten))))
  (func (export "x") (alias export $x "next"))
  (func (export "y") (alias export $y "next"))
  (func (export "z") (alias export $z "next")))
(assert_return (invoke "x") (u32.const 112))
(assert_return (invoke "x") (u32.const 214))
(assert_return (invoke "y") (u32.const 122))
(assert_return (invoke "z") (u32.const 112))
(assert_return (invoke "x") (u32.const 316))

;; Instances made by one nested component closing over its parent's module, at every depth.
(component
  (core module $M (global $n (mut i32) (i32.const 0))
    (func (export "f") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
  (component $Outer
    (alias outer 1 $M (core module $M))
    (component $Inner
      (alias outer 1 $M (core module $M))
      (core instance $m (instantiate $M))
      (func (export "f") (result u32) (canon lift (core func $m "f"))))
    (instance $i (instantiate $Inner))
    (instance $j (instantiate $Inner))
    (export "i" (instance $i))
    (export "j" (instance $j))
    (export "inner" (component $Inner)))
  (instance $o (instantiate $Outer))
  (alias export $o "inner" (component $Inner))
  (instance $k (instantiate $Inner))
  (alias export $o "i" (instance $i))
  (alias export $o "j" (instance $j))
  (func (export "i") (alias export $i "f"))
  (func (export "j") (alias export $j "f"))
  (func (export "k") (alias export $k "f")))
(assert_return (invoke "i") (u32.const 1))
(assert_return (invoke "i") (u32.const 2))
(assert_return (invoke "j") (u32.const 1))
(assert_return (invoke "k") (u32.const 1))

;; A resource re-exported through two components is the same; that of another instance is not.
(component
  (component $Def
    (type $r' (resource (rep i32)))
    (core func $new (canon resource.new $r'))
    (core func $rep (canon resource.rep $r'))
    (export $r "r" (type $r'))
    (core module $M (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "get") (param i32) (result i32) (local.get 0)))
    (core instance $m (instantiate $M (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $m "make")))
    (func (export "get") (param "r" (borrow $r)) (result u32) (canon lift (core func $m "get"))))
  (component $Pass
    (import "in" (instance $in
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))
      (export "get" (func (param "r" (borrow $r)) (result u32)))))
    (export "out" (instance $in)))
  (component $Use
    (import "made" (instance $made
      (export "r" (type $r (sub resource)))
      (export "make" (func (param "n" u32) (result (own $r))))))
    (alias export $made "r" (type $r))
    (import "get" (func $get (param "r" (borrow $r)) (result u32)))
    (core func $make (canon lower (func $made "make")))
    (core func $get (canon lower (func $get)))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "get" (func $get (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call $get (call $make (local.get 0)))))
    (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "get" (func $get))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))
  (instance $def (instantiate $Def))
  (instance $pass1 (instantiate $Pass (with "in" (instance $def))))
  (alias export $pass1 "out" (instance $out1))
  (instance $pass2 (instantiate $Pass (with "in" (instance $out1))))
  (alias export $pass2 "out" (instance $out2))
  (instance $use (instantiate $Use (with "made" (instance $out2)) (with "get" (func $def "get"))))
  (func (export "run") (alias export $use "run")))
(assert_return (invoke "run" (u32.const 9)) (u32.const 9))
