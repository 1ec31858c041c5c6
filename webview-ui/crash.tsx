import { Component, type ComponentChildren } from "preact";

/** What is left when the panel itself fails: never a grey page. Asks for nothing that could fail again. */
export function CrashNotice({ message }: { message: string }) {
  return (
    <main class="panel crash">
      <h1>The panel ran into an error</h1>
      <p>Your thread is safe: the panel only shows it. Reload to go on.</p>
      <pre class="plain-output" role="group" tabIndex={0} aria-label="Error">
        {message.slice(0, 4000)}
      </pre>
      <div class="actions">
        <button type="button" class="action primary" onClick={() => window.location.reload()}>
          Reload
        </button>
      </div>
    </main>
  );
}

interface BoundaryState {
  readonly failure: string | null;
}

/** Shows {@link CrashNotice} instead of children that throw while rendering. */
export class CrashBoundary extends Component<{ children: ComponentChildren }, BoundaryState> {
  override state: BoundaryState = { failure: null };

  static override getDerivedStateFromError(error: unknown): BoundaryState {
    return { failure: describeError(error) };
  }

  override render(): ComponentChildren {
    return this.state.failure === null ? this.props.children : <CrashNotice message={this.state.failure} />;
  }
}

export const describeError = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
