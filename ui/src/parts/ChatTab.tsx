import { useMemo, useState } from "react";
import type { LogObject } from "../api/types";
import { chatOf, type Chat, type Message } from "../lib/chat";
import type { Tab } from "../lib/url-state";
import { Button } from "../ui/Button";
import { JsonTree } from "../ui/JsonTree";
import styles from "./ChatTab.module.css";
import { MessageView } from "./MessageView";
import { NotStored } from "./NotStored";
import { StreamStrip } from "./StreamStrip";
import { ToolDrawer } from "./ToolDrawer";

interface Props {
  log: LogObject;
  onTab: (tab: Tab) => void;
}

/** The conversation; bodies of no form that is known are trees. */
export default function ChatTab({ log, onTab }: Props) {
  const { request, response, conversation } = log;
  const chat = useMemo(
    () => chatOf(conversation, { request: request.body, response: response.body }),
    [conversation, request.body, response.body],
  );
  if (request.body === undefined && response.body === undefined) return <NotStored />;
  if (!chat) {
    return (
      <div className={styles.none}>
        <p>No conversation is in these bodies.</p>
        <h3>Request</h3>
        <JsonTree value={request.body ?? null} label="Body of the request" />
        <h3>Response</h3>
        <JsonTree value={response.body ?? null} label="Body of the response" />
      </div>
    );
  }
  return (
    <>
      <StreamStrip log={log} />
      <ToolDrawer tools={chat.tools} />
      <ol role="list" className={styles.messages}>
        {chat.input.map((message, index) => (
          <MessageView key={index} message={message} />
        ))}
        <Answers choices={chat.choices} reasoningTokens={log.reasoning_tokens ?? null} />
      </ol>
      <Unread chat={chat} onTab={onTab} />
    </>
  );
}

/** The answer; one of several at a time. */
function Answers({ choices, reasoningTokens }: { choices: Message[][]; reasoningTokens: number | null }) {
  const [chosen, setChosen] = useState(0);
  return (
    <>
      {choices.length > 1 && (
        <li>
          <div role="group" aria-label="Choices" className={styles.choices}>
            {choices.map((_, index) => (
              <button
                key={index}
                type="button"
                aria-pressed={index === chosen}
                onClick={() => setChosen(index)}
              >
                Choice {index + 1}
              </button>
            ))}
          </div>
        </li>
      )}
      {choices[chosen]?.map((message, index) => (
        <MessageView key={`${chosen} ${index}`} message={message} reasoningTokens={reasoningTokens} />
      ))}
    </>
  );
}

/** A side that could not be read as chat is named, not left out in silence. */
function Unread({ chat, onTab }: { chat: Chat; onTab: (tab: Tab) => void }) {
  return chat.unread.map((side) => (
    <p key={side} className={styles.unread}>
      The {side} body has no chat form.
      <Button look="quiet" onClick={() => onTab(side)}>
        See the {side}
      </Button>
    </p>
  ));
}
