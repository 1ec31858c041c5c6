import { expect, test } from "vitest";
import { reduceThread } from "../../src/client/thread-view.ts";
import { continued, fromPage, withEarlier } from "../../src/client/turn-pages.ts";
import { said, threadWith, turnWith } from "../webview-ui/helpers/threads.ts";

const page = (nextCursor: string | null, ...numbers: number[]) => ({
  data: numbers.map((number) => turnWith([said(`Question ${number}`)], { id: `turn${number}` })),
  nextCursor,
});
const thread = threadWith([]);
const ids = ({ turns }: { readonly turns: readonly { readonly id: string }[] }): readonly string[] =>
  turns.map(({ id }) => id);

test("a page is shown oldest first, and says what stands before it", () => {
  const view = fromPage(thread, page("c", 3, 2));
  expect(ids(view)).toEqual(["turn2", "turn3"]);
  expect(view.earlier).toBe("c");
  expect(fromPage(thread, page(null)).turns).toEqual([]);
});

test("an earlier page goes before what is there; a turn that was heard of late takes its place in it", () => {
  const view = fromPage(thread, page("c", 4, 3));
  const late = reduceThread(view, {
    method: "item/completed",
    params: { threadId: thread.id, turnId: "turn2", item: said("Late"), completedAtMs: 1 },
  });
  expect(ids(late)).toEqual(["turn3", "turn4", "turn2"]);
  const whole = withEarlier(late, page(null, 2, 1));
  expect(ids(whole)).toEqual(["turn1", "turn2", "turn3", "turn4"]);
  expect(whole.earlier).toBeNull();
  expect(whole.turns.slice(2)).toEqual(view.turns);
  expect(whole.turns[2]).toBe(view.turns[0]);
});

test("a thread that is resumed again keeps its earlier turns where the new page meets them", () => {
  const before = withEarlier(fromPage(thread, page("b", 4, 3)), page("a", 2, 1));
  const next = continued(before, fromPage(thread, page("c", 5, 4, 3)));
  expect(ids(next)).toEqual(["turn1", "turn2", "turn3", "turn4", "turn5"]);
  expect(next.earlier).toBe("a");
});

test("where nothing meets, where the page is the whole thread, and in another thread, the earlier ones go", () => {
  const before = withEarlier(fromPage(thread, page("b", 4, 3)), page("a", 2, 1));
  const far = fromPage(thread, page("f", 40, 39));
  expect(continued(before, far)).toBe(far);
  const whole = fromPage(thread, page(null, 3));
  expect(continued(before, whole)).toBe(whole);
  const other = fromPage({ ...thread, id: "other" }, page("c", 4, 3));
  expect(continued(before, other)).toBe(other);
});
