;; A resource that `lib` defines: `app` makes one, lends it, gives it back.
(component
  (component $lib
    (type $thing' (resource (rep i32)))
    (core func $new (canon resource.new $thing'))
    (core func $rep (canon resource.rep $thing'))
    (core module $m
      (import "r" "new" (func $new (param i32) (result i32)))
      (import "r" "rep" (func $rep (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "look") (param i32) (result i32) (local.get 0))
      (func (export "eat") (param i32) (result i32) (call $rep (local.get 0))))
    (core instance $i (instantiate $m (with "r" (instance (export "new" (func $new)) (export "rep" (func $rep))))))
    (export $thing "thing" (type $thing'))
    (func (export "make") (param "value" u32) (result (own $thing)) (canon lift (core func $i "make")))
    (func (export "look") (param "thing" (borrow $thing)) (result u32) (canon lift (core func $i "look")))
    (func (export "eat") (param "thing" (own $thing)) (result u32) (canon lift (core func $i "eat"))))
  (component $app
    (import "lib" (instance $lib
      (export "thing" (type $thing (sub resource)))
      (export "make" (func (param "value" u32) (result (own $thing))))
      (export "look" (func (param "thing" (borrow $thing)) (result u32)))
      (export "eat" (func (param "thing" (own $thing)) (result u32)))))
    (core func $make (canon lower (func $lib "make")))
    (core func $look (canon lower (func $lib "look")))
    (core func $eat (canon lower (func $lib "eat")))
    (core module $m
      (import "lib" "make" (func $make (param i32) (result i32)))
      (import "lib" "look" (func $look (param i32) (result i32)))
      (import "lib" "eat" (func $eat (param i32) (result i32)))
      (func (export "run") (result i32) (local i32)
        (local.set 0 (call $make (i32.const 42)))
        (i32.add (call $look (local.get 0)) (call $eat (local.get 0))))
      (func (export "twice") (result i32) (local i32)
        (local.set 0 (call $make (i32.const 42)))
        (i32.add (call $eat (local.get 0)) (call $eat (local.get 0)))))
    (core instance $i (instantiate $m (with "lib" (instance
      (export "make" (func $make)) (export "look" (func $look)) (export "eat" (func $eat))))))
    (func (export "run") (result u32) (canon lift (core func $i "run")))
    (func (export "twice") (result u32) (canon lift (core func $i "twice"))))
  (instance $l (instantiate $lib))
  (instance $a (instantiate $app (with "lib" (instance $l))))
  (export "run" (func $a "run"))
  (export "twice" (func $a "twice")))
