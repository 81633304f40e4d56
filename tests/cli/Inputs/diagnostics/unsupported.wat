(component
  (core func $new (canon waitable-set.new))
  (func (export "f") (result u32) (canon lift (core func $new))))
