import { useMemo } from "react";
import type { LogObject } from "../api/types";
import { readChat, type Chat } from "../lib/chat/read";
import type { Tab } from "../lib/url-state";
import { Button } from "../ui/Button";
import styles from "./ChatTab.module.css";
import { MessageView } from "./MessageView";
import { NotStored } from "./NotStored";
import { ToolDrawer } from "./ToolDrawer";

interface Props {
  log: LogObject;
  onTab: (tab: Tab) => void;
}

/** The conversation, if the bodies hold one. */
export default function ChatTab({ log, onTab }: Props) {
  const { request, response } = log;
  const chat = useMemo(() => readChat(request.body, response.body), [request.body, response.body]);
  if (request.body === undefined && response.body === undefined) return <NotStored />;
  if (!chat) {
    return (
      <div className={styles.none}>
        <p>This body has no chat form we know.</p>
        <Button onClick={() => onTab("request")}>See the request</Button>
      </div>
    );
  }
  return (
    <>
      <ToolDrawer tools={chat.tools} />
      <ol role="list" className={styles.messages}>
        {chat.messages.map((message, index) => (
          <MessageView key={index} message={message} />
        ))}
      </ol>
      <Unread chat={chat} onTab={onTab} />
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
