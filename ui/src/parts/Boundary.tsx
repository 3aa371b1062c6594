import { Component, type ReactNode } from "react";
import { NotLoaded } from "../lib/early";
import { Button } from "../ui/Button";
import { ErrorBox } from "./ErrorBox";

interface Props {
  /** What is inside, as the subject of a sentence: "This page". */
  what: string;
  /** Where it is; elsewhere it is tried again. */
  at: string;
  children: ReactNode;
}

interface State {
  error: Error | null;
}

/** What fails to be drawn, or whose code fails to arrive, fails for itself: without this React would take everything away. */
export class Boundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate({ at }: Props) {
    if (this.state.error && at !== this.props.at) this.retry();
  }

  private readonly retry = () => {
    this.setState({ error: null });
  };

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    const late = error instanceof NotLoaded;
    return (
      <ErrorBox
        title={`${this.props.what} could not be ${late ? "loaded" : "shown"}.`}
        error={error}
        onRetry={this.retry}
      >
        {late && <Button onClick={() => location.reload()}>Reload the dashboard</Button>}
      </ErrorBox>
    );
  }
}
