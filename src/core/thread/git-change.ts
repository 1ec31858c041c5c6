import type { GitInfo } from "../../protocol/threads.ts";
import { cleanUrl } from "./git-info.ts";
import { type GitChange, ThreadRequestError } from "./threads.ts";

const maxLength = 2000;

export const noGit = { sha: null, branch: null, originUrl: null } as const;

/** What a client says of a thread's place in git, as it is recorded. @throws ThreadRequestError `badInput`, in the words that clients know */
export function gitChange(change: GitChange): GitInfo {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  if (named.length === 0) throw new ThreadRequestError("badInput", "gitInfo must include at least one field");
  for (const [key, value] of named) {
    if (value === "") throw new ThreadRequestError("badInput", `gitInfo.${key} must not be empty`);
    if ((value ?? "").length <= maxLength) continue;
    throw new ThreadRequestError("badInput", `gitInfo.${key} must not be longer than ${maxLength} characters`);
  }
  const changed: GitInfo = Object.fromEntries(named);
  return changed.originUrl === undefined ? changed : { ...changed, originUrl: cleanUrl(changed.originUrl ?? null) };
}
