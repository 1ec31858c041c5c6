import * as vscode from "vscode";
import { pageAddress, type DeviceCode, type OAuthProvider, type OAuthWindow } from "./oauth-sign-in.ts";

/** A sign-in as the editor shows it. */
export const oauthWindow: OAuthWindow = {
  open: openPage,
  showProgress(text, ended, cancel) {
    void vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: `Turnwright: ${text}`, cancellable: true },
      async (_progress, token) => {
        token.onCancellationRequested(cancel);
        await ended;
      },
    );
  },
  showCode: offerCode,
};

/** Also in a remote window: the editor forwards the port of the redirect that it finds in the address. */
async function openPage(url: string): Promise<void> {
  await vscode.env.openExternal(vscode.Uri.parse(pageAddress(url), true));
}

async function offerCode({ providerName, verificationUrl, userCode }: DeviceCode): Promise<void> {
  const open = "Copy Code and Open Page";
  const message = `To sign in to ${providerName}, enter the code ${userCode} at ${verificationUrl}. Only do so if you began this yourself.`;
  if ((await vscode.window.showInformationMessage(message, open)) !== open) return;
  await vscode.env.clipboard.writeText(userCode);
  await openPage(verificationUrl);
}

interface WayItem extends vscode.QuickPickItem {
  readonly way: "browser" | "device" | "apiKey";
}

/** Lets the user choose how to sign in; null: not at all. */
export async function pickWay({
  name,
  isSignedIn,
  hasDeviceCodes,
  usesKey,
}: OAuthProvider): Promise<WayItem["way"] | null> {
  const again = isSignedIn ? "You are signed in already; this signs in again." : "";
  const items: WayItem[] = [
    { way: "browser", label: `Sign in to ${name} in the browser`, detail: again },
    ...(hasDeviceCodes
      ? [
          {
            way: "device" as const,
            label: `Sign in to ${name} with a code`,
            detail: "Shows a code to enter on any device.",
          },
        ]
      : []),
    ...(usesKey ? [{ way: "apiKey" as const, label: "Enter an API key", detail: "For this provider." }] : []),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: "Turnwright: Sign In" });
  return picked?.way ?? null;
}
