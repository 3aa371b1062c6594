import { createContext, useContext } from "react";

/** Whether the reader asked to see everything: clipped texts, closed blocks, trees. */
export const Expanded = createContext(false);

export const useExpanded = () => useContext(Expanded);
