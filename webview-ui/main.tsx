import { render } from "preact";
import "./styles/panel.css";
import { App } from "./app.tsx";
import { connectHost } from "./host-port.ts";
import { CrashBoundary, CrashNotice, describeError } from "./crash.tsx";
import { PanelStore } from "./store.ts";
import { memoryOf } from "./vscode-state.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("The page lacks its root element.");

const vscode = acquireVsCodeApi();

// An error outside of rendering (an event handler, a promise) leaves the page standing; only one before the first rendering does not.
const startUp = { isDone: false };
window.addEventListener("error", (event) => {
  if (!startUp.isDone) render(<CrashNotice message={describeError(event.error ?? event.message)} />, root);
});

const store = new PanelStore(connectHost(vscode), (flush) => {
  if (document.hidden) setTimeout(flush, 200);
  else requestAnimationFrame(flush);
});
render(
  <CrashBoundary>
    <App store={store} memory={memoryOf(vscode)} />
  </CrashBoundary>,
  root,
);
startUp.isDone = true;
void store.start(); // a failure is shown by the store
