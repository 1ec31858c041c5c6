import * as z from "zod";

const path = z.string().max(4096);
const line = z.int().min(1);

/** Turnwright's: what the user has before them in the editor. Names only; the agent reads the files themselves. */
export const EditorState = z.lazy(() =>
  z.object({
    /** The file that the user looks at, absolute; null: none. */
    activePath: path.nullable(),
    /** Lines of it that are selected, from 1; null: nothing is. */
    selection: z.object({ firstLine: line, lastLine: line }).nullable(),
    /** Files that are open beside it, absolute. */
    openPaths: z.array(path).max(100),
  }),
);
export type EditorState = z.infer<typeof EditorState>;
