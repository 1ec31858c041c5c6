import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Notice } from "../src/client/thread-view.ts";
import type { HostState } from "../src/protocol/host.ts";
import { Icon, type IconName } from "./controls/icon.tsx";
import { IconButton } from "./controls/icon-button.tsx";
import { offersOf } from "./conversation/local-offers.ts";
import { usePanel } from "./panel-context.ts";
import { visibleText } from "./visible-text.ts";

interface BannersProps {
  readonly host: HostState;
  readonly notices: readonly Notice[];
  /** What the user asked for and did not work. */
  readonly failure: string | null;
}

/** What the user should know before reading on; nothing while all is well. */
export function Banners({ host, notices, failure }: BannersProps) {
  const { store } = usePanel();
  const [dismissed, setDismissed] = useState<ReadonlySet<Notice>>(new Set());
  const unread = notices.filter((notice) => !dismissed.has(notice));
  const notice = unread.at(-1);
  const offers = offersOf(host.localModels);
  return (
    <aside class="banners" aria-label="Notices">
      <ServerBanner host={host} />
      {!host.isTrusted && (
        <Banner icon="untrusted" tone="warning">
          <strong>Restricted Mode:</strong> only Plan is available. The agent can look but changes nothing until you
          trust this workspace.{" "}
          <button type="button" class="link" onClick={() => store.runCommand("manageTrust")}>
            Manage trust
          </button>
        </Banner>
      )}
      {!host.hasWorkspace && (
        <Banner icon="folder" tone="info">
          No folder is open. The agent can answer, but it has no project to work on.
        </Banner>
      )}
      {host.isDemo && (
        <Banner icon="beaker" tone="info">
          Scripted demo model, no AI.{" "}
          {offers.map(({ provider, name, model }) => (
            <span key={provider}>
              <button type="button" class="link" onClick={() => store.useLocalModel({ provider, model })}>
                {`Use ${visibleText(model)} on ${visibleText(name)}`}
              </button>
              {", or "}
            </span>
          ))}
          <button type="button" class="link" onClick={() => store.runCommand("signIn")}>
            {offers.length === 0 ? "Sign in" : "sign in"}
          </button>{" "}
          to connect a model.
        </Banner>
      )}
      {notice !== undefined && (
        <Banner icon="warning" tone="warning" onDismiss={() => setDismissed(new Set([...dismissed, notice]))}>
          {notice.summary}
          {notice.details !== null && <span class="banner-details"> {notice.details}</span>}
          {unread.length > 1 && <span class="banner-details"> ({unread.length - 1} more)</span>}
        </Banner>
      )}
      {failure !== null && (
        <Banner icon="error" tone="error" onDismiss={store.dismissFailure}>
          <span role="alert">{failure}</span>
        </Banner>
      )}
    </aside>
  );
}

function ServerBanner({ host }: { host: HostState }) {
  const { store } = usePanel();
  const { status, message } = host.server;
  switch (status) {
    case "ready":
      return message === null ? null : <ServerNotice key={message} message={message} />;
    case "starting":
      return (
        <Banner icon="loading" tone="info">
          {message ?? "Starting the agent…"}
        </Banner>
      );
    case "restarting":
      return (
        <Banner icon="loading" tone="warning">
          {message ?? "The agent’s server ended unexpectedly. Restarting it…"}
        </Banner>
      );
    case "stopped":
      return (
        <Banner icon="error" tone="error">
          {message ?? "The agent’s server is not running."}{" "}
          <button type="button" class="link" onClick={() => store.runCommand("restartServer")}>
            Restart
          </button>
          {" · "}
          <button type="button" class="link" onClick={() => store.runCommand("showLog")}>
            Show log
          </button>
        </Banner>
      );
  }
}

/** What the server has come through. It comes up again the next time, since another state stands here in between. */
function ServerNotice({ message }: { message: string }) {
  const [isDismissed, setIsDismissed] = useState(false);
  if (isDismissed) return null;
  return (
    <Banner icon="info" tone="info" onDismiss={() => setIsDismissed(true)}>
      {message}
    </Banner>
  );
}

interface BannerProps {
  readonly icon: IconName;
  readonly tone: "info" | "warning" | "error";
  readonly onDismiss?: () => void;
  readonly children: ComponentChildren;
}

function Banner({ icon, tone, onDismiss, children }: BannerProps) {
  return (
    <div class={`banner ${tone}`}>
      <Icon name={icon} isSpinning={icon === "loading"} />
      <p>{children}</p>
      {onDismiss !== undefined && <IconButton icon="close" label="Dismiss" onClick={onDismiss} />}
    </div>
  );
}
