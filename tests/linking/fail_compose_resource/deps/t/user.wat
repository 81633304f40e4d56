(component
  (import "t:shop/items@0.1.0" (instance $items (export "item" (type (sub resource)))))
  (alias export $items "item" (type $item))
  (import "t:shop/use@0.1.0" (instance
    (alias outer 1 $item (type $item'))
    (export "item" (type $item (eq $item')))
    (export "count" (func (param "i" (borrow $item)) (result u32))))))
