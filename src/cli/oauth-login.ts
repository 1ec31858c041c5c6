import { spawn } from "node:child_process";
import type { OAuthAccount } from "../core/oauth-account.ts";

/** Signs in at a terminal: the words go to stderr, and the browser opens where there is one. Rejects with words for the user. */
export async function signInAtTerminal(
  oauth: OAuthAccount,
  { isDevice }: { readonly isDevice: boolean },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  promise.catch(() => undefined); // looked at below, once the prompt is there
  const prompt = await oauth.login(
    null,
    {
      isDevice,
      onChange: ({ status, authUrl, error }) => {
        if (authUrl !== null) {
          say(`Go to this address in your browser to sign in:\n\n  ${authUrl}\n\nWaiting (Ctrl+C gives up) ...\n`);
          open(authUrl);
        }
        if (status === "succeeded") resolve(undefined);
        if (status === "failed") reject(new Error(error ?? "The sign-in failed."));
      },
    },
    new AbortController().signal,
  );
  if (prompt !== null) {
    const { verificationUrl, userCode } = prompt;
    say(`Go to ${verificationUrl} on any device and enter this code, if it is not there already:\n\n  ${userCode}\n\n`);
    say("Only do so if you began this sign-in yourself. Waiting (Ctrl+C gives up) ...\n");
  }
  await promise;
}

const say = (text: string): void => void process.stderr.write(text);

/** The address has been shown, so that a browser that does not open is no fault. */
function open(url: string): void {
  const { DISPLAY: x11, WAYLAND_DISPLAY: wayland } = process.env;
  const { platform } = process;
  if (platform !== "darwin" && platform !== "win32" && x11 === undefined && wayland === undefined) return;
  const [program, ...args] =
    platform === "darwin"
      ? (["open", url] as const)
      : platform === "win32"
        ? (["rundll32", "url.dll,FileProtocolHandler", url] as const)
        : (["xdg-open", url] as const);
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.once("error", () => undefined);
  child.unref();
}
