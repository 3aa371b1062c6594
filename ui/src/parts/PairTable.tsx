import type { ReactNode } from "react";
import { CopyButton } from "../ui/CopyButton";
import { SafeText } from "../ui/SafeText";
import styles from "./PairTable.module.css";

interface Props {
  label: string;
  pairs: [name: string, value: string][];
  /** What else one can do with a pair. */
  action?: (name: string, value: string) => ReactNode;
}

/** Names and values, each value to be copied. */
export function PairTable({ label, pairs, action }: Props) {
  return (
    <table className={styles.table} aria-label={label}>
      <tbody>
        {pairs.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">
              <SafeText text={name} />
            </th>
            <td>
              <SafeText text={value} />
            </td>
            <td className={styles.actions}>
              {action?.(name, value)}
              <CopyButton what={name} text={value} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
