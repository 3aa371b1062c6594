import { useEffect, useState } from "react";

/** A value once it has stopped changing for `ms`. */
export function useSettled<Value>(value: Value, ms = 120): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
