import type { Tool } from "../lib/chat";
import { plural } from "../lib/numbers";
import { JsonTree } from "../ui/JsonTree";
import { SafeText } from "../ui/SafeText";
import styles from "./ToolDrawer.module.css";

/** The tools a request offered, closed until asked for. */
export function ToolDrawer({ tools }: { tools: Tool[] }) {
  if (tools.length === 0) return null;
  return (
    <details className={styles.drawer}>
      <summary>
        {plural(tools.length, "tool")} offered: <SafeText text={tools.map((tool) => tool.name).join(", ")} />
      </summary>
      {tools.map((tool, index) => (
        <details key={index} className={styles.tool}>
          <summary>
            <code>
              <SafeText text={tool.name} />
            </code>{" "}
            {tool.description && <SafeText text={tool.description} />}
          </summary>
          <JsonTree value={tool.parameters} label={`Parameters of ${tool.name}`} />
        </details>
      ))}
    </details>
  );
}
