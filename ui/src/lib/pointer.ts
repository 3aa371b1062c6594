/** JSON pointers (RFC 6901) into the two bodies of a log. */

import { isObject, type Json } from "./json";

export interface Bodies {
  request?: Json;
  response?: Json;
}

/** What a pointer such as "/request/messages/0" leads to; undefined when nothing is there. */
export function at(bodies: Bodies, pointer: string): Json | undefined {
  const [, side, ...steps] = pointer.split("/").map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
  let value = side === "request" || side === "response" ? bodies[side] : undefined;
  for (const step of steps) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isObject(value)) value = Object.hasOwn(value, step) ? value[step] : undefined;
    else return undefined;
  }
  return value;
}
