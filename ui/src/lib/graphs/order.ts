/** The order of a table of groups, as the URL says it: "cost" is the highest first, "+cost" the lowest. */

export function groupOrder(text: string): { column: string; ascending: boolean } {
  const ascending = /^[+ ]/.test(text);
  return { column: ascending ? text.slice(1) : text, ascending };
}

/** After a click on the head of `column`: the highest first, then turned round. */
export function turnedOrder(column: string, current: string, ascending: boolean): string {
  return column === current && !ascending ? `+${column}` : column;
}
