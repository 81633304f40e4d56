(component
  (type $item' (resource (rep i32)))
  (component $Items
    (import "item" (type $item' (sub resource)))
    (export "item" (type $item')))
  (instance $items (instantiate $Items (with "item" (type $item'))))
  (export $exported "t:shop/items@0.1.0" (instance $items))
  (alias export $exported "item" (type $item))
  (component $Use
    (import "item" (type $item' (sub resource)))
    (import "count" (func $count (param "i" (borrow $item')) (result u32)))
    (export $item "item" (type $item'))
    (export "count" (func $count) (func (param "i" (borrow $item)) (result u32))))
  (core module $m (func (export "count") (param i32) (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func $count (param "i" (borrow $item)) (result u32) (canon lift (core func $i "count")))
  (instance $use (instantiate $Use (with "item" (type $item)) (with "count" (func $count))))
  (export "t:shop/use@0.1.0" (instance $use)))
