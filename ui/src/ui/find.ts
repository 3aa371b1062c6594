import { createContext, useContext } from "react";

/** What is looked for in the part at hand; "" is nothing. */
export const FindText = createContext("");

export const useFindText = () => useContext(FindText);

/** A part that draws but a window of what it holds, and so looks for the text by itself. */
export interface OwnFind {
  count: number;
  /** Brings one of its finds into view and marks it. */
  show: (index: number) => void;
  /** Another part's find is looked at. */
  leave: () => void;
}

/** By the element in which such a part draws. */
export const ownFinds = new WeakMap<Element, OwnFind>();
/** Marks such an element, for whoever looks for finds in a document; its value, their count, tells of changes. */
export const OWN_FIND = "data-own-find";
