import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

/** A cursor is the offset of the next page. */
const offsetOf = (cursor: string | null | undefined): number => {
  if (cursor === null || cursor === undefined) return 0;
  if (/^\d{1,9}$/u.test(cursor)) return Number(cursor);
  throw invalidRequest(`invalid cursor: ${cursor.slice(0, 100)}`);
};

export const modelHandlers = ({ options }: HandlerContext): Pick<Handlers<ClientMethods>, "model/list"> => ({
  "model/list": async ({ cursor, limit, includeHidden, modelProvider }) => {
    const from = offsetOf(cursor);
    const all = await forUser(() => options.listModels(modelProvider ?? null));
    const shown = includeHidden === true ? all : all.filter((model) => !model.hidden);
    // A page of nothing would be followed by itself.
    const to = from + Math.max(1, limit ?? shown.length);
    return { data: shown.slice(from, to), nextCursor: to < shown.length ? String(to) : null };
  },
});
