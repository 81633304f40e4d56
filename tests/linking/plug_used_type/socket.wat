;; As a world with `use lib:it/types.{thing}; import poke: func(on: borrow<thing>);` imports them.
(component
  (import "lib:it/types" (instance $types (export "thing" (type (sub resource)))))
  (alias export $types "thing" (type $thing'))
  (import "thing" (type $thing (eq $thing')))
  (import "poke" (func $poke (param "on" (borrow $thing))))
  (canon lower (func $poke) (core func $poke))
  (core module $m (import "" "poke" (func (param i32))) (func (export "run")))
  (core instance $m (instantiate $m (with "" (instance (export "poke" (func $poke))))))
  (func (export "run") (canon lift (core func $m "run")))
)
