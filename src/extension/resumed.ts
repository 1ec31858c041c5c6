import type { ClientMethods, ParamsIn, Result } from "../protocol/methods.ts";
import type { ServerConnection } from "./ports.ts";

/** A thread that was resumed, as the server tells it. */
export type Resumed = Result<ClientMethods, "thread/resume">;
/** Which turns a resume brings. */
export type WantedTurns = Pick<ParamsIn<ClientMethods, "thread/resume">, "excludeTurns" | "initialTurnsPage">;

/** Enough to know which turn runs. */
export const newestAlone: WantedTurns = {
  excludeTurns: true,
  initialTurnsPage: { limit: 1, itemsView: "notLoaded", sortDirection: "desc" },
};

/** A server that knows no first page is asked for it in another way. */
export const withPage = async (
  connection: ServerConnection,
  resumed: Resumed,
  { initialTurnsPage }: WantedTurns,
): Promise<Resumed> => {
  if (!initialTurnsPage || resumed.initialTurnsPage) return resumed;
  const page = { threadId: resumed.thread.id, ...initialTurnsPage };
  return { ...resumed, initialTurnsPage: await connection.request("thread/turns/list", page) };
};

/** Another window has the thread open: it is shown here, and cannot be talked to. */
export const isElsewhere = ({ thread }: Resumed): boolean => thread.canAcceptDirectInput === false;
