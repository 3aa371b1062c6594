import type { Tool } from "../lib/chat";
import { plural } from "../lib/numbers";
import { parametersOf, type Parameter } from "../lib/tool-parameters";
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
          <Parameters of={tool.name} parameters={parametersOf(tool.parameters)} />
          <details className={styles.schema}>
            <summary>Schema</summary>
            <JsonTree value={tool.parameters} label={`Schema of ${tool.name}`} />
          </details>
        </details>
      ))}
    </details>
  );
}

function Parameters({ of, parameters }: { of: string; parameters: Parameter[] }) {
  if (parameters.length === 0) return null;
  return (
    <dl className={styles.parameters} aria-label={`Parameters of ${of}`}>
      {parameters.map(({ name, type, required, description }) => (
        <div key={name}>
          <dt>
            <code>
              <SafeText text={name} />
            </code>{" "}
            <SafeText text={[type, required ? "" : "optional"].filter(Boolean).join(", ")} />
          </dt>
          {description && (
            <dd>
              <SafeText text={description} />
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}
