(component
  (core module $m)
  (core instance $i (instantiate $n)))
